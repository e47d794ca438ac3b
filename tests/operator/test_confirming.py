"""An operator who must prove who it is goes on where it was, and is led nowhere else."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from policies.models import RecoveryCase
from portal.conf import conf
from portal.core import clock
from portal.world.people import Person
from tests.journeys.visitor import Visitor, form_to
from tests.policies.recovery.steps import CASES, at_the_desk, opens_case, presses

CONFIRM = "/operator/security/mfa/confirm"
HOME = "/operator/security/"
DEVELOPMENT = "444455556666"


@pytest.fixture
def desk(operator: Person) -> Visitor:
    """The operator's browser."""
    return at_the_desk(operator)


def grows_old() -> None:
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))


def confirms(desk: Visitor, answer: Any, operator: Person) -> str:
    """Give the password where `answer` asks for it, and return where that leads."""
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, CONFIRM)
    form = form_to_password(desk.opens(answer.headers["Location"]))
    proved = desk.posts(CONFIRM, form | {"password": operator.password})
    assert proved.status_code == 303
    return str(proved.headers["Location"])


def form_to_password(page: Any) -> dict[str, str]:
    """Return the fields of the form that asks for the password; a page for somebody with an app has another one."""
    content: str = page.content.decode()
    return form_to(content[: content.index('data-testid="confirm-code"')].rpartition("<form")[0], CONFIRM).fields


def test_a_step_of_a_case_leads_back_to_the_case(desk: Visitor, operator: Person) -> None:
    path = opens_case(desk)
    grows_old()
    assert confirms(desk, presses(desk, path, "withdraw"), operator) == path
    assert presses(desk, path, "withdraw").headers["Location"] == f"{path}?done=withdrawn"


@pytest.mark.parametrize(
    ("typed", "led"),
    [(DEVELOPMENT, f"?account={DEVELOPMENT}"), ("4444-5555-6666", f"?account={DEVELOPMENT}"), ("no account!", ""), ("../../../admin/", "")],
)
def test_a_new_case_keeps_the_account_that_it_is_for(desk: Visitor, operator: Person, typed: str, led: str) -> None:
    page = desk.opens(f"{CASES}new")
    grows_old()
    back = confirms(desk, desk.sends(page, account=typed, reason="TICKET-4711"), operator)
    assert back == f"{CASES}new{led}"
    assert not RecoveryCase.objects.exists()
    assert (f'value="{DEVELOPMENT}"' in desk.opens(back).content.decode()) == bool(led)


@pytest.mark.parametrize(
    "target",
    [
        *("/admin/", "/console/", "/operator", "//evil.example/operator/", "https://evil.example/operator/", "\\\\evil.example/operator/"),
        *("/operator/../admin/", "/operator/%2e%2e/admin/", "/operator//evil.example/", "/operator/\r\nX: y", "/operatorx/"),
    ],
)
def test_no_other_address_is_led_to(desk: Visitor, operator: Person, target: str) -> None:
    grows_old()
    asked = desk.opens(f"{CONFIRM}?{urlencode({'next': f'{CASES}new'})}")
    proved = desk.posts(CONFIRM, form_to_password(asked) | {"next": target, "password": operator.password})
    assert (proved.status_code, proved.headers["Location"]) == (303, HOME)
