"""The challenge as people meet it: a code, a type to choose, several tries, a clock that is off."""

from mfa.models import AuthenticatorApp
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.codes import next_code, wrong_code


def test_a_code_of_the_app_completes_the_sign_in(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = visitor.goes(visitor.gives_iam(iam_user_with_totp), "/signin/mfa/")
    assert "Multi-factor authentication" in text_of(page)
    assert "MFA code" in text_of(page)

    visitor.enters_console(visitor.sends(page, code=next_code(phone)))


def test_a_wrong_code_is_told_and_the_next_one_may_be_right(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = visitor.goes(visitor.gives_iam(iam_user_with_totp), "/signin/mfa/")
    again = visitor.sends(page, code=wrong_code(phone))
    assert again.status_code == 403
    assert "not right" in alerts_of(again)

    visitor.enters_console(visitor.sends(again, code=next_code(phone)))
