"""The security page: sessions of one identity everywhere, and ending them."""

import re
from datetime import timedelta

import pytest

from accounts.models import SignInSession
from portal.console.session_list import PAGE
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of

ROW = re.compile(r'<tr data-session="([^"]+)">(.*?)</tr>', re.DOTALL)


def rows(laptop: Browser, session: SignInSession, query: str = "") -> dict[str, str]:
    """Return the rows of open sessions by session name."""
    return dict(ROW.findall(laptop.get(f"/console/{session.name}/security{query}").content.decode()))


def test_ses_08_the_list_shows_device_place_and_times_of_every_session(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    here, there = laptop.opens(iam_user), desktop.opens(iam_user, region="eu-west-1")
    listed = rows(laptop, here)
    assert list(listed) == [there.name, here.name]
    assert "Firefox 140" in listed[here.name]
    assert "Windows" in listed[here.name]
    assert "203.0.113.7" in listed[here.name]
    assert "This session" in listed[here.name]
    assert "Safari 17" in listed[there.name]
    assert "Mac OS X" in listed[there.name]
    assert "198.51.100.20" in listed[there.name]
    assert "eu-west-1" in listed[there.name]
    assert "This session" not in listed[there.name]
    assert "Without MFA" in listed[there.name]
    assert f'datetime="{there.created_at:%Y-%m-%dT%H:%M:%SZ}"' in listed[there.name]


def test_ses_08_the_list_tells_which_sessions_began_with_a_second_factor(laptop: Browser, iam_user: Person) -> None:
    here, other = laptop.opens(iam_user), laptop.opens(iam_user)
    SignInSession.objects.filter(pk=other.pk).update(factor="arn:aws:iam::111122223333:mfa/phone")
    listed = rows(laptop, here)
    assert "With MFA" in listed[other.name]
    assert "Without MFA" in listed[here.name]


def test_ses_08_one_session_is_ended(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    here, there = laptop.opens(iam_user), desktop.opens(iam_user)
    security = f"/console/{here.name}/security"
    answer = laptop.send(f"/console/{here.name}/end-session", page=security, session=there.name)
    assert (answer.status_code, answer["Location"]) == (303, f"{security}?done=ended")
    assert "The session has ended." in laptop.get(answer["Location"]).content.decode()
    assert not desktop.is_in(there)
    assert laptop.is_in(here)
    assert list(rows(laptop, here)) == [here.name]
    assert "Ended from the security page" in laptop.get(security).content.decode()
    assert Event.objects.get(event_name=EventName.SESSION_ENDED).succeeded


def test_ses_08_all_other_sessions_are_ended(laptop: Browser, desktop: Browser, iam_user: Person, root_user: Person) -> None:
    here, second = laptop.opens(iam_user), laptop.opens(iam_user)
    there, root = desktop.opens(iam_user), desktop.opens(root_user)
    answer = laptop.send(f"/console/{here.name}/end-others", page=f"/console/{here.name}/security")
    assert answer["Location"] == f"/console/{here.name}/security?done=others"
    assert laptop.is_in(here)
    assert not laptop.is_in(second)
    assert not desktop.is_in(there)
    assert desktop.is_in(root)


def test_pol_03_a_session_of_somebody_else_does_not_exist_here(laptop: Browser, desktop: Browser, iam_user: Person, root_user: Person) -> None:
    here, foreign = laptop.opens(iam_user), desktop.opens(root_user)
    answer = laptop.send(f"/console/{here.name}/end-session", page=f"/console/{here.name}/security", session=foreign.name)
    assert answer.status_code == 404
    assert desktop.is_in(foreign)
    event = Event.objects.get(event_name=EventName.SESSION_ENDED)
    assert not event.succeeded
    assert foreign.name not in event.record
    assert event.principal_key == principal_of(iam_user).unique_id


@pytest.mark.parametrize("name", ["", "x" * 3000, "111122223333-zzzzzzzz", "a\x00b", "\ud800", "{}"])
def test_a_name_that_is_none_is_not_found(laptop: Browser, iam_user: Person, name: str) -> None:
    here = laptop.opens(iam_user)
    token = laptop.token_of(f"/console/{here.name}/security")
    body = "csrfmiddlewaretoken=" + token + "&session=" + "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "surrogatepass"))
    answer = laptop.client.post(f"/console/{here.name}/end-session", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {400, 404}
    assert laptop.is_in(here)


def test_ending_a_session_twice_is_no_error(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    here, there = laptop.opens(iam_user), desktop.opens(iam_user)
    for notice in ("ended", "over"):
        answer = laptop.send(f"/console/{here.name}/end-session", page=f"/console/{here.name}/security", session=there.name)
        assert answer["Location"].endswith(f"?done={notice}")
    assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == 1


def test_an_expired_session_is_listed_as_over(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    desktop.opens(iam_user)
    clock.advance(timedelta(hours=13))
    here = laptop.opens(iam_user)
    assert list(rows(laptop, here)) == [here.name]
    assert "<td>Expired</td>" in laptop.get(f"/console/{here.name}/security").content.decode()
    clock.advance(timedelta(days=7))
    later = laptop.opens(iam_user)
    page = laptop.get(f"/console/{later.name}/security").content.decode()
    assert page.count("<td>Expired</td>") == 1, "the first one is over for more than seven days by now"


def test_sessions_page_by_key(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    names = [desktop.opens(iam_user).name for _ in range(2 * PAGE)]
    here = laptop.opens(iam_user)
    expected = [here.name, *reversed(names)]
    seen: list[str] = []
    query = ""
    while True:
        page = laptop.get(f"/console/{here.name}/security{query}").content.decode()
        seen += [name for name, _ in ROW.findall(page)]
        older = re.search(r'href="security(\?before=\d+)"', page)
        if not older:
            break
        query = older[1]
    assert seen == expected


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "9" * 30, "%00", "%ED%A0%80", "٣"])
def test_an_unreadable_key_is_bad_input(laptop: Browser, iam_user: Person, before: str) -> None:
    here = laptop.opens(iam_user)
    assert laptop.get(f"/console/{here.name}/security?before={before}").status_code == 400


def test_a_notice_is_one_of_the_portals_own(laptop: Browser, iam_user: Person) -> None:
    here = laptop.opens(iam_user)
    page = laptop.get(f"/console/{here.name}/security?done=You%20won%20a%20prize").content.decode()
    assert "prize" not in page.partition('name="next"')[0]
