"""The one-time password by mail, for people of a directory that wants one from who has no device."""

import pytest

from accounts.models import MailedCode, Principal
from mfa.models import DirectoryRule
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.base.steps import CHALLENGE, attempt_of, half_way

GRANTED = "/v1/authorize"


@pytest.fixture
def nikki(world: World, workforce_user: Principal) -> Principal:
    """A workforce user whose directory mails one-time passwords."""
    DirectoryRule.objects.create(directory=workforce_user.directory, without_device=DirectoryRule.WithoutDevice.EMAIL_CODE)
    return workforce_user


def _code(visitor: Visitor, nikki: Principal) -> str:
    return str(visitor.newest_mail(nikki.email)["codes"][0])


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_mailed_password_completes_the_sign_in(visitor: Visitor, nikki: Principal) -> None:
    half_way(visitor, nikki)
    page = visitor.opens(CHALLENGE)
    assert "Additional verification required" in text_of(page)
    assert "n***@example.com" in text_of(page)
    assert nikki.email not in text_of(page)
    visitor.opens(CHALLENGE)
    assert len(visitor.mails_to(nikki.email)) == 1, "looking again mails nothing again"
    assert visitor.newest_mail(nikki.email)["subject"] == "Your one-time password"
    assert visitor.sends(page, code=_code(visitor, nikki)).headers["Location"].startswith(GRANTED)
    assert MailedCode.objects.get().purpose == "second_factor"


def test_a_wrong_one_is_told_and_five_end_the_sign_in(visitor: Visitor, nikki: Principal) -> None:
    half_way(visitor, nikki)
    page = visitor.opens(CHALLENGE)
    wrong = _other(_code(visitor, nikki))
    assert visitor.sends(page, code="12345").status_code == 400, "what cannot be a code is no try"
    for _ in range(4):
        answer = visitor.sends(page, code=wrong)
        assert answer.status_code == 403
        assert "not right" in alerts_of(answer)
    assert visitor.sends(page, code=wrong).headers["Location"] == "/console/?too_many_codes=1"
    assert visitor.get(CHALLENGE).headers["Location"] == "/console/?timed_out=1"


def test_a_new_one_kills_the_one_before(visitor: Visitor, nikki: Principal) -> None:
    half_way(visitor, nikki)
    page = visitor.opens(CHALLENGE)
    first = _code(visitor, nikki)
    page = visitor.goes(visitor.posts_with_token("/signin/mfa/email-code/resend"), f"{CHALLENGE}?sent=1")
    assert "A new one-time password has been sent" in text_of(page)
    second = _code(visitor, nikki)
    if first != second:
        assert visitor.sends(page, code=first).status_code == 403
    assert visitor.sends(page, code=second).headers["Location"].startswith(GRANTED)


def test_mfa_04_it_is_worth_nothing_in_another_sign_in(visitor: Visitor, stranger: Visitor, nikki: Principal) -> None:
    half_way(visitor, nikki)
    visitor.opens(CHALLENGE)
    first = _code(visitor, nikki)
    half_way(stranger, nikki)
    page = stranger.opens(CHALLENGE)
    if _code(stranger, nikki) != first:
        assert stranger.sends(page, code=first).status_code == 403


def test_a_mailbox_that_has_had_its_share_is_told_to_wait(visitor: Visitor, nikki: Principal) -> None:
    half_way(visitor, nikki)
    visitor.opens(CHALLENGE)
    answers = [visitor.posts_with_token("/signin/mfa/email-code/resend") for _ in range(10)]
    assert [answer.status_code for answer in answers] == [303] * 9 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_the_box_trusts_the_browser(visitor: Visitor, nikki: Principal) -> None:
    half_way(visitor, nikki)
    page = visitor.opens(CHALLENGE)
    assert visitor.sends(page, code=_code(visitor, nikki), trust_device="on").headers["Location"].startswith(GRANTED)
    half_way(visitor, nikki)
    assert visitor.get(CHALLENGE).headers["Location"].startswith(GRANTED)


def test_who_has_no_address_is_blocked(visitor: Visitor, nikki: Principal) -> None:
    Principal.objects.filter(pk=nikki.pk).update(email="", email_key="")
    half_way(visitor, nikki)
    assert visitor.get(CHALLENGE).status_code == 403
    assert not attempt_of(visitor)


def test_nobody_else_has_a_password_mailed(visitor: Visitor, nikki: Principal) -> None:
    DirectoryRule.objects.update(without_device=DirectoryRule.WithoutDevice.REGISTER)
    half_way(visitor, nikki)
    assert visitor.posts_with_token("/signin/mfa/email-code/resend").headers["Location"] == "/signin/mfa/register"
    assert visitor.mails_to(nikki.email) == []
