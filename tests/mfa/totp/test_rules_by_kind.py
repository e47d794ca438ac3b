"""Registering by kind of identity: how many codes, how many apps, and who may do it at all."""

from datetime import timedelta

import pytest

from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.sessions.flows import open_session
from mfa.base.authenticators import DeviceFailure, devices_of
from mfa.models import Authenticator, AuthenticatorApp, DirectoryRule
from mfa.totp.flows import TotpFailure, begin, register
from portal.conf import conf
from portal.network.origin import Origin
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, form_of
from tests.mfa.codes import code_now, principal_of, secret_on, two_codes, unused_code

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="test", host="localhost")


@pytest.fixture
def workforce_user(world: object) -> Principal:
    """A user of an Identity Center directory."""
    return Principal.objects.create(kind=Principal.Kind.WORKFORCE, name="nikki", email="nikki@example.com", directory="d-1234567890", unique_id="w-1")


def registered(principal: Principal, *, name: str = "phone", codes: int = 0) -> AuthenticatorApp | Failure:
    """Register an app with as many codes as given, one or two: within a sign-in, or in a session where there is a device already."""
    session = open_session(principal, origin=ORIGIN)[0] if devices_of(principal.pk) else None
    secret = begin(principal, "browser").secret
    shown = [code_now(secret)] if codes == 1 else list(two_codes(secret))
    return register(principal, "browser", codes=shown, name=name, origin=ORIGIN, session=session)


@pytest.mark.parametrize("codes", [1, 2])
def test_root_and_iam_users_show_two_codes_operators_and_workforce_users_one(
    root_user: Person, iam_user: Person, operator: Person, workforce_user: Principal, codes: int
) -> None:
    wanted = [(principal_of(root_user), 2), (principal_of(iam_user), 2), (principal_of(operator), 1), (workforce_user, 1)]
    for principal, number in wanted:
        outcome = registered(principal, name=f"new-{principal.kind}", codes=codes)
        assert isinstance(outcome, AuthenticatorApp) == (codes == number)
        assert isinstance(outcome, AuthenticatorApp) or outcome == Failure(TotpFailure.WRONG)


def test_a_workforce_user_registers_two_apps_and_no_third(workforce_user: Principal) -> None:
    for name in ("phone", "tablet"):
        assert isinstance(registered(workforce_user, name=name, codes=1), AuthenticatorApp)
    assert registered(workforce_user, name="watch", codes=1) == Failure(DeviceFailure.FULL)


def test_who_may_not_manage_devices_registers_at_sign_in_alone(workforce_user: Principal) -> None:
    DirectoryRule.objects.create(directory=workforce_user.directory, users_manage_devices=False)
    session, _secret = open_session(workforce_user, origin=ORIGIN)
    shown = [code_now(begin(workforce_user, "browser").secret)]
    outcome = register(workforce_user, "browser", codes=shown, name="phone", origin=ORIGIN, session=session)
    assert outcome == Failure(DeviceFailure.NOT_YOURS_TO_CHANGE)
    assert isinstance(registered(workforce_user, codes=1), AuthenticatorApp)


def test_a_type_that_is_not_allowed_is_not_registered(workforce_user: Principal) -> None:
    DirectoryRule.objects.create(directory=workforce_user.directory, allow_apps=False)
    assert registered(workforce_user, codes=1) == Failure(DeviceFailure.FULL)


def test_one_code_of_a_clock_that_is_off_is_told_so(workforce_user: Principal) -> None:
    secret = begin(workforce_user, "browser").secret
    shown = [code_now(secret, ahead=-8)]
    outcome = register(workforce_user, "browser", codes=shown, name="phone", origin=ORIGIN, session=None)
    assert outcome == Failure(TotpFailure.CLOCK_OFF)


def test_a_root_user_must_register_before_anything_else_once_the_grace_is_over(visitor: Visitor, root_user: Person) -> None:
    principal = principal_of(root_user)
    Authenticator.objects.filter(user=principal).delete()
    since = principal.created_at - conf.root_mfa_grace - timedelta(days=1)
    Principal.objects.filter(pk=principal.pk).update(first_sign_in_at=since)
    page = visitor.goes(visitor.sends(visitor.reaches_root_password(root_user), password=root_user.password), "/signin/verification-code")
    visitor.goes(visitor.sends(page, code=visitor.newest_mail(root_user.email)["codes"][0]), "/signin/mfa/register")
    page = visitor.opens("/signin/mfa/register/app")
    first, second = two_codes(secret_on(page))
    wrong = visitor.sends(page, name="phone", code=first, code2=first)
    assert wrong.status_code == 400
    assert alerts_of(wrong)
    assert visitor.is_in(visitor.enters_console(visitor.sends(page, name="phone", code=first, code2=second)))
    app = AuthenticatorApp.objects.get(user=principal, confirmed=True)
    assert app.serial == f"arn:aws:iam::{root_user.account}:mfa/root-account-mfa-device"
    login = next(event for event in visitor.events(root_user.account)[::-1] if event["eventName"] == "ConsoleLogin")
    assert login["additionalEventData"]["MFAUsed"] == "Yes"
    assert login["additionalEventData"]["MFAIdentifier"] == app.serial


def test_pk_11_a_registration_within_a_sign_in_stays_with_it(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    principal = principal_of(root_user)
    Authenticator.objects.filter(user=principal).delete()

    def at_registration(someone: Visitor) -> object:
        page = someone.goes(someone.sends(someone.reaches_root_password(root_user), password=root_user.password), "/signin/verification-code")
        someone.goes(someone.sends(page, code=someone.newest_mail(root_user.email)["codes"][0]), "/signin/mfa/register")
        return someone.opens("/signin/mfa/register/app")

    secret = secret_on(at_registration(visitor))
    theirs = at_registration(stranger)
    assert secret_on(theirs) != secret
    first, second = two_codes(secret)
    assert stranger.sends(theirs, name="phone", code=first, code2=second).status_code == 400
    assert not Authenticator.objects.filter(user=principal, confirmed=True).exists()


def test_an_operator_registers_with_one_code(visitor: Visitor, operator: Person) -> None:
    principal = principal_of(operator)
    Authenticator.objects.filter(user=principal).delete()
    page = visitor.opens("/signin/operator")
    answer = visitor.sends(page, username=operator.username, password=operator.password)
    visitor.goes(answer, "/signin/mfa/register")
    page = visitor.opens("/signin/mfa/register/app")
    assert "code2" not in form_of(page).fields
    answer = visitor.sends(page, name="phone", code=code_now(secret_on(page)))
    assert answer.status_code == 303
    assert AuthenticatorApp.objects.get(user=principal).confirmed
    assert len(unused_code(operator)) == 6
