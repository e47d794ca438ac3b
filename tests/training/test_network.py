"""The simulated network of a visitor: chosen by call, by menu and by page; seen by events, sessions and policies, not by throttles."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Principal, SignInSession
from accounts.signin.guessing import BY_ADDRESS
from portal.core import pages
from portal.trail.models import Event
from portal.world.flows import reset_world
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser
from tests.console.browsing import Browser
from tests.journeys.visitor import Visitor, form_of

HEADERS = {"X-Training": "1"}
REAL = "203.0.113.7"
HOME = "198.51.100.7"
ENDPOINT = {"vpc": "vpc-12345678", "vpce": "vpce-0a1b2c3d", "vpc_source_ip": "10.1.2.3", "region": "ap-northeast-1"}


def _call(client: Client, body: Any = None) -> Any:
    if body is None:
        return client.get("/training/api/network", headers=HEADERS)
    return client.post("/training/api/network", body if isinstance(body, str) else json.dumps(body), "application/json", headers=HEADERS)


def _strip(page: Any) -> str:
    found = re.search(r'<aside class="strip".*?</aside>', page.content.decode(), re.DOTALL)
    assert found, "a page without the strip"
    return found[0]


def _summary(page: Any) -> str:
    """Return what the closed menu says."""
    found = re.search(r'data-testid="network-menu"><summary>(.*?)</summary>', _strip(page), re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


def _choose(browser: Browser, name: str, *, page: str = "/console/") -> Any:
    return browser.send("/training/network", page=page, network=name, next=page)


# The JSON call


def test_the_call_tells_where_the_browser_is_and_moves_it(world: dict[str, Person]) -> None:
    client = Client(enforce_csrf_checks=True, REMOTE_ADDR=REAL)
    real = {"name": "", "simulated": False, "source_ip": REAL, "vpc": "", "vpce": "", "vpc_source_ip": "", "region": "us-east-1"}
    assert _call(client).json() == real
    home = real | {"name": "home", "simulated": True, "source_ip": HOME}
    assert _call(client, {"name": "home"}).json() == home
    assert _call(client).json() == home
    typed = real | ENDPOINT | {"simulated": True, "source_ip": ""}
    assert _call(client, ENDPOINT).json() == typed
    assert _call(client).json() == typed
    six = _call(client, {"source_ip": "2001:DB8::0007"}).json()
    assert six == real | {"simulated": True, "source_ip": "2001:db8::7"}
    answer = _call(client, {"reset": True})
    assert answer.json() == real
    assert answer.headers["Cache-Control"] == "no-store"
    assert _call(client).json() == real


def test_each_network_of_the_world_can_be_gone_to_by_its_name(world: dict[str, Person]) -> None:
    client = Client(REMOTE_ADDR=REAL)
    listed = client.get("/training/api/world", headers=HEADERS).json()["networks"]
    assert {"office", "home", "vpc", "vpc-elsewhere", "ipv6"} <= {network["name"] for network in listed}
    for network in listed:
        assert set(network) == {"name", "label", "source_ip", "cidr", "vpc", "vpce", "vpc_source_ip", "region", "note"}
        found = _call(client, {"name": network["name"]}).json()
        wanted = {name: network[name] for name in ("name", "source_ip", "vpc", "vpce", "vpc_source_ip")}
        assert found == wanted | {"simulated": True, "region": network["region"] or "us-east-1"}
    by_name = {network["name"]: network for network in listed}
    assert by_name["vpc"]["vpc"] == by_name["vpc-elsewhere"]["vpc"]
    assert by_name["vpc"]["region"] != by_name["vpc-elsewhere"]["region"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "nowhere"},
        {"name": ""},
        {"name": ["home"]},
        {"name": "home", "source_ip": HOME},
        {"name": "home", "reset": True},
        {"reset": False},
        {"reset": 1},
        {"source_ip": ""},
        {"source_ip": "198.51.100.0/24"},
        {"source_ip": 3325256711},
        {"source_ip": "0.0.0.0"},
        {"source_ip": "fe80::1%eth0"},
        {"source_ip": "1" * 200},
        {"source_ip": HOME, "region": "us-west-2"},
        ENDPOINT | {"vpc": "vpc-XYZ"},
        ENDPOINT | {"vpc": "x vpc-12345678"},
        ENDPOINT | {"vpc": "vpc-12345678-9"},
        ENDPOINT | {"vpce": "vpce-1"},
        ENDPOINT | {"vpc_source_ip": "10.0.0.0/8"},
        ENDPOINT | {"region": "nowhere-1"},
        ENDPOINT | {"source_ip": HOME},
        {name: value for name, value in ENDPOINT.items() if name != "region"},
        "[]",
        '{"name": "home", "name": "office"}',
    ],
)
def test_pol_05_the_call_takes_one_known_shape(world: dict[str, Person], body: Any) -> None:
    client = Client(REMOTE_ADDR=REAL)
    answer = _call(client, body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert "network" not in answer.cookies
    assert _call(client).json()["source_ip"] == REAL


def test_an_unknown_name_is_answered_with_those_there_are(world: dict[str, Person]) -> None:
    assert "office, home, vpc" in _call(Client(), {"name": "attic"}).json()["message"]
    assert "`vpce`: " in _call(Client(), ENDPOINT | {"vpce": "x"}).json()["message"]


# Guard rails


def test_with_training_off_there_is_no_menu_no_page_no_call(world: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser()
    assert _choose(browser, "home").status_code == 303
    assert "Home" in _summary(browser.get("/console/"))
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    for path in ("/console/", "/console/?user=iam", "/", "/nothing-here"):
        strip = _strip(browser.get(path))
        assert "network" not in strip
        assert HOME not in browser.get(path).content.decode()
    assert browser.get("/training/network").status_code == 404
    for path in ("/training/network", "/training/network/source", "/training/network/endpoint"):
        assert browser.send(path, page="/console/", network="home", source_ip=HOME).status_code == 404
    assert _call(browser.client).status_code == 404
    assert _call(browser.client, {"name": "home"}).status_code == 404


def test_where_training_is_for_operators_trainees_have_no_network(world: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser()
    _choose(browser, "home")
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    page = browser.get("/console/?user=iam")
    assert not _summary(page)
    assert HOME not in page.content.decode()
    assert browser.get("/training/network").status_code == 303
    answer = browser.send("/training/network", page="/console/", network="home")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/signin/operator")
    assert "network" not in answer.cookies
    assert _call(browser.client, {"name": "home"}).status_code == 403


def test_where_training_is_for_operators_their_choice_ends_with_their_session(
    operator_browser: OperatorBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    client = operator_browser.client
    assert operator_browser.send("/training/network", page="/console/", network="home", next="/console/").status_code == 303
    assert _summary(client.get("/console/")).endswith(HOME)
    assert HOME in client.get("/admin/").content.decode()
    SignInSession.objects.filter(principal__kind=Principal.Kind.OPERATOR).delete()
    page = client.get("/console/")
    assert not _summary(page)
    assert HOME not in page.content.decode()


def test_a_foreign_page_moves_nobody(world: dict[str, Person]) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/training/network", {"network": "home"}).status_code == 403
    assert client.post("/training/api/network", json.dumps({"name": "home"}), "application/json").status_code == 403


def test_a_reset_of_the_world_sends_everybody_home(world: dict[str, Person]) -> None:
    browser = Browser()
    _choose(browser, "home")
    assert HOME in _summary(browser.get("/console/"))
    reset_world()
    assert REAL in _summary(browser.get("/console/"))


# The menu and the page


def test_the_menu_is_on_every_page_and_leads_back_to_it(world: dict[str, Person], iam_user: Person) -> None:
    browser = Browser()
    session = browser.opens(iam_user)
    home = f"/console/{session.name}/home"
    for path in ("/", "/console/?add=1", "/signin/iam", "/misuse", "/nothing-here", "/inbox/", "/trail/", "/training/", home):
        summary = _summary(browser.get(path))
        assert "your real one" in summary, path
        assert REAL in summary, path
    answer = _choose(browser, "vpc", page=home)
    assert (answer.status_code, answer.headers["Location"]) == (303, home)
    page = browser.home(session)
    assert "VPC endpoint in us-west-2" in _summary(page)
    assert "10.0.1.25 · vpc-0abc123def456789a" in _summary(page)
    assert re.search(r'value="vpc" aria-current="true"', _strip(page))
    assert re.search(r'value="vpc" aria-current="true"', _strip(browser.get("/signin/iam")))
    assert _choose(browser, "", page=home).status_code == 303
    assert "your real one" in _summary(browser.home(session))


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "\\evil", "javascript:alert(1)", ""])
def test_the_menu_leads_nowhere_else(world: dict[str, Person], target: str) -> None:
    answer = Browser().send("/training/network", page="/console/", network="home", next=target)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/training/network")


@pytest.mark.parametrize("name", ["nowhere", "home ", "x" * 400, "<script>"])
def test_the_menu_takes_networks_of_the_world_only(world: dict[str, Person], name: str) -> None:
    browser = Browser()
    answer = _choose(browser, name)
    assert answer.status_code == 400
    assert "network" not in browser.client.cookies


def test_the_page_takes_a_network_of_ones_own(world: dict[str, Person]) -> None:
    browser = Browser()
    refused = browser.send("/training/network/source", page="/training/network", source_ip="198.51.100.0/24")
    assert refused.status_code == 400
    assert "Type one IPv4 or IPv6 address" in refused.content.decode()
    answer = browser.send("/training/network/source", page="/training/network", source_ip=" 2001:DB8::0007 ")
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"])
    assert "You appear to come from the network that you typed." in page.content.decode()
    assert "one of your own 2001:db8::7" in _summary(page)
    assert "2001:db8::7" in browser.get("/console/").content.decode().partition('class="where"')[2]
    wrong = browser.send("/training/network/endpoint", page="/training/network", **ENDPOINT | {"vpc": "vpc", "vpc_source_ip": "10", "region": "x"})
    assert wrong.status_code == 400
    assert wrong.content.decode().count('class="field__error"') == 3
    assert browser.send("/training/network/endpoint", page="/training/network", **ENDPOINT).status_code == 303
    page = browser.get("/training/network")
    facts = page.content.decode().partition('data-testid="where"')[2].partition("</dl>")[0]
    assert all(value in facts for value in (*ENDPOINT.values(), REAL))


def test_what_is_typed_is_escaped(world: dict[str, Person]) -> None:
    page = Browser().send("/training/network/source", page="/training/network", source_ip='"><script>x</script>')
    assert "<script>x" not in page.content.decode()


def test_kept_pages_hold_nobodys_network(world: dict[str, Person]) -> None:
    pages._kept.clear()
    browser, other = Browser(), Browser(address="192.0.2.99")
    _choose(browser, "vpc")
    own = browser.get("/signin/iam").content.decode()
    assert "vpc-0abc123def456789a" in own
    assert 'href="/signin/root"' in own, "the network's region is not in the links"
    theirs = other.get("/signin/iam")
    assert "your real one 192.0.2.99" in _summary(theirs)
    assert "vpc-0abc123def456789a" not in re.sub(r'<div class="menu__panel">.*', "", theirs.content.decode(), flags=re.DOTALL)
    kept = "".join(part for parts in pages._kept.values() for part in parts)
    assert kept
    assert not [text for text in ("10.0.1.25", "192.0.2.99", REAL, "network-menu") if text in kept]
    assert len([key for key in pages._kept if key[0] == "accounts/signin/iam.html"]) == 1


def test_a_japanese_menu_names_networks_in_japanese(world: dict[str, Person]) -> None:
    client = Client(headers={"Accept-Language": "ja"})
    assert "オフィス" in _strip(client.get("/console/"))
    assert "オフィス" not in _strip(Client().get("/console/"))
    assert client.get("/training/api/world", headers=HEADERS | {"Accept-Language": "ja"}).json()["networks"][0]["label"] == "オフィス"


# What sees the simulated address, and what does not


def _signs_in(visitor: Visitor, person: Person) -> SignInSession:
    answer = visitor.posts_with_token("/training/network", network="vpc")
    assert answer.status_code == 303
    form = visitor.opens("/console/?user=iam")
    answer = visitor.sends(form, account=person.account, username=person.username, password=person.password)
    while answer.status_code == 303:
        answer = visitor.get(answer.headers["Location"])
    assert answer.status_code == 200
    return SignInSession.objects.select_related("principal").get()


def test_events_and_sessions_show_the_simulated_network(visitor: Visitor, iam_user: Person) -> None:
    session = _signs_in(visitor, iam_user)
    assert (session.source_ip, session.region) == ("10.0.1.25", "us-west-2")
    event = Event.objects.get(event_name="ConsoleLogin")
    assert (event.source_ip, event.region) == ("10.0.1.25", "us-west-2")
    assert json.loads(event.record)["sourceIPAddress"] == "10.0.1.25"
    security = visitor.opens(f"/console/{session.name}/security").content.decode()
    assert "10.0.1.25" in security.partition('class="device"')[2]


def test_thr_06_a_visitor_does_not_escape_throttles_by_moving(visitor: Visitor, iam_user: Person) -> None:
    counted = []
    for number, name in enumerate(["", "home", "office", "ipv6", "vpc"], start=1):
        visitor.posts_with_token("/training/network", network=name)
        page = visitor.opens("/console/?user=iam")
        assert form_of(page).fields.keys() >= {"account", "username", "password"}
        visitor.sends(page, account=iam_user.account, username=f"nobody-{number}", password="not the password")
        counted.append(BY_ADDRESS.count(visitor.address))
    assert counted == [1, 2, 3, 4, 5]
    assert [BY_ADDRESS.count(address) for address in (HOME, "203.0.113.10", "10.0.1.25")] == [0, 0, 0]
    assert Event.objects.filter(event_name="ConsoleLogin", source_ip=HOME).count() == 1
