import pytest

from accounts.captcha.reasons import CaptchaFailure, Reason
from accounts.captcha.rules import reason_due


@pytest.mark.parametrize(
    ("known_browser", "identity_failures", "address_failures", "new_browser_rule", "always", "expected"),
    [
        (True, 0, 0, True, False, None),
        (True, 2, 2, True, False, None),
        (False, 0, 0, False, False, None),
        (False, 0, 0, True, False, Reason.NEW_BROWSER),
        (True, 3, 0, True, False, Reason.IDENTITY_FAILURES),
        (False, 3, 9, False, False, Reason.IDENTITY_FAILURES),
        (True, 0, 3, False, False, Reason.ADDRESS_FAILURES),
        (True, 0, 0, False, True, Reason.PASSWORD_RECOVERY),
    ],
)
def test_a_security_check_is_due_by_rule(
    known_browser: bool, identity_failures: int, address_failures: int, new_browser_rule: bool, always: bool, expected: Reason | None
) -> None:
    due = reason_due(
        known_browser=known_browser,
        identity_failures=identity_failures,
        address_failures=address_failures,
        new_browser_rule=new_browser_rule,
        always=always,
    )
    assert due == expected


def test_every_reason_has_words() -> None:
    assert all(reason.words for reason in Reason)
    assert all(failure.words for failure in CaptchaFailure)
