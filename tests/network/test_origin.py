"""Where a request comes from: real, simulated, and by which region's endpoint."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.signin.attempt import Attempt, attempt_origin
from policies.enforcement.context import question_of
from portal.core.actions import SigninAction, Subject
from portal.network import addresses, simulated
from portal.network.origin import Origin, origin_of, source_address
from portal.network.simulated import Network

HOME = Network(address="198.51.100.7", name="home")
ENDPOINT = Network(address="10.0.1.25", region="us-west-2", vpc="vpc-0abc123def456789a", vpce="vpce-0fed987cba654321f", name="vpc")
REAL = "192.0.2.44"


class Operator:
    """An operator, as a request names one."""

    def __init__(self, key: int) -> None:
        self.pk = key
        self.is_authenticated = self.is_staff = True


def _request(cookie: str = "", path: str = "/signin/iam", *, user: Any = None, **meta: Any) -> HttpRequest:
    request = RequestFactory(REMOTE_ADDR=REAL, HTTP_HOST="localhost:8000").get(path, **meta)
    if cookie:
        request.COOKIES["network"] = cookie
    if user is not None:
        request.user = user
    return request


def _cookie(network: Network, *, user: Any = None) -> str:
    response = HttpResponse()
    simulated.choose(_request(user=user), response, network)
    return response.cookies["network"].value


def test_without_a_cookie_the_origin_is_the_real_one() -> None:
    origin = origin_of(_request())
    assert (origin.address, origin.caller, origin.region, origin.regional) == (REAL, REAL, "us-east-1", False)
    assert (origin.vpc, origin.vpce, origin.vpc_source_ip, origin.peer) == ("", "", "", "")


def test_a_public_address_is_seen_and_the_real_one_is_counted() -> None:
    origin = origin_of(_request(_cookie(HOME)))
    assert (origin.address, origin.caller) == ("198.51.100.7", REAL)
    assert (origin.region, origin.regional, origin.vpc) == ("us-east-1", False, "")


def test_a_vpc_endpoint_brings_its_region_and_a_private_address() -> None:
    origin = origin_of(_request(_cookie(ENDPOINT)))
    assert (origin.vpc, origin.vpce, origin.vpc_source_ip) == (ENDPOINT.vpc, ENDPOINT.vpce, "10.0.1.25")
    assert (origin.address, origin.caller) == ("10.0.1.25", REAL)
    assert (origin.region, origin.regional) == ("us-west-2", True)


def test_a_region_that_the_address_names_wins() -> None:
    regional = replace(HOME, region="us-west-2")
    origin = origin_of(_request(_cookie(regional), "/console/?region=eu-west-1"))
    assert (origin.region, origin.regional, origin.address) == ("eu-west-1", True, HOME.address)
    assert origin_of(_request(_cookie(regional), "/console/?region=nowhere-1")).region == "us-west-2"


def test_the_region_that_a_sign_in_began_at_wins_and_the_network_stays() -> None:
    origin = origin_of(_request(_cookie(HOME)))
    moved = attempt_origin(origin, Attempt(journey="iam_user", region="eu-west-1", regional=True))
    assert (moved.region, moved.regional, moved.address, moved.caller) == ("eu-west-1", True, HOME.address, REAL)
    assert attempt_origin(origin, Attempt(journey="iam_user")) is origin


def test_pol_06_no_word_in_an_address_moves_a_vpc_endpoint_into_another_region() -> None:
    origin = origin_of(_request(_cookie(ENDPOINT), "/console/?region=eu-west-1"))
    assert (origin.region, origin.regional, origin.vpc) == ("us-west-2", True, ENDPOINT.vpc)
    assert attempt_origin(origin, Attempt(journey="iam_user", region="eu-west-1", regional=True)) is origin


def test_pol_02_the_name_of_an_interface_is_no_part_of_an_address_that_policies_read() -> None:
    assert source_address("fe80::1%eth0", "", ()) == "fe80::1"
    assert source_address("10.0.0.2", "fe80::1%eth0", ("10.0.0.0/8",)) == "fe80::1"
    assert source_address("::ffff:203.0.113.7", "", ()) == "203.0.113.7"


def _altered(value: str) -> str:
    return ("A" if value[0] != "A" else "B") + value[1:]


@pytest.mark.parametrize(
    "spoil",
    [
        _altered,
        lambda value: value[:-1],
        lambda value: value + "x" * 2000,
        lambda _: signing.dumps(["203.0.113.10", "", "", "", "", 0, 0], salt="another purpose"),
        lambda _: signing.dumps({"address": "203.0.113.10"}, salt="vestibule.network"),
        lambda _: signing.dumps(7, salt="vestibule.network"),
        lambda _: "203.0.113.10",
        lambda _: "\x00é\ud800",
    ],
    ids=["altered", "cut", "overlong", "other salt", "other shape", "number", "plain", "unreadable"],
)
def test_a_cookie_that_is_not_ours_counts_for_nothing(spoil: Callable[[str], str]) -> None:
    assert origin_of(_request(spoil(_cookie(HOME)))).address == REAL


def test_a_load_of_the_world_makes_every_choice_void() -> None:
    cookie = _cookie(HOME)
    assert origin_of(_request(cookie)).address == HOME.address
    simulated.forget_all()
    assert origin_of(_request(cookie)).address == REAL
    assert origin_of(_request(_cookie(HOME))).address == HOME.address


def test_with_training_off_the_cookie_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = _cookie(ENDPOINT)
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    origin = origin_of(_request(cookie))
    assert (origin.address, origin.region, origin.vpc, origin.peer) == (REAL, "us-east-1", "", "")


def test_where_training_is_for_operators_only_the_one_who_chose_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    by_anybody = _cookie(HOME)
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    cookie = _cookie(HOME, user=Operator(5))
    assert origin_of(_request(cookie, user=Operator(5))).address == HOME.address
    trainee = Operator(5)
    trainee.is_staff = False
    for user in (Operator(6), trainee, None):
        assert origin_of(_request(cookie, user=user)).address == REAL
    assert origin_of(_request(by_anybody, user=Operator(5))).address == REAL
    assert origin_of(_request(_cookie(HOME))).address == REAL, "nobody chose, and nobody is there"
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "0")
    assert origin_of(_request(cookie, user=Operator(5))).address == REAL


def test_the_cookie_is_kept_from_scripts_and_ends_with_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example.com")
    response = HttpResponse()
    simulated.choose(_request(), response, HOME)
    cookie = response.cookies["__Host-network"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"], cookie["max-age"], cookie["domain"]) == (
        True,
        True,
        "Lax",
        "/",
        "",
        "",
    )


def test_a_real_address_behind_a_trusted_proxy_is_what_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = _cookie(HOME)
    monkeypatch.setenv("PORTAL_TRUSTED_PROXIES", REAL)
    origin = origin_of(_request(cookie, HTTP_X_FORWARDED_FOR="203.0.113.99, 192.0.2.200"))
    assert (origin.address, origin.caller) == (HOME.address, "192.0.2.200")


def test_an_origin_is_what_it_was_for_those_who_make_one_themselves() -> None:
    origin = Origin("203.0.113.7", "us-east-1", regional=False, user_agent="", host="localhost")
    assert origin.caller == "203.0.113.7"


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("198.51.100.7", "198.51.100.7"),
        (" 198.51.100.7 ", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:DB8:0:0::0007", "2001:db8::7"),
        ("10.0.1.25", "10.0.1.25"),
        ("0.0.0.0", ""),
        ("::", ""),
        ("224.0.0.1", ""),
        ("ff02::1", ""),
        ("fe80::1%eth0", ""),
        ("198.51.100.0/24", ""),
        ("198.51.100", ""),
        ("198.51.100.007", ""),
        ("", ""),
        ("home", ""),
        ("1" * 5000, ""),
    ],
)
def test_an_address_has_one_spelling(text: str, one: str) -> None:
    assert addresses.canonical(text) == one


def test_policies_are_asked_about_the_simulated_network() -> None:
    root = Subject("111122223333", "arn:aws:iam::111122223333:root")
    keys = question_of(SigninAction.AUTHENTICATE, root, origin_of(_request(_cookie(ENDPOINT)))).keys
    network = {
        "aws:SourceVpc": ENDPOINT.vpc,
        "aws:SourceVpce": ENDPOINT.vpce,
        "aws:VpcSourceIp": ENDPOINT.address,
        "aws:RequestedRegion": "us-west-2",
    }
    assert {name: keys[name] for name in network} == network
    assert "aws:SourceIp" not in keys
    home = question_of(SigninAction.AUTHENTICATE, root, origin_of(_request(_cookie(HOME)))).keys
    assert (home["aws:SourceIp"], home["aws:RequestedRegion"]) == (HOME.address, "us-east-1")
    assert not {"aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"} & home.keys()
