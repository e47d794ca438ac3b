"""The unfinished sign-in, and what its browser remembers."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.models import Principal
from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt
from accounts.signin.controller import current_stage
from accounts.signin.journeys import JOURNEYS, stages
from accounts.signin.known_browser import MOST, knows, remember
from accounts.signin.remembered_account import remember_account, remembered
from portal.conf import conf
from portal.core import clock
from portal.world.people import Person
from tests.console.browsing import principal_of
from tests.fixtures.people import World
from tests.mfa.codes import app_of

ORDINARY = [journey for journey in JOURNEYS if journey != "recovery"]
"""A recovery's journey hangs on its case, and is told of where cases are."""


def request_with(cookies: dict[str, str] | None = None) -> HttpRequest:
    """Return a request with a session of its own."""
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.COOKIES = cookies or {}
    return request


def test_an_attempt_comes_back_as_it_was_kept() -> None:
    request = request_with()
    attempt = Attempt("root", email="a@example.com", identified=True, principal=7)
    attempts.save(request, attempt)
    assert attempts.load(request) == attempt


@pytest.mark.parametrize("age", [timedelta(0), conf.attempt_lifetime - timedelta(seconds=5), timedelta(seconds=-30)])
def test_an_attempt_lives_a_quarter_of_an_hour(age: timedelta) -> None:
    attempt = Attempt("root")
    clock.advance(age)
    assert not attempt.expired
    clock.advance(conf.attempt_lifetime + timedelta(seconds=40))
    assert attempt.expired


@pytest.mark.parametrize("stored", [{"journey": "root", "unknown": 1}, {}, None])
def test_an_attempt_of_another_release_is_none(stored: Any) -> None:
    request = request_with()
    request.session[attempts.SESSION_KEY] = stored
    assert attempts.load(request) is None


def test_every_stage_of_every_journey_has_a_page() -> None:
    for journey in JOURNEYS:
        assert [stage.address for stage in stages(journey)]


def test_a_fresh_attempt_stands_at_the_first_stage_and_a_proved_one_at_none() -> None:
    for journey in ORDINARY:
        request, attempt = request_with(), Attempt(journey)
        assert current_stage(request, attempt) == stages(journey)[0]
        attempt.identified = attempt.password_proved = attempt.factor_proved = True
        assert current_stage(request, attempt) is None


def stages_passed(principal: Principal, *proofs: str) -> list[str]:
    """Return the names of the stages that an attempt of `principal` stands at, before each of `proofs`; none is left after the last."""
    attempt = Attempt("root", identified=True, principal=principal.pk, credential_epoch=principal.credential_epoch)
    attempt.check_reason, attempt.code_needed = "new_browser", True
    found = []
    for proof in proofs:
        stage = current_stage(request_with(), attempt)
        assert stage is not None
        found.append(stage.name)
        setattr(attempt, proof, True)
    assert current_stage(request_with(), attempt) is None
    return found


def test_a_root_user_passes_one_stage_after_the_other(root_user: Person) -> None:
    before = ["security check", "password", "verification code"]
    proofs = ("check_passed", "password_proved", "code_proved")
    assert stages_passed(principal_of(root_user), *proofs, "registration_skipped") == [*before, "second factor's registration"]
    app_of(principal_of(root_user))
    assert stages_passed(principal_of(root_user), *proofs, "factor_proved") == [*before, "second factor"]


def test_mfa_01_a_password_that_was_changed_in_the_meantime_opens_nothing(root_user: Person) -> None:
    principal = principal_of(root_user)
    attempt = Attempt("root", identified=True, principal=principal.pk, credential_epoch=principal.credential_epoch + 1, password_proved=True)
    for _look in range(2):
        stage = current_stage(request_with(), attempt)
        assert stage is not None
        assert stage.name == "second factor"
        attempt.registration_skipped = True


def test_a_browser_knows_who_signed_in_until_the_password_changes(world: World) -> None:
    principal = principal_of(world["111122223333", "Carlos"])
    response = HttpResponse()
    remember(request_with(), response, principal)
    request = request_with({"browser": response.cookies["browser"].value})
    assert knows(request, principal.pk, principal.credential_epoch)
    assert not knows(request, principal.pk, principal.credential_epoch + 1)
    assert not knows(request, principal.pk + 1, 0)
    assert not knows(request_with(), principal.pk, principal.credential_epoch)


def test_a_browser_remembers_the_latest_twenty_in_a_small_cookie(world: World) -> None:
    principal = principal_of(world["111122223333", "Carlos"])
    cookies: dict[str, str] = {}
    for number in range(1, MOST + 6):
        principal.pk = 10**9 + number
        response = HttpResponse()
        remember(request_with(cookies), response, principal)
        cookies = {"browser": response.cookies["browser"].value}
    assert len(cookies["browser"]) <= 1024
    known = [number for number in range(1, MOST + 6) if knows(request_with(cookies), 10**9 + number, principal.credential_epoch)]
    assert known == list(range(6, MOST + 6))


@pytest.mark.parametrize("value", ["", "x", "|", "111122223333|", "|Carlos", "111122223333|a b", "--|Carlos", "111122223333|" + "a" * 65, "a" * 2000])
def test_a_remembered_account_is_believed_only_in_its_form(value: str) -> None:
    assert remembered(request_with({"account": value})) is None


def test_an_account_is_remembered_with_its_user_name() -> None:
    response = HttpResponse()
    remember_account(response, account="anycompany", username="zhang@example.com")
    found = remembered(request_with({"account": response.cookies["account"].value}))
    assert found is not None
    assert (found.account, found.username) == ("anycompany", "zhang@example.com")
