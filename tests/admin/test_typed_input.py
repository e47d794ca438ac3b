"""What an operator types into the admin site is looked at as on every other page."""

import pytest

from accounts.models import Principal
from tests.admin.operators import OperatorBrowser


@pytest.mark.parametrize(("reason", "status"), [("leaked AKIAIOSFODNN7EXAMPLE", 422), ("a\x00b", 400), ("x" * 4097, 400)])
def test_inp_a_reason_that_no_page_takes_changes_nothing(operator_browser: OperatorBrowser, reason: str, status: int) -> None:
    root = Principal.objects.get(kind="root", account_id="111122223333")
    answer = operator_browser.act("rootuser", "require_new_password", root.pk, reason=reason)
    assert answer.status_code == status
    assert reason not in Principal.objects.values_list("reset_required_because", flat=True)
    assert Principal.objects.get(pk=root.pk).reset_required_because == ""


def test_several_rows_may_be_chosen_at_once(operator_browser: OperatorBrowser) -> None:
    users = list(Principal.objects.filter(kind="iam_user", account_id="111122223333")[:2])
    assert operator_browser.act("iamuser", "disable", *[user.pk for user in users]).status_code == 302
    assert not Principal.objects.filter(pk__in=[user.pk for user in users], is_active=True).exists()
