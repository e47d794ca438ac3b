"""What was issued before somebody lost the right to act stays void when the right is given back; access keys keep their own state."""

from typing import Any

import pytest

from accounts.access_keys.flows import switch_key
from accounts.administration.acts import Actor
from accounts.administration.flows import disable, enable, reactivate, suspend
from accounts.models import AccessKey, Account, Principal
from policies.models import PolicyDocument
from portal.world.flows import reset_world
from portal.world.people import Person, people
from tests.admin.operators import signed_in
from tests.awsapi.conftest import SHELL, key_of
from tests.awsapi.program import Program
from tests.oauth.agent import SERVICE, registered
from tests.oauth.tool import Tool, session_of, somebody
from tests.policies.enforcement.guarded import attach, document

pytestmark = [pytest.mark.database, pytest.mark.django_db]

EVERYTHING = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
OWN_ROLE = "arn:aws:iam::111122223333:role/Admin"
MEMBER_ROLE = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"


def carlos() -> Principal:
    return somebody("111122223333", "Carlos")


def by_operator() -> Actor:
    return Actor(Principal.objects.get(kind="operator"), SHELL)


def own_session(program: Program) -> Program:
    return program.within(program.answered("sts", "GetSessionToken")["Credentials"])


def vouched(program: Program) -> Program:
    return program.within(program.answered("sts", "GetFederationToken", Name="guest", Policy=EVERYTHING)["Credentials"])


def role(program: Program, arn: str = OWN_ROLE) -> Program:
    return program.within(program.answered("sts", "AssumeRole", RoleArn=arn, RoleSessionName="drill")["Credentials"])


def works(program: Program) -> bool:
    """Tell whether the credentials are taken; a refusal is that of a key that nobody knows."""
    found = program.calls("sts", "GetCallerIdentity")
    if isinstance(found, dict):
        return True
    assert found.code == "InvalidClientTokenId"
    return False


def disable_and_enable(principal: Principal) -> None:
    disable(principal, by=by_operator())
    enable(principal, by=by_operator())


def suspend_and_reactivate(account: str) -> None:
    assert suspend(Account.objects.get(pk=account), by=by_operator())
    assert reactivate(Account.objects.get(pk=account), by=by_operator())


def test_ses_06_what_a_disabled_user_got_stays_void_once_it_is_enabled(administrator: Program) -> None:
    before = (own_session(administrator), vouched(administrator), Tool().signs_in(session_of(carlos())).program())
    assert all(map(works, before))
    disable_and_enable(carlos())
    assert not any(map(works, before))
    assert works(administrator), "the access key was not deactivated, as the cloud's are apart from the user's password"
    assert works(own_session(administrator))
    assert works(vouched(administrator))
    disable_and_enable(carlos())
    assert not any(map(works, before)), "nor does a second time bring back what the first one ended"


def test_ending_the_sessions_ends_sign_ins_and_nothing_that_sts_gave(administrator: Program) -> None:
    """Decision record 012: as in the cloud, a policy shuts those credentials out. The page that asks says so."""
    program = Tool().signs_in(session_of(carlos())).program()
    given = (own_session(administrator), vouched(administrator))
    browser = signed_in(next(person for person in people() if person.username == "operator"))
    asked = browser.act("iamuser", "end_sessions", carlos().pk, confirmed=False)
    assert "Temporary credentials from AWS STS last to their own end" in asked.content.decode()
    assert browser.act("iamuser", "end_sessions", carlos().pk).status_code == 302
    assert not works(program)
    assert all(map(works, given))
    disable(carlos(), by=by_operator())
    assert not any(map(works, given))


def test_a_role_session_is_the_roles_whoever_opened_it(administrator: Program) -> None:
    """IAM user guide, "Revoke IAM role temporary security credentials": a role's session does not end with whoever assumed it."""
    drill = role(administrator)
    disable(carlos(), by=by_operator())
    assert works(drill)
    enable(carlos(), by=by_operator())
    assert works(drill)


def test_ses_06_what_was_issued_in_a_suspended_account_stays_void_once_it_is_reactivated(administrator: Program) -> None:
    root = Program.of(key_of("111122223333", "management@example.com"))
    before = (own_session(root), vouched(root), own_session(administrator), vouched(administrator), role(administrator))
    elsewhere = role(administrator, MEMBER_ROLE)
    assert all(map(works, before))
    suspend_and_reactivate("111122223333")
    assert not any(map(works, before))
    assert works(elsewhere), "a session of another account's role is that account's"
    assert all(map(works, (administrator, own_session(administrator), vouched(administrator), role(administrator))))
    suspend_and_reactivate("444455556666")
    assert not works(elsewhere)


def test_a_root_user_whose_credentials_are_given_back_begins_anew(root_program: Program, operator: Person) -> None:
    before = (own_session(root_program), vouched(root_program))
    browser = signed_in(operator)
    fields: dict[str, Any] = {"name": "Standalone", "password_policy-TOTAL_FORMS": "0", "password_policy-INITIAL_FORMS": "0"}
    for more in ({}, {"has_root_credentials": "on"}):
        assert browser.send("/admin/accounts/account/123456789012/change/", **fields, **more).status_code == 302
    assert Account.objects.get(pk="123456789012").has_root_credentials
    assert not any(map(works, before))
    assert all(map(works, (root_program, own_session(root_program))))


def test_a_key_that_is_activated_again_works_again_and_no_session_depends_on_it(administrator: Program) -> None:
    key, session = AccessKey.objects.get(pk=administrator.key_id), own_session(administrator)
    switch_key(key, active=False, origin=SHELL, by=carlos())
    assert not works(administrator)
    assert works(session)
    switch_key(key, active=True, origin=SHELL, by=carlos())
    assert works(administrator)


def test_access_tokens_of_before_stay_void_too(administrator: Program) -> None:
    whole = PolicyDocument.Type.IDENTITY
    attach(whole, EVERYTHING, carlos().arn, name="Agents", account="111122223333")
    looking, own = role(administrator), registered()

    def is_active(token: str) -> bool:
        return bool(looking.answered("signin", "IntrospectOAuth2TokenWithIAM", token=token)["active"])

    def tokens() -> tuple[str, str]:
        by_key = administrator.answered("signin", "CreateOAuth2TokenWithIAM", grantType="client_credentials", resource=SERVICE)["accessToken"]
        return by_key, own.redeems(own.code(session_of(carlos()))).body["access_token"]

    before = tokens()
    assert all(map(is_active, before))
    disable_and_enable(carlos())
    assert not any(map(is_active, before))
    assert all(map(is_active, tokens()))


def test_credentials_of_a_former_world_are_none_of_the_next_one(administrator: Program) -> None:
    """Users and roles keep their unique ids from world to world."""
    before = (own_session(administrator), vouched(administrator), role(administrator))
    reset_world()
    assert not any(map(works, before))
