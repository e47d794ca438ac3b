"""OA-07 to OA-12: what a DPoP proof must be (RFC 9449 §4.3), one case a line, without a portal around it."""

import hmac
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm

from accounts.oauth import dpop
from accounts.oauth.dpop import Proof, ProofRefused
from tests.oauth.tool import HTU, Tool, encoded, jwk_of

TOOL = Tool()


def checked(proof: str, *, hosts: tuple[str, ...] = ("localhost:8000",), secure: bool = False, now: float | None = None) -> Proof:
    return dpop.verify(proof, method="POST", path="/v1/token", hosts=hosts, secure=secure, now=time.time() if now is None else now)


def refused(proof: str, **how: Any) -> str:
    with pytest.raises(ProofRefused) as raised:
        checked(proof, **how)
    return str(raised.value)


def unsigned(header: dict[str, Any], **claims: Any) -> str:
    """Return a proof with this header and a signature of nothing."""
    made = {"htm": "POST", "htu": HTU, "iat": int(time.time()), "jti": "1"} | claims
    return ".".join((encoded(json.dumps(header).encode()), encoded(json.dumps(made).encode()), encoded(b"\1" * 64)))


def with_header(**changes: Any) -> str:
    """Return a proof, rightly signed over a header changed so; a member that is None is left out."""
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk_of(TOOL.key)} | changes
    written = json.dumps({name: value for name, value in head.items() if value is not None})
    first = f"{encoded(written.encode())}.{TOOL.proof().split('.')[1]}"
    return f"{first}.{encoded(ECAlgorithm(ECAlgorithm.SHA256).sign(first.encode(), TOOL.key))}"


def test_a_proof_tells_its_key_its_id_and_its_time() -> None:
    found = checked(TOOL.proof(jti="abc", iat=1_800_000_000), now=1_800_000_001.5)
    assert found == Proof(TOOL.jkt, "abc", 1_800_000_000)


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    # The key and thumbprint of RFC 9449, figures 2 and 6.1.
    jwk = {"x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}
    x, y = (urlsafe_b64decode(jwk[name] + "=") for name in ("x", "y"))
    assert dpop.thumbprint(x, y) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


PASSES: dict[str, Callable[[], str]] = {
    "as the clients send it": TOOL.proof,
    "htu with a query": lambda: TOOL.proof(htu=f"{HTU}?a=b"),
    "htu with a fragment": lambda: TOOL.proof(htu=f"{HTU}#a"),
    "host in upper case": lambda: TOOL.proof(htu="http://LOCALHOST:8000/v1/token"),
    "scheme in upper case": lambda: TOOL.proof(htu="HTTP://localhost:8000/v1/token"),
    "path encoded": lambda: TOOL.proof(htu="http://localhost:8000/%76%31/token"),
    "dot segments": lambda: TOOL.proof(htu="http://localhost:8000/a/../v1/./token"),
    "https where TLS ends before the portal": lambda: TOOL.proof(htu="https://localhost:8000/v1/token"),
    "unknown claims": lambda: TOOL.proof(extra={"a": [1]}, ath="whatever", nonce="x"),
    "iat ten seconds behind": lambda: TOOL.proof(iat=int(time.time()) - 9),
    "iat ten seconds ahead": lambda: TOOL.proof(iat=int(time.time()) + 9),
}


@pytest.mark.parametrize("made", PASSES.values(), ids=PASSES)
def test_oa_07_oa_08_oa_10_passes(made: Callable[[], str]) -> None:
    assert checked(made()).jkt == TOOL.jkt


REFUSED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "two in one header": lambda: f"{TOOL.proof()}, {TOOL.proof()}",
    "no JWT": lambda: "nonsense",
    "two parts": lambda: TOOL.proof().rpartition(".")[0],
    "four parts": lambda: TOOL.proof() + ".x",
    "not base64url": lambda: "+" + TOOL.proof()[1:],
    "not ASCII": lambda: "ä" + TOOL.proof(),
    "header is no object": lambda: ".".join((encoded(b"[]"), *TOOL.proof().split(".")[1:])),
    "header has a name twice": lambda: ".".join((encoded(b'{"typ":"dpop+jwt","typ":"dpop+jwt"}'), *TOOL.proof().split(".")[1:])),
    "header nested without end": lambda: ".".join((encoded(b"[" * 2500), *TOOL.proof().split(".")[1:])),
    "typ missing": lambda: with_header(typ=None),
    "alg missing": lambda: with_header(alg=None),
    "jwk missing": lambda: with_header(jwk=None),
    "htm missing": lambda: TOOL.proof(htm=None),
    "htu missing": lambda: TOOL.proof(htu=None),
    "iat missing": lambda: TOOL.proof(iat=None),
    "jti missing": lambda: TOOL.proof(jti=None),
    "wrong typ": lambda: TOOL.proof({"typ": "JWT"}),
    "typ in capitals": lambda: TOOL.proof({"typ": "DPOP+JWT"}),
    "wrong htm": lambda: TOOL.proof(htm="GET"),
    "htm in small letters": lambda: TOOL.proof(htm="post"),
    "htm is no text": lambda: TOOL.proof(htm=["POST"]),
    "other path": lambda: TOOL.proof(htu="http://localhost:8000/v1/tokens"),
    "trailing slash": lambda: TOOL.proof(htu=f"{HTU}/"),
    "path in capitals": lambda: TOOL.proof(htu="http://localhost:8000/V1/token"),
    "other host": lambda: TOOL.proof(htu="http://elsewhere.example/v1/token"),
    "other port": lambda: TOOL.proof(htu="http://localhost:8001/v1/token"),
    "no port": lambda: TOOL.proof(htu="http://localhost/v1/token"),
    "port 0": lambda: TOOL.proof(htu="http://localhost:0/v1/token"),
    "port of letters": lambda: TOOL.proof(htu="http://localhost:x/v1/token"),
    "userinfo": lambda: TOOL.proof(htu="http://a@localhost:8000/v1/token"),
    "other scheme": lambda: TOOL.proof(htu="ftp://localhost:8000/v1/token"),
    "relative": lambda: TOOL.proof(htu="/v1/token"),
    "htu is no text": lambda: TOOL.proof(htu=7),
    "broken host": lambda: TOOL.proof(htu="http://[::1/v1/token"),
    "iat an hour ago": lambda: TOOL.proof(iat=int(time.time()) - 3600),
    "iat 61 seconds ago": lambda: TOOL.proof(iat=int(time.time()) - 61),
    "iat an hour ahead": lambda: TOOL.proof(iat=int(time.time()) + 3600),
    "iat 11 seconds ahead": lambda: TOOL.proof(iat=int(time.time()) + 12),
    "iat a fraction": lambda: TOOL.proof(iat=time.time() + 0.5),
    "iat a text": lambda: TOOL.proof(iat=str(int(time.time()))),
    "iat true": lambda: TOOL.proof(iat=True),
    "iat 10^30": lambda: TOOL.proof(iat=10**30),
    "iat 10^400": lambda: TOOL.proof(iat=10**400),
    "iat negative": lambda: TOOL.proof(iat=-(10**30)),
    "jti empty": lambda: TOOL.proof(jti=""),
    "jti of 257": lambda: TOOL.proof(jti="x" * 257),
    "jti is a number": lambda: TOOL.proof(jti=7),
    "too long": lambda: TOOL.proof(extra="x" * 5000),
    "a megabyte": lambda: "a." + "b" * 1_000_000 + ".c",
}


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
def test_oa_07_oa_08_oa_10_refused(made: Callable[[], str]) -> None:
    proof = made()
    began = time.process_time()
    assert refused(proof)
    assert time.process_time() - began < 0.05


def rsa_proof() -> str:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505  # its weakness is the point
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": encoded(numbers.n.to_bytes(128)), "e": "AQAB"}
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        return jwt.encode({"htm": "POST", "htu": HTU, "iat": int(time.time()), "jti": "1"}, key, "RS256", headers={"typ": "dpop+jwt", "jwk": jwk})


def other_curve() -> str:
    key = generate_private_key(SECP384R1())
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-384", "x": encoded(numbers.x.to_bytes(48)), "y": encoded(numbers.y.to_bytes(48))}
    return jwt.encode({"htm": "POST", "htu": HTU, "iat": int(time.time()), "jti": "1"}, key, "ES384", headers={"typ": "dpop+jwt", "jwk": jwk})


def keyed_by_its_own_public_key() -> str:
    jwk = jwk_of(TOOL.key)
    head = {"typ": "dpop+jwt", "alg": "HS256", "jwk": jwk}
    first = f"{encoded(json.dumps(head).encode())}.{TOOL.proof().split('.')[1]}"
    return f"{first}.{encoded(hmac.digest(json.dumps(jwk).encode(), first.encode(), 'sha256'))}"


def broken_signature() -> str:
    head, claims, signature = TOOL.proof().split(".")
    octets = bytearray(urlsafe_b64decode(signature + "=="))
    octets[10] ^= 1
    return f"{head}.{claims}.{encoded(bytes(octets))}"


def claims_changed_afterwards() -> str:
    head, _claims, signature = TOOL.proof().split(".")
    return f"{head}.{TOOL.proof().split('.')[1]}.{signature}"


JWK = jwk_of(TOOL.key)
FORGED: dict[str, Callable[[], str]] = {
    "HS256 with the public key": keyed_by_its_own_public_key,
    "none": lambda: unsigned({"typ": "dpop+jwt", "alg": "none", "jwk": JWK}),
    "None": lambda: unsigned({"typ": "dpop+jwt", "alg": "None", "jwk": JWK}),
    "alg is a list": lambda: unsigned({"typ": "dpop+jwt", "alg": ["ES256"], "jwk": JWK}),
    "RS256 of 1024 bits": rsa_proof,
    "ES384": other_curve,
    "no signature": lambda: TOOL.proof().rpartition(".")[0] + ".",
    "a signature of nothing": lambda: unsigned({"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK}),
    "a broken signature": broken_signature,
    "claims of another proof": claims_changed_afterwards,
    "another key in the header": lambda: TOOL.proof({"jwk": jwk_of(generate_private_key(SECP256R1()))}),
    "a private part": lambda: TOOL.proof({"jwk": JWK | {"d": "AQ"}}),
    "a symmetric part": lambda: TOOL.proof({"jwk": JWK | {"k": "AQ"}}),
    "jwk is a text": lambda: TOOL.proof({"jwk": json.dumps(JWK)}),
    "jwk without y": lambda: TOOL.proof({"jwk": {"kty": "EC", "crv": "P-256", "x": JWK["x"]}}),
    "kty of another kind": lambda: TOOL.proof({"jwk": JWK | {"kty": "OKP"}}),
    "crv of another curve": lambda: TOOL.proof({"jwk": JWK | {"crv": "P-384"}}),
    "a coordinate too long": lambda: TOOL.proof({"jwk": JWK | {"x": "AAAA" + JWK["x"]}}),
    "a point off the curve": lambda: TOOL.proof({"jwk": JWK | {"x": JWK["y"]}}),
    "the point at nothing": lambda: TOOL.proof({"jwk": JWK | {"x": "AA", "y": "AA"}}),
    "jku": lambda: with_header(jku="https://elsewhere.example/keys"),
    "x5u": lambda: with_header(x5u="https://elsewhere.example/certificate"),
    "kid": lambda: with_header(kid="../../../../etc/passwd"),
    "crit": lambda: with_header(crit=["exp"], exp=1),
    "b64": lambda: with_header(b64=True),
}


@pytest.mark.parametrize("made", FORGED.values(), ids=FORGED)
def test_oa_11_forged(made: Callable[[], str]) -> None:
    assert refused(made())


def test_coordinates_without_their_leading_zero_are_the_same_key() -> None:
    found = 0
    while found < 2:
        tool = Tool()
        stripped, whole = jwk_of(tool.key, strip=True), jwk_of(tool.key)
        if stripped == whole:
            continue
        found += 1
        assert checked(tool.proof({"jwk": stripped})).jkt == checked(tool.proof()).jkt == tool.jkt


def test_oa_08_default_ports_and_several_names() -> None:
    for htu, hosts, secure in (
        ("https://portal.example/v1/token", ("portal.example",), True),
        ("https://portal.example:443/v1/token", ("portal.example",), True),
        ("https://portal.example/v1/token", ("portal.example:443",), True),
        ("https://PORTAL.example./v1/token", ("portal.example",), True),
        ("http://127.0.0.1/v1/token", ("localhost:8000", "127.0.0.1:80"), False),
        ("http://[::1]:8000/v1/token", ("[::1]:8000",), False),
    ):
        assert checked(TOOL.proof(htu=htu), hosts=hosts, secure=secure).jkt == TOOL.jkt


def test_oa_08_a_portal_behind_tls_takes_no_plain_address() -> None:
    assert refused(TOOL.proof(htu="http://portal.example/v1/token"), hosts=("portal.example",), secure=True)
    assert refused(TOOL.proof(htu="http://portal.example:443/v1/token"), hosts=("portal.example:443",), secure=True)
    assert refused(TOOL.proof(), hosts=("",))


@given(st.text(max_size=300) | st.lists(st.text(max_size=60), min_size=3, max_size=3).map(".".join))
def test_whatever_stands_in_the_header_is_answered(text: str) -> None:
    assert refused(text)


@given(st.dictionaries(st.sampled_from(["htm", "htu", "iat", "jti", "exp", "nbf", "aud"]), st.none() | st.booleans() | st.integers() | st.text()))
def test_whatever_stands_in_the_claims_is_answered(claims: dict[str, Any]) -> None:
    with suppress(ProofRefused):
        checked(TOOL.proof(**claims))
