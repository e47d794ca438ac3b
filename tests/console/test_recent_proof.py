"""SES-08, SES-09: ending sessions needs a recent proof of who asks."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from accounts.models import SignInSession
from portal.conf import conf
from portal.core import clock
from portal.world.people import Person
from tests.console.browsing import Browser


def some_time_passes() -> None:
    """Let so much time pass that the sign-in is no recent proof any more."""
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))


@pytest.mark.parametrize("act", ["end-session", "end-others"])
def test_ses_09_no_session_is_ended_without_a_recent_proof(laptop: Browser, desktop: Browser, iam_user: Person, act: str) -> None:
    here, there = laptop.opens(iam_user), desktop.opens(iam_user)
    some_time_passes()
    security = f"/console/{here.name}/security"
    answer = laptop.send(f"/console/{here.name}/{act}", page=security, session=there.name)
    confirm = f"/console/{here.name}/mfa/confirm"
    assert (answer.status_code, answer["Location"]) == (303, f"{confirm}?{urlencode({'next': security})}")
    assert desktop.is_in(there)

    answer = laptop.send(confirm, page=answer["Location"], next=security, type="password", password=iam_user.password)
    assert (answer.status_code, answer["Location"]) == (303, security)
    assert laptop.send(f"/console/{here.name}/{act}", page=security, session=there.name).status_code == 303
    assert not desktop.is_in(there)
    assert laptop.is_in(here)


def test_ses_09_the_proof_of_one_session_is_none_of_another(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    here, second, there = laptop.opens(iam_user), laptop.opens(iam_user), desktop.opens(iam_user)
    some_time_passes()
    page = f"/console/{here.name}/mfa/confirm?next=/console/{here.name}/security"
    laptop.send(f"/console/{here.name}/mfa/confirm", page=page, type="password", password=iam_user.password)
    answer = laptop.send(f"/console/{second.name}/end-session", page=f"/console/{second.name}/security", session=there.name)
    assert "mfa/confirm" in answer["Location"]
    assert desktop.is_in(there)


def test_ses_09_signing_out_needs_no_proof(laptop: Browser, iam_user: Person) -> None:
    here = laptop.opens(iam_user)
    some_time_passes()
    laptop.send(f"/console/{here.name}/sign-out", page=f"/console/{here.name}/home")
    assert SignInSession.objects.get(pk=here.pk).end_reason == SignInSession.End.SIGNED_OUT


def test_ses_09_a_changed_password_is_a_recent_proof(laptop: Browser, iam_user: Person) -> None:
    here = laptop.opens(iam_user)
    some_time_passes()
    new = "Fresh-Harbor-2217"
    laptop.send(
        f"/console/{here.name}/password", page=f"/console/{here.name}/security", password=iam_user.password, new_password=new, confirm_password=new
    )
    assert laptop.get(f"/console/{here.name}/mfa/register").status_code == 200
