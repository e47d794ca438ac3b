"""What operators do to people and accounts: each act asks first, ends what must end, and is an event."""

import json
from typing import Any

import pytest

from accounts.models import Account, OutgoingMail, PasswordRecovery, Principal, SignInSession
from portal.trail.models import Event
from portal.trail.names import PORTAL_SOURCE, EventName
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in
from tests.console.browsing import Browser, principal_of

World = dict[tuple[str, str], Person]


def _acts() -> list[dict[str, Any]]:
    return [json.loads(event.record) for event in Event.objects.filter(event_name=EventName.OPERATOR_ACTION).order_by("id")]


def test_ses_06_disabling_ends_every_session_at_the_next_request(operator_browser: OperatorBrowser, iam_user: Person, other_iam_user: Person) -> None:
    one, two, other = Browser(), Browser(), Browser()
    first, second, third = one.opens(iam_user), two.opens(iam_user), other.opens(other_iam_user)
    carlos = principal_of(iam_user)
    answer = operator_browser.act("iamuser", "disable", carlos.pk)
    assert answer.status_code == 302
    assert not one.is_in(first)
    assert not two.is_in(second)
    assert other.is_in(third)
    assert set(SignInSession.objects.filter(principal=carlos).values_list("end_reason", flat=True)) == {"ended_by_operator"}
    carlos.refresh_from_db()
    assert not carlos.is_active
    (act,) = _acts()
    assert act["requestParameters"] == {"action": "Disable", "target": "arn:aws:iam::111122223333:user/Carlos"}
    assert act["userIdentity"] == {"type": "Operator", "userName": "operator"}
    assert (act["eventSource"], act["recipientAccountId"], act["sourceIPAddress"]) == (PORTAL_SOURCE, "111122223333", "203.0.113.9")
    operator_browser.act("iamuser", "enable", carlos.pk)
    assert not one.is_in(first)
    assert one.is_in(one.opens(iam_user))
    assert [act["requestParameters"]["action"] for act in _acts()] == ["Disable", "Enable"]


def test_ending_sessions_leaves_the_right_to_sign_in(operator_browser: OperatorBrowser, root_user: Person) -> None:
    browser = Browser()
    session = browser.opens(root_user)
    operator_browser.act("rootuser", "end_sessions", principal_of(root_user).pk)
    assert not browser.is_in(session)
    assert browser.is_in(browser.opens(root_user))


def test_a_forced_reset_of_a_root_user_mails_the_reason(operator_browser: OperatorBrowser, root_user: Person) -> None:
    browser = Browser()
    session = browser.opens(root_user)
    root = principal_of(root_user)
    asked = operator_browser.act("rootuser", "require_new_password", root.pk, reason="   ")
    assert asked.status_code == 200
    assert "Enter a reason" in asked.content.decode()
    epoch = root.credential_epoch
    answer = operator_browser.act("rootuser", "require_new_password", root.pk, reason="Seen in a leak.")
    assert answer.status_code == 302
    root.refresh_from_db()
    assert root.reset_required_because == "Seen in a leak."
    assert root.credential_epoch > epoch
    assert not browser.is_in(session)
    assert OutgoingMail.objects.filter(kind="reset_required", recipient=root.email).count() == 1
    assert _acts()[0]["requestParameters"] == {"action": "RequireNewPassword", "target": root.arn, "reason": "Seen in a leak."}


def test_a_forced_reset_of_an_iam_user_asks_at_the_next_sign_in(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    browser = Browser()
    session = browser.opens(iam_user)
    operator_browser.act("iamuser", "require_new_password", principal_of(iam_user).pk)
    assert principal_of(iam_user).must_change_password
    assert not browser.is_in(session)
    assert not OutgoingMail.objects.exclude(recipient="exposed@example.com").exists()


def test_suspending_an_account_signs_all_its_people_out(operator_browser: OperatorBrowser, iam_user: Person, root_user: Person) -> None:
    one, two = Browser(), Browser()
    first, second = one.opens(iam_user), two.opens(root_user)
    operator_browser.act("account", "suspend", "111122223333")
    assert Account.objects.get(pk="111122223333").status == "suspended"
    assert not one.is_in(first)
    assert not two.is_in(second)
    operator_browser.act("account", "suspend", "111122223333")
    assert len(_acts()) == 1
    operator_browser.act("account", "reactivate", "111122223333")
    assert Account.objects.get(pk="111122223333").status == "active"
    assert not one.is_in(first)
    assert one.is_in(one.opens(iam_user))


def test_a_closed_account_is_neither_suspended_nor_reopened(operator_browser: OperatorBrowser) -> None:
    for action in ("suspend", "reactivate"):
        operator_browser.act("account", action, "333333333333")
        assert Account.objects.get(pk="333333333333").status == "closed"
    assert not _acts()


def test_one_session_is_ended_and_no_other(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    one, two = Browser(), Browser()
    first, second = one.opens(iam_user), two.opens(iam_user)
    operator_browser.act("signinsession", "end", first.pk)
    assert not one.is_in(first)
    assert two.is_in(second)
    assert _acts()[0]["requestParameters"]["session"] == first.name


@pytest.mark.parametrize(
    ("model", "action"), [("iamuser", "disable"), ("iamuser", "enable"), ("iamuser", "end_sessions"), ("iamuser", "require_new_password")]
)
def test_adm_07_every_act_asks_first_and_names_whom(operator_browser: OperatorBrowser, iam_user: Person, model: str, action: str) -> None:
    carlos = principal_of(iam_user)
    asked = operator_browser.act(model, action, carlos.pk, confirmed=False)
    assert asked.status_code == 200
    text = asked.content.decode()
    assert "IAM user Carlos" in text
    assert 'name="confirmed" value="yes"' in text
    assert not _acts()
    assert principal_of(iam_user).credential_epoch == carlos.credential_epoch


def test_operators_cannot_disable_themselves(operator_browser: OperatorBrowser) -> None:
    operator = Principal.objects.get(kind="operator")
    operator_browser.act("operator", "disable", operator.pk)
    operator.refresh_from_db()
    assert operator.is_active
    assert operator_browser.client.get("/admin/").status_code == 200


def test_nothing_is_done_to_what_was_not_chosen(operator_browser: OperatorBrowser) -> None:
    answer = operator_browser.send("/admin/accounts/iamuser/", action="disable", confirmed="yes", select_across="1", index="0")
    assert answer.status_code == 302
    assert not Principal.objects.filter(kind="iam_user", is_active=False).exclude(name="Terry_Whitlock").exists()


def test_a_pending_recovery_dies_with_a_forced_reset(operator_browser: OperatorBrowser, root_user: Person) -> None:
    root = principal_of(root_user)
    link = PasswordRecovery.objects.create(principal=root, token_digest="0" * 64, credential_epoch=root.credential_epoch, expires_at=root.created_at)
    operator_browser.act("rootuser", "require_new_password", root.pk, reason="Seen in a leak.")
    link.refresh_from_db()
    root.refresh_from_db()
    assert link.credential_epoch != root.credential_epoch


def test_an_operator_without_the_permission_is_refused(operator: Person, iam_user: Person) -> None:
    browser = signed_in(operator)
    Principal.objects.filter(kind="operator").update(is_superuser=False)
    assert browser.client.get("/admin/").status_code == 200
    assert browser.client.get("/admin/accounts/iamuser/").status_code == 403
    token = browser.token_of("/admin/")
    fields = {"csrfmiddlewaretoken": token, "_selected_action": [str(principal_of(iam_user).pk)], "action": "disable", "confirmed": "yes"}
    assert browser.client.post("/admin/accounts/iamuser/", fields).status_code == 403
    assert principal_of(iam_user).is_active
