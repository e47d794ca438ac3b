"""RST-08: no step of a recovery can be skipped, repeated, or carried over to another sign-in."""

from collections.abc import Callable

import pytest

from accounts.models import Principal, SignInSession
from mfa.base import guessing
from mfa.models import FactorRecovery
from mfa.recovery import flows
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.codes import app_of, principal_of
from tests.mfa.recovery.steps import (
    RECOVERY,
    asks_for_mail,
    digits_heard,
    is_called,
    link_of,
    only_row,
    other_than,
    posts_step,
    reaches_challenge,
    reaches_finish,
    verifies_mail,
)

Stage = Callable[[Visitor, Person], object]


def _refused(visitor: Visitor, account: str, event: str) -> None:
    """Check that the newest event says that a step was refused, and that nobody is in."""
    record = visitor.events(account)[-1]
    assert (record["eventName"], record["responseElements"]) == (event, {event: "Failure"})
    assert not SignInSession.objects.exists()


@pytest.mark.parametrize("step", ["recovery_call", "recovery", "recovery_finish"])
def test_rst_08_the_mail_step_cannot_be_skipped(visitor: Visitor, root_user_with_totp: Person, step: str) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    event = "MfaRecoveryCalled" if step == "recovery_call" else "MfaRecoveryCompleted"
    assert posts_step(visitor, step, code="123456").status_code == 400, "before the mail"
    _refused(visitor, root_user_with_totp.account, event)
    asks_for_mail(visitor, root_user_with_totp)
    assert posts_step(visitor, step, code="123456").status_code == 400, "before its link"
    _refused(visitor, root_user_with_totp.account, event)
    row = only_row()
    assert (row.calls, row.tries, row.email_verified_at, row.phone_verified_at, row.used_at) == (0, 0, None, None, None)


@pytest.mark.parametrize("called", [False, True])
def test_rst_08_the_phone_step_cannot_be_skipped(visitor: Visitor, root_user_with_totp: Person, called: bool) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    verifies_mail(visitor, root_user_with_totp, reader=visitor)
    if called:
        is_called(visitor, root_user_with_totp)
    else:
        assert posts_step(visitor, "recovery", code="000000").status_code == 400
    assert posts_step(visitor, "recovery_finish").status_code == 400
    _refused(visitor, root_user_with_totp.account, "MfaRecoveryCompleted")
    assert only_row().used_at is None


def test_rst_08_looking_at_the_link_changes_nothing(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    link = asks_for_mail(visitor, root_user_with_totp)
    scanner = Visitor(address="192.0.2.55", user_agent="mail-scanner")
    for _ in range(3):
        page = scanner.opens(link)
        assert scanner.client.head(link).status_code == 200
    assert only_row().email_verified_at is None
    for shown in (root_user_with_totp.email, root_user_with_totp.account, "555"):
        assert shown not in text_of(page), "the link's page names nobody"
    assert "Resend the email" in text_of(visitor.opens(RECOVERY))


def test_rst_08_a_link_verifies_once_and_a_newer_one_replaces_it(visitor: Visitor, stranger: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    first = asks_for_mail(visitor, root_user_with_totp)
    page = stranger.opens(first)
    visitor.goes(posts_step(visitor, "recovery_mail"), RECOVERY)
    second = link_of(visitor, root_user_with_totp)
    assert first != second
    assert stranger.sends(page).status_code == 404
    assert only_row().email_verified_at is None
    page = stranger.opens(second)
    assert stranger.sends(page).status_code == 303
    assert stranger.sends(page).status_code == 404, "used"
    answer = posts_step(visitor, "recovery_mail")
    assert answer.status_code == 400, "past its link"
    assert "Call me now" in text_of(visitor.opens(RECOVERY))


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5000, "%00", "%ff%fe", "..", "recovery"])
def test_rst_08_what_is_no_link_opens_nothing(visitor: Visitor, root_user_with_totp: Person, token: str) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    asks_for_mail(visitor, root_user_with_totp)
    assert visitor.get(f"{RECOVERY}link/{token}").status_code in {400, 404, 414}
    assert visitor.posts_with_token(f"{RECOVERY}link/{token}").status_code in {303, 400, 404, 414}
    assert only_row().email_verified_at is None


def test_rst_08_steps_of_one_sign_in_are_worth_nothing_in_another(visitor: Visitor, stranger: Visitor, root_user_with_totp: Person) -> None:
    root = root_user_with_totp
    reaches_challenge(visitor, root)
    reaches_challenge(stranger, root)
    asks_for_mail(stranger, root)
    verifies_mail(visitor, root, reader=visitor)
    assert "Resend the email" in text_of(stranger.opens(RECOVERY)), "the owner's link is not the stranger's"
    digits = is_called(visitor, root)
    assert posts_step(stranger, "recovery", code=digits).status_code == 400, "nor are the owner's digits"
    visitor.goes(visitor.sends(visitor.opens(RECOVERY), code=digits), RECOVERY)
    assert posts_step(stranger, "recovery_finish").status_code == 400
    _refused(visitor, root.account, "MfaRecoveryCompleted")
    visitor.walks(visitor.sends(visitor.opens(RECOVERY)))
    assert SignInSession.objects.get().source_ip == visitor.address


def test_rst_08_digits_of_another_recovery_are_wrong_even_when_both_wait_for_digits(
    visitor: Visitor, stranger: Visitor, root_user_with_totp: Person
) -> None:
    root = root_user_with_totp
    heard = []
    for somebody in (visitor, stranger):
        reaches_challenge(somebody, root)
        verifies_mail(somebody, root, reader=visitor)
        heard.append(is_called(somebody, root))
    page = stranger.opens(RECOVERY)
    if heard[0] != heard[1]:
        assert "The number is not right" in alerts_of(stranger.sends(page, code=heard[0]))
    stranger.goes(stranger.sends(page, code=heard[1]), RECOVERY)


def test_rst_08_another_root_user_cannot_take_a_recovery_over(
    visitor: Visitor, stranger: Visitor, root_user_with_totp: Person, standalone_root_user: Person
) -> None:
    app_of(principal_of(standalone_root_user), name="standalone-phone")
    page = reaches_finish(visitor, root_user_with_totp)
    reaches_challenge(stranger, standalone_root_user)
    for step in ("recovery_call", "recovery", "recovery_finish"):
        assert posts_step(stranger, step, code="123456", principal=str(principal_of(root_user_with_totp).pk)).status_code == 400, step
    # Whoever could write to the table would still have to change the row's digests.
    FactorRecovery.objects.update(principal=principal_of(standalone_root_user))
    assert visitor.sends(page).status_code == 400
    assert not SignInSession.objects.exists()


def test_rst_08_another_browser_holds_no_part_of_the_sign_in(visitor: Visitor, stranger: Visitor, root_user_with_totp: Person) -> None:
    reaches_finish(visitor, root_user_with_totp)
    for step in ("recovery", "recovery_mail", "recovery_call", "recovery_finish"):
        answer = posts_step(stranger, step, code="123456")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/console/?timed_out=1"), step
    assert stranger.get(RECOVERY).headers["Location"] == "/console/?timed_out=1"
    assert stranger.get("/signin/mfa/troubleshoot").headers["Location"] == "/console/?timed_out=1"


def test_rst_08_a_new_sign_in_in_the_same_browser_begins_from_nothing(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_finish(visitor, root_user_with_totp)
    page = visitor.goes(visitor.sends(visitor.opens("/console/?user=root"), email=root_user_with_totp.email), "/signin/security-check")
    page = visitor.goes(visitor.passes_check(page), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=root_user_with_totp.password), "/signin/verification-code")
    visitor.goes(visitor.sends(page, code=visitor.newest_mail(root_user_with_totp.email)["codes"][0]), "/signin/mfa/")
    assert posts_step(visitor, "recovery_finish").status_code == 400
    assert "Send verification email" in text_of(visitor.opens(RECOVERY))


def test_rst_08_without_the_password_there_is_no_recovery(visitor: Visitor, root_user_with_totp: Person) -> None:
    visitor.reaches_root_password(root_user_with_totp)
    for step in ("recovery", "recovery_mail", "recovery_call", "recovery_finish"):
        assert posts_step(visitor, step, code="123456").headers["Location"] == "/signin/password", step
    assert visitor.get("/signin/mfa/troubleshoot").headers["Location"] == "/signin/password"
    assert not FactorRecovery.objects.exists()


def test_rst_08_a_recovery_is_spent_by_its_use(visitor: Visitor, root_user_with_totp: Person) -> None:
    page = reaches_finish(visitor, root_user_with_totp)
    visitor.walks(visitor.sends(page))
    assert visitor.sends(page).headers["Location"] == "/console/?timed_out=1"
    assert posts_step(visitor, "recovery_finish").headers["Location"] == "/console/?timed_out=1"
    assert SignInSession.objects.count() == 1


@pytest.mark.parametrize("stage", [reaches_challenge, asks_for_mail, verifies_mail, is_called], ids=lambda stage: stage.__name__)
def test_rst_08_every_step_expires(visitor: Visitor, root_user_with_totp: Person, monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    monkeypatch.setenv("PORTAL_FACTOR_RECOVERY_SECONDS", "300")
    reaches_challenge(visitor, root_user_with_totp)
    link = asks_for_mail(visitor, root_user_with_totp)
    if stage in {verifies_mail, is_called}:
        visitor.sends(visitor.opens(link))
    if stage is is_called:
        is_called(visitor, root_user_with_totp)
    visitor.training("clock", advance_seconds=301)
    assert visitor.get(link).status_code == 404
    for step in ("recovery_mail", "recovery_call", "recovery", "recovery_finish"):
        assert posts_step(visitor, step, code=digits_heard(root_user_with_totp) if stage is is_called else "123456").status_code == 400, step
    assert "This recovery is over" in alerts_of(visitor.opens(RECOVERY))


def test_rst_08_digits_die_after_ten_minutes_and_with_a_clock_that_is_put_back(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    verifies_mail(visitor, root_user_with_totp, reader=visitor)
    digits = is_called(visitor, root_user_with_totp)
    page = visitor.opens(RECOVERY)
    visitor.training("clock", advance_seconds=10 * 60 + 1)
    answer = visitor.sends(page, code=digits)
    assert "no longer valid" in alerts_of(answer)
    assert only_row().tries == 0
    digits = is_called(visitor, root_user_with_totp)
    visitor.training("clock", advance_seconds=-30 * 60)
    assert visitor.posts(RECOVERY, {"csrfmiddlewaretoken": visitor.client.cookies["csrf"].value, "code": digits}).status_code in {303, 400, 403}
    assert only_row().phone_verified_at is None


def test_rst_08_five_tries_and_no_more_however_many_calls(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    verifies_mail(visitor, root_user_with_totp, reader=visitor)
    for tries in range(flows.TRIES):
        if tries in {0, 2}:
            digits = is_called(visitor, root_user_with_totp) if not tries else _called_again(visitor, root_user_with_totp)
        answer = posts_step(visitor, "recovery", code=other_than(digits))
        assert answer.status_code == 400
    assert "This recovery is over" in alerts_of(answer)
    assert posts_step(visitor, "recovery", code=digits).status_code == 400, "the right digits come too late"
    assert posts_step(visitor, "recovery_call").status_code == 400
    row = only_row()
    assert (row.tries, row.phone_verified_at) == (flows.TRIES, None)
    failures = [record for record in visitor.events(root_user_with_totp.account) if record["eventName"] == "MfaRecoveryCompleted"]
    assert len(failures) >= flows.TRIES
    assert digits not in str(visitor.events(root_user_with_totp.account))


def _called_again(visitor: Visitor, person: Person) -> str:
    visitor.goes(posts_step(visitor, "recovery_call"), RECOVERY)
    return digits_heard(person)


def test_rst_08_three_calls_and_no_more(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    verifies_mail(visitor, root_user_with_totp, reader=visitor)
    for _ in range(flows.CALLS):
        digits = _called_again(visitor, root_user_with_totp)
    assert "Call me again" not in text_of(visitor.opens(RECOVERY))
    answer = posts_step(visitor, "recovery_call")
    assert "No more calls" in alerts_of(answer)
    assert digits_heard(root_user_with_totp) == digits, "the newest call's digits are good all the same"
    visitor.goes(visitor.sends(visitor.opens(RECOVERY), code=digits), RECOVERY)


def test_thr_11_mails_to_one_mailbox_and_calls_to_one_number_are_limited(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    for _ in range(flows.MAILS_AN_HOUR.allowed):
        assert posts_step(visitor, "recovery_mail").status_code == 303
    answer = posts_step(visitor, "recovery_mail")
    assert (answer.status_code, "Too many attempts" in alerts_of(answer)) == (429, True)
    assert int(answer.headers["Retry-After"]) > 0
    visitor.sends(visitor.opens(link_of(visitor, root_user_with_totp)))
    for _ in range(flows.CALLS_AN_HOUR.allowed):
        flows.CALLS_AN_HOUR.hit("+1 206 555 0100")
    assert posts_step(visitor, "recovery_call").status_code == 429
    assert only_row().calls == 0


def test_rst_08_a_password_changed_on_the_way_ends_the_recovery(visitor: Visitor, root_user_with_totp: Person) -> None:
    page = reaches_finish(visitor, root_user_with_totp)
    principal = principal_of(root_user_with_totp)
    Principal.objects.filter(pk=principal.pk).update(credential_epoch=principal.credential_epoch + 1)
    assert visitor.sends(page).status_code == 303
    assert not SignInSession.objects.exists()
    assert only_row().used_at is None


def test_rst_08_a_link_dies_with_the_password(visitor: Visitor, stranger: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    page = stranger.opens(asks_for_mail(visitor, root_user_with_totp))
    principal = principal_of(root_user_with_totp)
    Principal.objects.filter(pk=principal.pk).update(credential_epoch=principal.credential_epoch + 1)
    assert stranger.sends(page).status_code == 404
    assert only_row().email_verified_at is None


def test_mfa_08_tries_at_the_digits_count_with_those_of_every_other_factor(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    verifies_mail(visitor, root_user_with_totp, reader=visitor)
    digits = is_called(visitor, root_user_with_totp)
    key = str(principal_of(root_user_with_totp).pk)
    before = guessing.OF_IDENTITY.tries(key)
    posts_step(visitor, "recovery", code=other_than(digits))
    assert guessing.OF_IDENTITY.tries(key) == before + 1
    for _ in range(10):
        guessing.OF_IDENTITY.climb(key)
    assert posts_step(visitor, "recovery", code=digits).status_code == 429
    assert only_row().phone_verified_at is None


def test_rst_08_after_three_calls_whose_digits_expired_there_is_no_other(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    verifies_mail(visitor, root_user_with_totp, reader=visitor)
    for _ in range(flows.CALLS):
        digits = _called_again(visitor, root_user_with_totp)
    visitor.training("clock", advance_seconds=10 * 60 + 1)
    assert "This recovery is over" in alerts_of(visitor.opens(RECOVERY))
    assert posts_step(visitor, "recovery", code=digits).status_code == 400
    assert posts_step(visitor, "recovery_call").status_code == 400
    assert only_row().phone_verified_at is None
