"""What is kept at hand by the ARN of a user is not taken for what the next user of this ARN has."""

import pytest

from policies.enforcement.context import question_of
from policies.enforcement.decide import decide
from portal.core.actions import SigninAction, Subject
from portal.network.origin import Origin
from tests.awsapi.iam.accounts import ACCOUNT, arn, policy
from tests.awsapi.program import Program
from tests.policies.enforcement.guarded import guard

pytestmark = [pytest.mark.database, pytest.mark.django_db]

OFFICE = Origin(address="203.0.113.7", region="us-east-1", regional=True, user_agent="tests", host="localhost:8000")


def allowed(name: str) -> bool:
    return decide(question_of(SigninAction.AUTHORIZE_OAUTH2_ACCESS, Subject(ACCOUNT, arn("user", name), "us-east-1"), OFFICE)).allowed


def test_ses_06_a_new_name_takes_its_denials_along_at_once(administrator: Program) -> None:
    guard(ACCOUNT)
    for name in ("Nikki", "Robin"):
        administrator.answered("iam", "CreateUser", UserName=name)
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="Out", PolicyDocument=policy("signin:*", effect="Deny"))
    assert (allowed("Nikki"), allowed("Robin")) == (False, True)
    administrator.answered("iam", "DeleteUser", UserName="Robin")
    administrator.answered("iam", "UpdateUser", UserName="Nikki", NewUserName="Robin")
    assert not allowed("Robin")
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    assert allowed("Nikki")
