"""The operator's own page: devices and sessions."""

import pytest

from accounts.models import Principal, SignInSession
from accounts.sessions.flows import open_session
from accounts.sessions.middleware import OPERATOR_COOKIE
from mfa.models import Authenticator
from portal.conf import conf
from portal.core import clock
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in
from tests.console.browsing import Browser
from tests.journeys.visitor import text_of
from tests.mfa.codes import app_of

HOME = "/operator/security/"


@pytest.fixture
def browser(operator: Person) -> OperatorBrowser:
    """A browser in which the demo's operator is signed in."""
    return signed_in(operator)


@pytest.fixture
def principal(operator: Person) -> Principal:
    """The demo's operator, who has one authenticator app."""
    return Principal.objects.get(kind=Principal.Kind.OPERATOR, name=operator.username)


def elsewhere(principal: Principal) -> tuple[OperatorBrowser, SignInSession]:
    """Return another browser in which the operator is signed in."""
    other = OperatorBrowser()
    origin = Origin(address="198.51.100.20", region="us-east-1", regional=False, user_agent="Mozilla/5.0 Firefox/140.0", host="localhost")
    session, other.client.cookies[OPERATOR_COOKIE] = open_session(principal, origin=origin, factor="operator/phone")
    return other, session


def is_in(browser: OperatorBrowser) -> bool:
    """Tell whether the page opens in this browser."""
    return bool(browser.client.get(HOME).status_code == 200)


def test_the_page_lists_devices_and_sessions(browser: OperatorBrowser, principal: Principal) -> None:
    page = browser.client.get(HOME)
    [device] = Authenticator.objects.filter(user=principal, confirmed=True)
    assert f'data-device="{device.pk}"' in page.content.decode()
    assert "This session" in text_of(page)
    assert "This identity must have at least one" in text_of(page)
    assert "Register a second one." in text_of(page)


def test_the_admin_site_leads_to_it(browser: OperatorBrowser) -> None:
    assert f'href="{HOME}"' in browser.client.get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["", "mfa/register", "mfa/register/app", "mfa/confirm?next=/operator/security/"])
def test_others_are_led_to_the_operators_sign_in(operator: Person, iam_user: Person, path: str) -> None:
    console = Browser()
    console.opens(iam_user)
    for client in (OperatorBrowser().client, console.client):
        answer = client.get(HOME + path)
        assert answer.status_code == 303
        assert answer["Location"].startswith("/signin/operator?next=%2Foperator%2Fsecurity%2F")


def test_mfa_07_an_operator_keeps_one_device(browser: OperatorBrowser, principal: Principal) -> None:
    first = Authenticator.objects.get(user=principal, confirmed=True)
    assert browser.send(HOME + "mfa/delete", page=HOME, device=first.pk).status_code == 400
    second = app_of(principal, name="tablet")
    answer = browser.send(HOME + "mfa/delete", page=HOME, device=first.pk)
    assert (answer.status_code, answer["Location"]) == (303, f"{HOME}?done=deleted")
    assert [device.pk for device in Authenticator.objects.filter(user=principal, confirmed=True)] == [second.pk]


def test_ses_05_deleting_a_device_ends_the_operators_other_sessions(browser: OperatorBrowser, principal: Principal) -> None:
    other, _session = elsewhere(principal)
    assert is_in(other)
    before = browser.client.cookies[OPERATOR_COOKIE].value
    device = app_of(principal, name="tablet")
    browser.send(HOME + "mfa/delete", page=HOME, device=device.pk)
    assert browser.client.cookies[OPERATOR_COOKIE].value != before
    assert browser.client.cookies[OPERATOR_COOKIE]["samesite"] == "Strict"
    assert is_in(browser)
    assert browser.client.get("/admin/").status_code == 200
    assert not is_in(other)


def test_a_device_is_renamed(browser: OperatorBrowser, principal: Principal) -> None:
    device = Authenticator.objects.get(user=principal, confirmed=True)
    assert browser.send(HOME + "mfa/rename", page=HOME, device=device.pk, name="night-shift").status_code == 303
    device.refresh_from_db()
    assert device.name == "night-shift"


def test_ses_09_after_some_time_the_operator_is_asked_first(browser: OperatorBrowser, operator: Person, principal: Principal) -> None:
    other, session = elsewhere(principal)
    clock.advance(conf.reauthentication_lifetime)
    for room, fields in (("end-session", {"session": session.name}), ("end-others", {}), ("mfa/delete", {"device": "1"})):
        answer = browser.send(HOME + room, page=HOME, **fields)
        assert answer["Location"].startswith(f"{HOME}mfa/confirm?next=%2Foperator%2Fsecurity%2F")
    assert is_in(other)
    before = browser.client.cookies[OPERATOR_COOKIE].value
    answer = browser.send(f"{HOME}mfa/confirm", page=f"{HOME}mfa/confirm?next={HOME}", next=HOME, type="password", password=operator.password)
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    assert browser.client.cookies[OPERATOR_COOKIE].value != before
    assert browser.send(HOME + "end-session", page=HOME, session=session.name)["Location"] == f"{HOME}?done=ended"
    assert not is_in(other)


def test_ses_08_all_other_sessions_are_ended(browser: OperatorBrowser, principal: Principal) -> None:
    other, session = elsewhere(principal)
    assert browser.send(HOME + "end-others", page=HOME)["Location"] == f"{HOME}?done=others"
    assert not is_in(other)
    assert is_in(browser)
    assert SignInSession.objects.get(pk=session.pk).end_reason == SignInSession.End.ENDED_BY_OWNER


def test_pol_03_a_session_of_somebody_else_does_not_exist_here(browser: OperatorBrowser, iam_user: Person) -> None:
    console = Browser()
    foreign = console.opens(iam_user)
    assert browser.send(HOME + "end-session", page=HOME, session=foreign.name).status_code == 404
    assert console.is_in(foreign)
    assert not Event.objects.get(event_name=EventName.SESSION_ENDED).succeeded


@pytest.mark.parametrize("target", ["/admin/", "/console/", "https://evil.example/", "/operator/security/../../admin/"])
def test_confirming_leads_nowhere_else(browser: OperatorBrowser, operator: Person, target: str) -> None:
    page = f"{HOME}mfa/confirm?next={HOME}"
    clock.advance(conf.reauthentication_lifetime)
    answer = browser.send(f"{HOME}mfa/confirm", page=page, next=target, type="password", password=operator.password)
    assert answer["Location"] == HOME
