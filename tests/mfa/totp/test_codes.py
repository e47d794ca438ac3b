"""RFC 6238 as primitives: vectors, the one spelling of a code, windows, addresses."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.totp import codes, qr

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""The seed of RFC 6238, appendix B, and of RFC 4226, appendix D."""
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
"""Seconds since 1970 and the SHA-1 code of eight digits (RFC 6238, appendix B); six digits are its last six."""
COUNTED = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
"""Codes of the counters 0 to 9 (RFC 4226, appendix D)."""
DIGIT_ZEROS = ["0", "０", "٠", "۰", "०", "๐", "𝟎", "𝟘", "𝟬"]
"""Zero in ASCII, full width, Arabic, Persian, Devanagari, Thai, and mathematical alphabets; nine digits follow each."""
SECRETS = st.binary(min_size=20, max_size=20).map(lambda raw: base64.b32encode(raw).decode())
STEPS = st.integers(min_value=100, max_value=2**40)
SIX = st.integers(min_value=0, max_value=999_999).map("{:06d}".format)


@pytest.mark.parametrize(("now", "eight"), VECTORS)
def test_rfc_6238_vectors(now: int, eight: str) -> None:
    assert codes.code_at(SECRET, codes.step_at(now)) == eight[-6:]
    assert codes.matching_step(SECRET, eight[-6:], now=now, drift=0, window=0) == now // 30


@given(st.binary(min_size=10, max_size=64), STEPS)
def test_a_secret_of_any_length_has_codes(raw: bytes, step: int) -> None:
    assert len(codes.code_at(base64.b32encode(raw).decode().rstrip("="), step)) == codes.DIGITS


@pytest.mark.parametrize(("counter", "code"), [(0, "260182"), (1, "055283"), (1401, "316439")])
def test_a_secret_of_80_bits_in_small_letters_has_codes(counter: int, code: str) -> None:
    assert codes.code_at("base32secret3232", counter) == code


@pytest.mark.parametrize(("counter", "code"), list(enumerate(COUNTED)))
def test_rfc_4226_vectors(counter: int, code: str) -> None:
    assert codes.code_at(SECRET, counter) == code


def test_a_secret_has_160_bits_and_is_new_each_time() -> None:
    made = {codes.new_secret() for _ in range(200)}
    assert len(made) == 200
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


@given(secret=SECRETS, step=STEPS, second=st.floats(min_value=0, max_value=29.9))
def test_a_code_counts_from_one_step_before_to_one_step_after(secret: str, step: int, second: float) -> None:
    code = codes.code_at(secret, step)
    for off in range(-4, 5):
        found = codes.matching_step(secret, code, now=(step + off) * 30 + second, drift=0, window=1)
        if abs(off) <= 1:
            assert found is not None
            assert codes.code_at(secret, found) == code
            assert found >= step
        elif found is not None:
            assert found != step
            assert codes.code_at(secret, found) == code


@given(secret=SECRETS, step=STEPS, drift=st.integers(min_value=-20, max_value=20))
def test_drift_moves_the_window_with_the_device(secret: str, step: int, drift: int) -> None:
    code = codes.code_at(secret, step + drift)
    assert codes.matching_step(secret, code, now=step * 30, drift=drift, window=0) == step + drift


def test_of_two_steps_with_the_same_code_the_newest_counts() -> None:
    secret, first, last = _secret_with_twins()
    code = codes.code_at(secret, first)
    assert codes.code_at(secret, last) == code
    assert codes.matching_step(secret, code, now=first * 30, drift=0, window=last - first) == last


def _secret_with_twins() -> tuple[str, int, int]:
    """Return a secret with two steps not far from each other whose codes are the same."""
    seen: dict[str, int] = {}
    for step in range(100_000):
        code = codes.code_at(SECRET, step)
        if code in seen and step - seen[code] < 500:
            return SECRET, seen[code], step
        seen[code] = step
    raise AssertionError("no twins")


@given(secret=SECRETS, step=STEPS, off=st.integers(min_value=-20, max_value=20))
def test_a_pair_is_found_within_the_window_by_its_second_code(secret: str, step: int, off: int) -> None:
    first, second = codes.code_at(secret, step - 1), codes.code_at(secret, step)
    found = codes.matching_pair(secret, first, second, now=(step - off) * 30, drift=0, window=20)
    assert found is not None
    assert codes.code_at(secret, found) == second
    assert codes.matching_pair(secret, first, second, now=(step - 21) * 30, drift=0, window=20) is None
    assert codes.matching_pair(secret, first, second, now=(step + 21) * 30, drift=0, window=20) is None


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (0, 2), (-1, 1)])
def test_two_codes_that_do_not_follow_each_other_are_no_pair(first: int, second: int) -> None:
    step = 57_000_000
    typed = codes.code_at(SECRET, step + first), codes.code_at(SECRET, step + second)
    assert codes.matching_pair(SECRET, *typed, now=step * 30, drift=0, window=20) is None


@given(
    code=SIX, zero=st.sampled_from(DIGIT_ZEROS), left=st.integers(min_value=0, max_value=3), gap=st.sampled_from(["", " ", "-", "\u00a0", "‑", "－"])
)
def test_mfa_03_digits_of_every_script_are_one_code(code: str, zero: str, left: int, gap: str) -> None:
    typed = "".join(chr(ord(zero) + int(digit)) for digit in code)
    assert codes.normalised(" " * left + typed[:3] + gap + typed[3:] + "\n") == code


@given(text=st.text())
def test_mfa_03_whatever_is_typed_gives_six_ascii_digits_or_nothing(text: str) -> None:
    found = codes.normalised(text)
    assert found is None or (len(found) == 6 and found.isascii() and found.isdigit())
    if found is not None:
        assert codes.normalised(found) == found


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "1234567",
        "１２３",
        "12345\x00",
        "123456\x00",
        "\x00123456",
        "1 2 3 4 5 6",
        "12345x",
        "12345²x",
        "①②③④⑤⑥⑦",
        "+12345",
        "1e5000",
        "0x1234",
        "Ⅻ3456x",
        "123456" * 2_000,
        "1" * 10_000,
        "123456    " + "x",
        "\ud800123456",
        "½½½½½½",
    ],
)
def test_mfa_03_what_is_no_code_is_none(typed: str) -> None:
    assert codes.normalised(typed) is None


def test_the_address_names_issuer_and_label() -> None:
    address = codes.address(SECRET, issuer="Simulated AWS", label="Carlos@anycompany")
    parts, query = urlsplit(address), parse_qs(urlsplit(address).query)
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", "/Simulated AWS:Carlos@anycompany")
    assert query["secret"] == [SECRET]
    assert query["issuer"] == ["Simulated AWS"]
    assert query.keys() <= {"secret", "issuer", "algorithm", "digits", "period"}


@given(issuer=st.text(min_size=1, max_size=30), label=st.text(min_size=1, max_size=64))
def test_no_name_adds_a_parameter_to_the_address(issuer: str, label: str) -> None:
    address = codes.address(SECRET, issuer=issuer, label=label)
    assert address.startswith("otpauth://totp/")
    query = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert query["secret"] == [SECRET]
    assert query.keys() <= {"secret", "issuer", "algorithm", "digits", "period"}


def test_a_secret_is_typed_in_groups_of_four() -> None:
    assert codes.grouped("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_the_picture_is_svg_for_an_image() -> None:
    picture = qr.image(codes.address(SECRET, issuer="Simulated AWS", label="Carlos@anycompany"))
    assert picture.startswith("data:image/svg+xml")
    assert SECRET not in picture
