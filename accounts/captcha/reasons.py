"""Why a person is asked for a security check, and why an answer was refused."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """Why a security check is asked for. Each is a rule; none is chance."""

    NEW_BROWSER = "new_browser"
    IDENTITY_FAILURES = "identity_failures"
    ADDRESS_FAILURES = "address_failures"
    PASSWORD_RECOVERY = "password_recovery"  # noqa: S105  # the name of a reason
    SIGN_UP = "sign_up"

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return str(_REASONS[self])


class CaptchaFailure(StrEnum):
    """Why an answer was refused."""

    WRONG = "wrong"
    EXPIRED = "expired"

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return str(_FAILURES[self])


_REASONS = {
    Reason.NEW_BROWSER: _("You are signing in for the first time from this browser."),
    Reason.IDENTITY_FAILURES: _("There were several failed sign-ins with these details."),
    Reason.ADDRESS_FAILURES: _("There were several failed sign-ins from your network address."),
    Reason.PASSWORD_RECOVERY: _("Every password recovery starts with a security check."),
    Reason.SIGN_UP: _("Every new account starts with a security check."),
}

_FAILURES = {
    CaptchaFailure.WRONG: _("The characters were not right. Try again with the new ones."),
    CaptchaFailure.EXPIRED: _("That security check is no longer valid. Type the characters of the new one."),
}
