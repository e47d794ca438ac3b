"""How far a recovery has come, and why a step of it was refused."""

from enum import StrEnum

from django.utils.translation import gettext as _


class Step(StrEnum):
    """What comes next in a recovery; the names of its pages' parts."""

    SEND_MAIL = "send_mail"
    OPEN_LINK = "open_link"
    CALL = "call"
    DIGITS = "digits"
    FINISH = "finish"
    OVER = "over"


class RecoveryFailure(StrEnum):
    """Why a step was refused."""

    OUT_OF_ORDER = "out_of_order"
    OVER = "over"
    NO_PHONE = "no_phone"
    TOO_MANY_CALLS = "too_many_calls"
    WRONG_DIGITS = "wrong_digits"
    DIGITS_EXPIRED = "digits_expired"

    @property
    def words(self) -> str:
        """The reason as people read it, with how to go on."""
        match self:
            case RecoveryFailure.OUT_OF_ORDER:
                return _("This step comes later. Go back to the sign-in and take one step after the other.")
            case RecoveryFailure.OVER:
                return _("This recovery is over: too many tries, or too much time. Sign in again to start a new one.")
            case RecoveryFailure.NO_PHONE:
                return _("There is no primary contact phone number in this account. Contact Support.")
            case RecoveryFailure.TOO_MANY_CALLS:
                return _("No more calls are made in this sign-in. Type the digits of the newest call, or sign in again to start over.")
            case RecoveryFailure.WRONG_DIGITS:
                return _("The number is not right. Type the six digits of the newest call.")
            case RecoveryFailure.DIGITS_EXPIRED:
                return _("These digits are no longer valid. Ask for a new call.")
