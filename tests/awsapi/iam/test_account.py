"""The account: alias, password policy, counts."""

import pytest

from accounts.models import Account, PasswordPolicy
from tests.awsapi.iam.accounts import ACCOUNT
from tests.awsapi.program import Program
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor


class TestAlias:
    def test_an_alias_leads_to_the_sign_in_until_it_is_taken_away(self, administrator: Program, visitor: Visitor, world: World) -> None:
        administrator.answered("iam", "CreateAccountAlias", AccountAlias="any-company-2")
        assert administrator.answered("iam", "ListAccountAliases") == {"AccountAliases": ["any-company-2"], "IsTruncated": False}
        carlos = world[ACCOUNT, "Carlos"]
        visitor.enters_console(visitor.gives_iam(carlos, account="any-company-2"))
        administrator.answered("iam", "DeleteAccountAlias", AccountAlias="any-company-2")
        assert administrator.answered("iam", "ListAccountAliases")["AccountAliases"] == []
        answer = Visitor().gives_iam(carlos, account="any-company-2")
        assert "Your authentication information is incorrect" in answer.content.decode()

    def test_an_alias_is_one_accounts_in_the_world(self, administrator: Program) -> None:
        failed = administrator.refused("iam", "CreateAccountAlias", AccountAlias="anycompany-dev")
        assert (failed.code, failed.status, failed.message) == ("EntityAlreadyExists", 409, "The account alias anycompany-dev already exists.")
        assert Account.objects.get(pk=ACCOUNT).alias == "anycompany"
        assert administrator.refused("iam", "DeleteAccountAlias", AccountAlias="anycompany-dev").code == "NoSuchEntity"
        administrator.answered("iam", "CreateAccountAlias", AccountAlias="anycompany")

    @pytest.mark.parametrize("alias", ["ab", "Any", "a--b", "-abc", "abc-", "111122223333", "a" * 64, "a_b"])
    def test_what_is_no_alias_is_refused(self, administrator: Program, alias: str) -> None:
        failed = administrator.refused("iam", "CreateAccountAlias", AccountAlias=alias)
        assert (failed.code, failed.status) == ("ValidationError", 400)


class TestPasswordPolicy:
    def test_the_policy_is_read_set_and_taken_away(self, administrator: Program) -> None:
        assert administrator.answered("iam", "GetAccountPasswordPolicy")["PasswordPolicy"] == {
            "MinimumPasswordLength": 10,
            "RequireSymbols": False,
            "RequireNumbers": True,
            "RequireUppercaseCharacters": True,
            "RequireLowercaseCharacters": True,
            "AllowUsersToChangePassword": True,
            "ExpirePasswords": True,
            "MaxPasswordAge": 90,
            "PasswordReusePrevention": 5,
            "HardExpiry": False,
        }
        administrator.answered("iam", "UpdateAccountPasswordPolicy", MinimumPasswordLength=14, RequireSymbols=True)
        found = administrator.answered("iam", "GetAccountPasswordPolicy")["PasswordPolicy"]
        assert found == {
            "MinimumPasswordLength": 14,
            "RequireSymbols": True,
            "RequireNumbers": False,
            "RequireUppercaseCharacters": False,
            "RequireLowercaseCharacters": False,
            "AllowUsersToChangePassword": False,
            "ExpirePasswords": False,
            "HardExpiry": False,
        }
        administrator.answered("iam", "DeleteAccountPasswordPolicy")
        for operation in ("GetAccountPasswordPolicy", "DeleteAccountPasswordPolicy"):
            failed = administrator.refused("iam", operation)
            said = f"The Password Policy with domain name {ACCOUNT} cannot be found."
            assert (failed.code, failed.status, failed.message) == ("NoSuchEntity", 404, said)

    def test_the_next_password_keeps_to_it(self, administrator: Program) -> None:
        administrator.answered("iam", "CreateUser", UserName="Nikki")
        administrator.answered("iam", "UpdateAccountPasswordPolicy", MinimumPasswordLength=40)
        assert administrator.refused("iam", "CreateLoginProfile", UserName="Nikki", Password="Winter-Harbor-88").code == "PasswordPolicyViolation"
        administrator.answered("iam", "UpdateAccountPasswordPolicy")
        administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password="harbor")

    @pytest.mark.parametrize(
        ("member", "value"), [("MinimumPasswordLength", 5), ("MaxPasswordAge", 1096), ("PasswordReusePrevention", 25), ("MaxPasswordAge", 0)]
    )
    def test_what_is_out_of_bounds_changes_nothing(self, administrator: Program, member: str, value: int) -> None:
        assert administrator.refused("iam", "UpdateAccountPasswordPolicy", **{member: value}).code == "ValidationError"
        assert PasswordPolicy.objects.get(pk=ACCOUNT).minimum_length == 10


def test_the_summary_counts(administrator: Program) -> None:
    before = administrator.answered("iam", "GetAccountSummary")["SummaryMap"]
    assert (before["AccessKeysPerUserQuota"], before["UsersQuota"], before["AccountPasswordPresent"]) == (2, 5000, 1)
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    administrator.answered("iam", "CreateGroup", GroupName="team")
    administrator.answered("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="spare")
    after = administrator.answered("iam", "GetAccountSummary")["SummaryMap"]
    changed = {name: after[name] - count for name, count in before.items() if after[name] != count}
    assert changed == {"Users": 1, "Groups": 1, "MFADevices": 1}


def test_changes_need_a_permission(reader: Program) -> None:
    for operation, parameters in (
        ("CreateAccountAlias", {"AccountAlias": "mine"}),
        ("DeleteAccountAlias", {"AccountAlias": "anycompany"}),
        ("UpdateAccountPasswordPolicy", {}),
        ("DeleteAccountPasswordPolicy", {}),
    ):
        assert reader.refused("iam", operation, **parameters).code == "AccessDenied"
    for operation in ("ListAccountAliases", "GetAccountPasswordPolicy", "GetAccountSummary"):
        reader.answered("iam", operation)
