"""POL-03: who may see the pages and do what they do: root user, administrator, reader, and what is denied by name."""

import pytest

from accounts.models import SignInSession
from policies.models import ConsoleAuthorization, PermissionStatement
from portal.world.people import Person
from tests.console.access.steps import (
    OFFICE,
    becomes_reader,
    has,
    is_denied,
    is_on,
    live,
    opened,
    page_of,
    put,
    records,
    switched_on,
)
from tests.console.browsing import Browser
from tests.fixtures.people import World
from tests.journeys.visitor import text_of

ACTS = {
    "add": "PutResourcePermissionStatement",
    "delete": "DeleteResourcePermissionStatement",
    "on": "PutConsoleAuthorizationConfiguration",
    "off": "DeleteConsoleAuthorizationConfiguration",
}
BUTTONS = {"add": "add-statement", "delete": "delete-statement", "on": "switch-on", "off": "switch-off"}
READS = ("ListResourcePermissionStatements", "GetResourcePolicy", "GetConsoleAuthorizationConfiguration")


def posts(browser: Browser, session: SignInSession, act: str, sid: str) -> int:
    """Send what the button of an act sends, with a token of the security page, and return the status."""
    room = f"delete?statement={sid}" if act == "delete" else act
    answer = browser.send(page_of(session, room), page=f"/console/{session.name}/security", act="add", source_ip=OFFICE, understood="yes")
    return int(answer.status_code)


def test_pol_03_the_root_user_and_administrators_may_do_everything(laptop: Browser, root_user: Person, iam_user: Person) -> None:
    for person in (root_user, iam_user):
        here = laptop.opens(person)
        sid = put(source_ip=OFFICE)
        page = opened(laptop, here)
        assert [act for act in ("add", "delete", "on") if not has(page, BUTTONS[act])] == []
        for act in ("add", "delete", "on", "off"):
            if act == "off":
                assert has(opened(laptop, here), BUTTONS[act])
            assert posts(laptop, here, act, sid.replace("+", "%2B").replace("/", "%2F")) == 303


@pytest.mark.parametrize("act", ACTS)
def test_pol_03_a_reader_sees_everything_and_changes_nothing(laptop: Browser, iam_user: Person, act: str) -> None:
    becomes_reader(iam_user)
    here, sid = laptop.opens(iam_user), put(source_ip=OFFICE)
    if act == "off":
        switched_on("111122223333")
    page = opened(laptop, here)
    assert OFFICE in page
    assert [name for name in BUTTONS.values() if has(page, name)] == []
    assert laptop.get(page_of(here, f"delete?statement={sid}" if act == "delete" else act)).status_code == 403
    assert posts(laptop, here, act, sid) == 403
    assert live() == [sid]
    assert is_on("111122223333") is (act == "off")
    refusal = records(ACTS[act])[-1]
    assert refusal["errorCode"] == "AccessDeniedException"


@pytest.mark.parametrize("act", ACTS)
def test_pol_03_what_is_denied_by_name_is_denied_to_an_administrator(laptop: Browser, iam_user: Person, act: str) -> None:
    is_denied(iam_user, f"signin:{ACTS[act]}")
    here, sid = laptop.opens(iam_user), put(source_ip=OFFICE)
    if act == "off":
        switched_on("111122223333")
    assert not has(opened(laptop, here), BUTTONS[act])
    assert posts(laptop, here, act, sid) == 403
    assert live() == [sid]
    page = laptop.get(page_of(here, f"delete?statement={sid}" if act == "delete" else act))
    assert f"signin:{ACTS[act]}" in text_of(page)
    assert "Denied by" in text_of(page)


@pytest.mark.parametrize("action", READS)
def test_pol_03_each_read_is_needed(laptop: Browser, iam_user: Person, action: str) -> None:
    is_denied(iam_user, f"signin:{action}")
    put(source_ip=OFFICE)
    here = laptop.opens(iam_user)
    for room in ("", "add", "on", "off"):
        answer = laptop.get(page_of(here, room))
        assert answer.status_code == 403
        assert OFFICE not in text_of(answer)
    assert records(action)[0]["errorCode"] == "AccessDeniedException"
    answer = laptop.send(page_of(here, "add/preview"), page=f"/console/{here.name}/security", source_ip=OFFICE)
    assert answer.status_code == 403


def test_pol_03_without_any_permission_nothing_is_shown(laptop: Browser, world: World) -> None:
    alice = laptop.opens(world["111122223333", "alice"])
    is_denied(world["111122223333", "alice"], "signin:*")
    put(source_ip=OFFICE)
    for room in ("", "add", "on", "off", "delete?statement=x"):
        answer = laptop.get(page_of(alice, room))
        assert answer.status_code == 403
        assert OFFICE not in text_of(answer)


def test_pol_03_nobody_without_a_session_gets_here(laptop: Browser, desktop: Browser, here: SignInSession) -> None:
    sid = put(source_ip=OFFICE)
    for room in ("", "add", "on", "off", f"delete?statement={sid}"):
        answer = desktop.get(page_of(here, room))
        assert (answer.status_code, answer["Location"]) == (303, "/console/?ended=1")
    assert PermissionStatement.objects.filter(removed_at=None).count() == 1
    assert not ConsoleAuthorization.objects.exists()
