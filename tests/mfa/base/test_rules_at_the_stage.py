"""MFA-05: what each kind of identity is asked for, by its rule, with and without a device, in a trusted browser and in another."""

import pytest

from accounts.models import Principal
from mfa.base.rules import Need, rule_of
from mfa.models import AuthenticatorApp, DirectoryRule, TrustedDevice
from portal.world.people import Person
from tests.journeys.visitor import Visitor, text_of
from tests.mfa.base.steps import CHALLENGE, REGISTER, attempt_of, half_way, operator_reaches_challenge, reaches_challenge, root_reaches_challenge
from tests.mfa.codes import app_of, next_code

Mode, Without = DirectoryRule.Mode, DirectoryRule.WithoutDevice
GRANTED = "/v1/authorize"
"""Where a sign-in goes on that is asked nothing more."""
AT_CHALLENGE, AT_REGISTRATION = (200, CHALLENGE), (200, REGISTER)
BLOCKED = (403, CHALLENGE)


def _rule(mode: str, without: str, **more: bool) -> None:
    DirectoryRule.objects.create(directory="d-1234567890", mode=mode, without_device=without, **more)


def _lands(visitor: Visitor) -> tuple[int, str]:
    """Open the second factor's page and follow it within the sign-in; return the status and the path of what is there."""
    answer = visitor.get(CHALLENGE)
    path = CHALLENGE
    while answer.status_code == 303 and answer.headers["Location"].startswith("/signin/"):
        path = answer.headers["Location"]
        answer = visitor.get(path)
    return (answer.status_code, path) if answer.status_code != 303 else (303, answer.headers["Location"].partition("?")[0])


def _trust(visitor: Visitor, principal: Principal, app: AuthenticatorApp) -> None:
    """Sign in once in this browser and trust it."""
    half_way(visitor, principal)
    page = visitor.opens(CHALLENGE)
    assert "This is a trusted device" in text_of(page)
    assert visitor.sends(page, code=next_code(app), trust_device="on").headers["Location"].startswith(GRANTED)
    assert TrustedDevice.objects.filter(principal=principal).count() == 1


@pytest.mark.parametrize("mode", Mode.values)
@pytest.mark.parametrize(
    ("without", "expected"),
    [
        (Without.REGISTER, AT_REGISTRATION),
        (Without.EMAIL_CODE, AT_CHALLENGE),
        (Without.BLOCK, BLOCKED),
        (Without.ALLOW, (303, GRANTED)),
    ],
)
def test_mfa_05_a_workforce_user_without_a_device(
    visitor: Visitor, workforce_user: Principal, mode: str, without: str, expected: tuple[int, str]
) -> None:
    _rule(mode, without)
    half_way(visitor, workforce_user)
    assert _lands(visitor) == ((303, GRANTED) if mode == Mode.NEVER else expected)


@pytest.mark.parametrize("without", Without.values)
@pytest.mark.parametrize(("mode", "expected"), [(Mode.EVERY_TIME, AT_CHALLENGE), (Mode.CONTEXT_AWARE, AT_CHALLENGE), (Mode.NEVER, (303, GRANTED))])
def test_mfa_05_a_workforce_user_with_a_device(
    visitor: Visitor, workforce_user: Principal, mode: str, without: str, expected: tuple[int, str]
) -> None:
    _rule(mode, without)
    app = app_of(workforce_user)
    half_way(visitor, workforce_user)
    assert _lands(visitor) == expected
    if expected == AT_CHALLENGE:
        page = visitor.opens(CHALLENGE)
        assert ("This is a trusted device" in text_of(page)) == (mode == Mode.CONTEXT_AWARE)
        assert visitor.sends(page, code=next_code(app)).headers["Location"].startswith(GRANTED)


@pytest.mark.parametrize(("mode", "expected"), [(Mode.CONTEXT_AWARE, (303, GRANTED)), (Mode.EVERY_TIME, AT_CHALLENGE)])
def test_mfa_05_a_trusted_device_counts_where_the_context_does(
    visitor: Visitor, stranger: Visitor, workforce_user: Principal, mode: str, expected: tuple[int, str]
) -> None:
    app = app_of(workforce_user)
    _rule(Mode.CONTEXT_AWARE, Without.BLOCK)
    _trust(visitor, workforce_user, app)
    DirectoryRule.objects.update(mode=mode)
    half_way(visitor, workforce_user)
    assert _lands(visitor) == expected
    half_way(stranger, workforce_user)
    assert _lands(stranger) == AT_CHALLENGE


def test_a_directory_without_a_rule_of_its_own_asks_by_context_and_for_registration(visitor: Visitor, workforce_user: Principal) -> None:
    half_way(visitor, workforce_user)
    assert _lands(visitor) == AT_REGISTRATION
    app = app_of(workforce_user)
    half_way(visitor, workforce_user)
    assert _lands(visitor) == AT_CHALLENGE
    _trust(visitor, workforce_user, app)


def test_a_rule_that_is_changed_meanwhile_holds_at_once(visitor: Visitor, workforce_user: Principal) -> None:
    _rule(Mode.CONTEXT_AWARE, Without.REGISTER)
    half_way(visitor, workforce_user)
    assert _lands(visitor) == AT_REGISTRATION
    DirectoryRule.objects.update(without_device=Without.BLOCK)
    assert _lands(visitor) == BLOCKED


def test_who_is_blocked_is_told_whom_to_ask_and_starts_over(visitor: Visitor, workforce_user: Principal) -> None:
    _rule(Mode.EVERY_TIME, Without.BLOCK)
    half_way(visitor, workforce_user)
    said = text_of(visitor.get(CHALLENGE))
    assert "Your sign-in is blocked" in said
    assert "Ask the administrator" in said
    assert visitor.get(CHALLENGE).headers["Location"] == "/console/?timed_out=1"


@pytest.mark.parametrize(
    ("allowed", "offered", "not_offered"),
    [
        ({"allow_apps": False}, "Passkey or security key", "Authenticator app"),
        ({"allow_passkeys": False}, "Authenticator app", "Passkey or security key"),
        ({"allow_apps": False, "allow_passkeys": False}, "Ask your administrator", "Authenticator app"),
    ],
)
def test_only_types_that_the_directory_allows_are_offered(
    visitor: Visitor, workforce_user: Principal, allowed: dict[str, bool], offered: str, not_offered: str
) -> None:
    _rule(Mode.EVERY_TIME, Without.REGISTER, **allowed)
    half_way(visitor, workforce_user)
    said = text_of(visitor.opens(REGISTER))
    assert offered in said
    assert not_offered not in said
    assert "Not now" not in said


def test_mfa_05_a_builder_id_is_asked_for_what_it_has(visitor: Visitor, builder: Principal) -> None:
    half_way(visitor, builder)
    assert _lands(visitor) == (303, GRANTED)
    app = app_of(builder)
    half_way(visitor, builder)
    assert _lands(visitor) == AT_CHALLENGE
    _trust(visitor, builder, app)
    half_way(visitor, builder)
    assert _lands(visitor) == (303, GRANTED)
    app_of(builder, name="tablet")
    half_way(visitor, builder)
    assert _lands(visitor) == AT_CHALLENGE, "a trust dies when the set of devices changes"


def test_mfa_05_an_iam_user_needs_a_device_where_the_account_wants_one(visitor: Visitor, iam_user_who_needs_mfa: Person) -> None:
    page = visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), REGISTER)
    assert "The administrator of this account requires" in text_of(page)
    assert "Not now" not in text_of(page)


def test_mfa_05_an_operator_needs_a_device(visitor: Visitor, operator_without_device: Person) -> None:
    page = visitor.opens("/signin/operator")
    answer = visitor.sends(page, username=operator_without_device.username, password=operator_without_device.password)
    said = text_of(visitor.goes(answer, REGISTER))
    assert "Whoever runs this portal must have" in said
    assert "Not now" not in said


@pytest.mark.parametrize("who", ["iam_user", "root", "operator"])
def test_mfa_05_no_box_makes_a_browser_trusted_for_who_is_asked_every_time(
    visitor: Visitor,
    who: str,
    iam_user_with_totp: Person,
    root_user_with_totp: Person,
    operator_with_totp: Person,
) -> None:
    reach = {"iam_user": reaches_challenge, "root": root_reaches_challenge, "operator": operator_reaches_challenge}[who]
    person = {"iam_user": iam_user_with_totp, "root": root_user_with_totp, "operator": operator_with_totp}[who]
    page = reach(visitor, person)
    assert "trust_device" not in page.content.decode()
    principal = Principal.objects.get(pk=attempt_of(visitor)["principal"])
    app = AuthenticatorApp.objects.filter(user=principal).first()
    assert app
    answer = visitor.posts_with_token(CHALLENGE, code=next_code(app), trust_device="on")
    assert answer.status_code == 303
    assert not answer.headers["Location"].startswith("/signin/")
    assert not TrustedDevice.objects.exists()
    assert not rule_of(principal).may_trust


def test_need_is_kept_as_the_attempt_has_it(visitor: Visitor, iam_user_with_totp: Person) -> None:
    reaches_challenge(visitor, iam_user_with_totp)
    assert attempt_of(visitor)["second_factor"] == Need.CHALLENGE
