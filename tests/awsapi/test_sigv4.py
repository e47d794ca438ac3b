"""Signature Version 4, against the signer of the real clients."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.awsapi.sigv4 import Flaw, SignatureRefused, SignedRequest, check_body, check_time, read_claim, verify
from tests.awsapi.signing import as_received, signed

KEY, SECRET = "SKIAEXAMPLEEXAMPLE22", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
AT = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
SKEW = timedelta(minutes=5)

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
SEGMENT = TEXT.map(lambda text: quote(text, safe="-_.~"))
PATH = st.lists(st.one_of(SEGMENT, st.sampled_from(["", ".", "..", "%2F", "a%20b", "*", "~x"])), max_size=5).map(lambda parts: "/" + "/".join(parts))
PAIR = st.tuples(TEXT, TEXT).map(lambda pair: f"{quote(pair[0], safe='-_.~')}={quote(pair[1], safe='-_.~')}")
QUERY = st.lists(st.one_of(PAIR, SEGMENT.map(lambda text: text + "=")), max_size=5).map("&".join)
VALUE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20).map(lambda text: f" {text}  {text} ")
NAME = st.from_regex(r"\A(?!host|date|expect|authorization|user-agent|connection|x-amzn|transfer)[a-z][a-z0-9-]{1,12}\Z")
HEADERS = st.dictionaries(NAME, VALUE, max_size=4)
METHOD = st.sampled_from(["GET", "POST", "PUT", "DELETE"])
BODY = st.binary(max_size=64)


def request_of(method: str = "POST", path: str = "/get-resource-policy", query: str = "", body: bytes = b"{}", **more: str) -> SignedRequest:
    headers = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in more.items()}}
    url = f"http://localhost:8000{path}{'?' + query if query else ''}"
    return as_received(signed(method, url, key_id=KEY, secret=SECRET, headers=headers, body=body, at=AT))


def accept(request: SignedRequest, secret: str = SECRET) -> None:
    verify(request, read_claim(request), secret=secret)


def refusal(request: SignedRequest, secret: str = SECRET) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as caught:
        accept(request, secret)
    return caught.value


@given(METHOD, PATH, QUERY, HEADERS, BODY, st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
def test_what_the_clients_sign_is_accepted(method: str, path: str, query: str, headers: dict[str, str], body: bytes, token: str) -> None:
    url = f"http://localhost:8000{path}{'?' + query if query else ''}"
    request = as_received(signed(method, url, key_id=KEY, secret=SECRET, token=token, region="eu-west-1", headers=headers, body=body, at=AT))
    claim = read_claim(request)
    assert (claim.key_id, claim.region, claim.service, claim.signed_at) == (KEY, "eu-west-1", "signin", AT)
    verify(request, claim, secret=SECRET)


@given(METHOD, PATH, QUERY, HEADERS, BODY, st.data())
def test_whatever_is_altered_is_refused(method: str, path: str, query: str, headers: dict[str, str], body: bytes, data: st.DataObject) -> None:
    url = f"http://localhost:8000{path}{'?' + query if query else ''}"
    request = as_received(signed(method, url, key_id=KEY, secret=SECRET, headers=headers, body=body, at=AT))
    changed = [
        replace(request, method="PATCH"),
        replace(request, path=request.path.rstrip("/") + "/another"),
        replace(request, query=f"{query}&z=1" if query else "z=1"),
        replace(request, body=body + b"x"),
        replace(request, headers={**request.headers, "host": "elsewhere:8000"}),
        *(replace(request, headers={**request.headers, name: request.headers[name] + "x"}) for name in headers),
    ]
    assert refusal(data.draw(st.sampled_from(changed))).flaw is Flaw.MISMATCH


@given(QUERY)
def test_the_order_of_parameters_makes_no_difference_and_their_repetition_does(query: str) -> None:
    request = request_of(query=query)
    accept(replace(request, query="&".join(reversed(query.split("&")))))
    if query:
        assert refusal(replace(request, query=f"{query}&{query.split('&', maxsplit=1)[0]}")).flaw is Flaw.MISMATCH


def test_repeated_parameters_are_sorted_by_value_too() -> None:
    accept(request_of(query="b=2&a=2&b=1&a=%E3%81%82&a=1"))


def test_a_wrong_secret_is_refused() -> None:
    refused = refusal(request_of(), secret=SECRET[:-1] + "X")
    assert refused.flaw is Flaw.MISMATCH
    assert refused.message.startswith("The request signature we calculated does not match the signature you provided.")


@pytest.mark.parametrize("part", ["20261123", "us-east-1", "signin", "SKIAEXAMPLEEXAMPLE22"])
def test_the_scope_is_part_of_what_is_signed(part: str) -> None:
    request = request_of()
    other = {"20261123": "20261122", "us-east-1": "us-west-2", "signin": "sts"}.get(part)
    if other is None:
        return  # the key is what the secret is looked up by; it needs no place in the signature
    moved = request.headers["authorization"].replace(f"/{part}/", f"/{other}/")
    assert refusal(replace(request, headers={**request.headers, "authorization": moved})).flaw is Flaw.MISMATCH


def test_a_header_of_the_cloud_that_is_not_signed_is_refused() -> None:
    request = request_of()
    refused = refusal(replace(request, headers={**request.headers, "x-amz-target": "CloudTrail_20131101.LookupEvents"}))
    assert refused.flaw is Flaw.MISMATCH
    assert "x-amz-target" in refused.message


def test_the_host_must_be_signed() -> None:
    request = request_of()
    without = request.headers["authorization"].replace("content-type;host;", "content-type;")
    assert "'Host'" in refusal(replace(request, headers={**request.headers, "authorization": without})).message


def test_a_signed_header_that_is_gone_is_refused() -> None:
    request = request_of(x_amz_extra="1")
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    assert "content-type" in refusal(replace(request, headers=headers)).message


def test_other_headers_may_come_and_go() -> None:
    request = request_of()
    accept(replace(request, headers={**request.headers, "x-amzn-trace-id": "Root=1", "user-agent": "proxy", "x-forwarded-for": "192.0.2.1"}))


@pytest.mark.parametrize("minutes", [-5, -4.9, 0, 4.9, 5])
def test_sig_08_a_request_may_come_again_while_its_time_is_near(minutes: float) -> None:
    request = request_of()
    for _ in range(2):
        check_time(read_claim(request), now=AT + timedelta(minutes=minutes), skew=SKEW)
        accept(request)


@pytest.mark.parametrize(("minutes", "words"), [(5.1, "Signature expired"), (60, "Signature expired"), (-5.1, "Signature not yet current")])
def test_a_request_of_another_time_is_refused(minutes: float, words: str) -> None:
    with pytest.raises(SignatureRefused, match=words) as caught:
        check_time(read_claim(request_of()), now=AT + timedelta(minutes=minutes), skew=SKEW)
    assert caught.value.flaw is Flaw.MISMATCH
    assert "5 min." in caught.value.message


def test_the_date_of_the_scope_is_that_of_the_request() -> None:
    request = request_of()
    headers = {**request.headers, "x-amz-date": "20261124T000000Z"}
    assert "Date in Credential scope does not match" in refusal(replace(request, headers=headers)).message


def test_a_hash_of_the_body_that_is_given_must_be_right() -> None:
    request = request_of(x_amz_content_sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", body=b"")
    accept(request)
    assert "x-amz-content-sha256" in refusal(replace(request, body=b"{}")).message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD is not supported"),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "aws-chunked"),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "aws-chunked"),
        ("é", "does not match"),
    ],
)
def test_a_body_that_is_not_signed_whole_is_refused_clearly(value: str, words: str) -> None:
    request = request_of(x_amz_content_sha256=value)
    with pytest.raises(SignatureRefused, match=words):
        check_body(request)
    refusal(request)


@pytest.mark.parametrize("parameter", ["X-Amz-Signature", "X-Amz-Algorithm", "X-Amz-Credential", "x-amz-signature"])
def test_a_presigned_address_is_refused_clearly(parameter: str) -> None:
    request = SignedRequest("GET", "/", f"Action=GetCallerIdentity&{parameter}=x", {"host": "localhost"}, b"")
    refused = refusal(request)
    assert refused.flaw is Flaw.INCOMPLETE
    assert "Presigned URLs are not supported" in refused.message


def test_a_request_without_a_signature_says_that_it_is_missing() -> None:
    assert refusal(SignedRequest("POST", "/", "", {"host": "localhost"}, b"")).flaw is Flaw.MISSING


GOOD = f"Credential={KEY}/20261123/us-east-1/signin/aws4_request, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer abc",
        "AWS4-ECDSA-P256-SHA256 " + GOOD,
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 " + GOOD.replace("Signature=", "Signatur="),
        "AWS4-HMAC-SHA256 " + GOOD.replace("0" * 64, "0" * 63),
        "AWS4-HMAC-SHA256 " + GOOD.replace("0" * 64, "G" * 64),
        "AWS4-HMAC-SHA256 " + GOOD.replace("/aws4_request", ""),
        "AWS4-HMAC-SHA256 " + GOOD.replace("aws4_request", "aws5_request"),
        "AWS4-HMAC-SHA256 " + GOOD + ", Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 " + GOOD.replace("SignedHeaders=host;x-amz-date", "SignedHeaders="),
        "AWS4-HMAC-SHA256 " + GOOD.replace("host;x-amz-date", "host;host;x-amz-date"),
        "AWS4-HMAC-SHA256 " + GOOD.replace("host;x-amz-date", "Host;x-amz-date"),
        "AWS4-HMAC-SHA256 " + GOOD.replace("host;x-amz-date", "host;;x-amz-date"),
    ],
)
def test_a_malformed_header_is_refused_as_incomplete(authorization: str) -> None:
    headers = {"host": "localhost", "x-amz-date": "20261123T100000Z", "authorization": authorization}
    assert refusal(SignedRequest("POST", "/", "", headers, b"")).flaw is Flaw.INCOMPLETE


@pytest.mark.parametrize("stamp", ["", "2026-11-23T10:00:00Z", "20261123", "20261332T100000Z", "２0261123T100000Z"])
def test_a_date_that_is_none_is_refused_as_incomplete(stamp: str) -> None:
    headers = {"host": "localhost", "authorization": f"AWS4-HMAC-SHA256 {GOOD}", **({"x-amz-date": stamp} if stamp else {})}
    assert refusal(SignedRequest("POST", "/", "", headers, b"")).flaw is Flaw.INCOMPLETE


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=60), st.binary(max_size=30))
def test_whatever_comes_nothing_but_a_refusal_is_raised(authorization: str, path: str, query: str, body: bytes) -> None:
    headers = {"host": "localhost", "x-amz-date": "20261123T100000Z", "authorization": f"AWS4-HMAC-SHA256 {GOOD}{authorization}"}
    refusal(SignedRequest("POST", path, query, headers, body))
    refusal(SignedRequest("POST", path, query, {**headers, "authorization": authorization or "x"}, body))
    refusal(SignedRequest("POST", path, query, {**headers, "authorization": f"AWS4-HMAC-SHA256 {GOOD}"}, body))
