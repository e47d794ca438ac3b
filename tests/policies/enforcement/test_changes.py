"""What decisions are kept under is void as soon as a row that they hang on is another."""

import pytest

from accounts.models import IamUser, Principal
from policies.enforcement.stamp import STAMP


def _user() -> Principal:
    return IamUser.objects.get(account_id="444455556666", name_key="paulo_santos")


@pytest.mark.usefixtures("world")
def test_ses_06_whoever_goes_or_takes_another_name_makes_what_is_kept_by_the_arn_void() -> None:
    before = STAMP.current()
    user = _user()
    user.name = "Somebody_Else"
    user.save()
    renamed = STAMP.current()
    assert renamed != before
    user.policy_attachments.all().delete()
    without_policies = STAMP.current()
    user.delete()
    assert STAMP.current() != without_policies
