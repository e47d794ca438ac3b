"""RACE: an operator's form reads a row and saves it whole; what another operator does to that row at the same moment must stand."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.db.models.signals import pre_save

from accounts.administration import flows
from accounts.administration.acts import Actor
from accounts.iam import users
from accounts.models import Account, IamUser, Principal
from portal.world.flows import load_world
from portal.world.people import people
from tests.admin.operators import OperatorBrowser, signed_in
from tests.oauth.tool import BROWSER

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ACCOUNT = "111122223333"
OVERTAKING_SECONDS = 1.0
"""How long a form waits before it saves: whoever can overtake it has done so by then, and whoever waits for it is served after it."""


@pytest.fixture
def other_operator(browser: OperatorBrowser) -> Actor:
    return Actor(Principal.objects.get(kind=Principal.Kind.OPERATOR, name="operator"), BROWSER)


@pytest.fixture
def browser(transactional_db: None) -> OperatorBrowser:
    load_world(replace=True)
    return signed_in(next(person for person in people() if person.username == "operator"))


@contextmanager
def meanwhile(model: type[Model], act: Callable[[], object]) -> Iterator[None]:
    """Do `act` on another connection when a row of `model` has been read for a form and is about to be saved."""
    begun: list[Future[None]] = []

    def on_own_connection() -> None:
        try:
            act()
        finally:
            connection.close()

    def overtake(**_: Any) -> None:
        if not begun:
            begun.append(threads.submit(on_own_connection))
            wait(begun, timeout=OVERTAKING_SECONDS)

    with ThreadPoolExecutor(1) as threads:
        pre_save.connect(overtake, sender=model)
        try:
            yield
        finally:
            pre_save.disconnect(overtake, sender=model)
        assert begun, "no row was saved"
        begun[0].result()


def attachments(**fields: str) -> dict[str, str]:
    """Return the fields of a user's form, in which no policy is attached."""
    return {"policy_attachments-TOTAL_FORMS": "0", "policy_attachments-INITIAL_FORMS": "0"} | fields


def newcomer() -> Principal:
    return users.create(ACCOUNT, "newcomer")


def test_race_10_a_user_who_is_disabled_while_a_form_is_saved_stays_disabled(browser: OperatorBrowser, other_operator: Actor) -> None:
    user = newcomer()
    with meanwhile(IamUser, lambda: flows.disable(user, by=other_operator)):
        assert browser.send(f"/admin/accounts/iamuser/{user.pk}/change/", **attachments()).status_code == 302
    after = Principal.objects.get(pk=user.pk)
    assert not after.is_active
    assert (after.standing_epoch, after.credential_epoch) == (1, 1), "what was void acts again"


def test_race_10_a_user_who_is_deleted_while_a_form_is_saved_stays_deleted(browser: OperatorBrowser) -> None:
    user = newcomer()
    with meanwhile(IamUser, lambda: users.delete(user)):
        assert browser.send(f"/admin/accounts/iamuser/{user.pk}/change/", **attachments()).status_code == 302
    assert not Principal.objects.filter(pk=user.pk).exists()


def test_race_10_an_account_that_is_suspended_while_a_form_is_saved_stays_suspended(browser: OperatorBrowser, other_operator: Actor) -> None:
    account = Account.objects.get(pk=ACCOUNT)
    form: dict[str, Any] = {"name": "Renamed", "alias": account.alias, "organization": account.organization_id, "has_root_credentials": "on"}
    form |= {"password_policy-TOTAL_FORMS": "0", "password_policy-INITIAL_FORMS": "0"}
    with meanwhile(Account, lambda: flows.suspend(account, by=other_operator)):
        assert browser.send(f"/admin/accounts/account/{ACCOUNT}/change/", **form).status_code == 302
    after = Account.objects.get(pk=ACCOUNT)
    assert (after.name, after.status, after.standing_epoch) == ("Renamed", Account.Status.SUSPENDED, account.standing_epoch + 1)
