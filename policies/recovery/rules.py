"""What a recovery through support is bound to: times, tries, and why a step is refused."""

from datetime import timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from portal.core.throttle import Window

ACTION = "signin:DeleteConsoleAuthorizationConfiguration"
"""The permission that an IAM user needs to complete a recovery (guide)."""

LINK_LIFETIME = timedelta(hours=72)
"""From when the link is mailed (guide). A case without a link counts as long from when it is opened (simulator's own)."""
CODE_LIFETIME = timedelta(minutes=15)
"""How long a mailed code may be read to the operator; simulator's own, as is everything below."""
VISIT_LIFETIME = timedelta(minutes=15)
CODES = 5
"""Codes of one case."""
TRIES = 5
"""Tries of one code."""
MAILS_AN_HOUR = Window("support-recovery-mail", allowed=8, seconds=3600)
"""Codes and links to one mailbox, over all cases."""
TRIES_AN_HOUR = Window("support-recovery-try", allowed=30, seconds=3600)
"""Codes that one operator types, over all cases."""


class RecoveryFailure(StrEnum):
    """Why a step was refused."""

    OPEN_ALREADY = "open_already"
    NO_ADDRESS = "no_address"
    OVERTAKEN = "overtaken"
    OVER = "over"
    OUT_OF_ORDER = "out_of_order"
    ADDRESS_CHANGED = "address_changed"
    TOO_MANY_CODES = "too_many_codes"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    CODE_SPENT = "code_spent"
    NOT_THE_CAUSE = "not_the_cause"
    NOT_PERMITTED = "not_permitted"
    NOTHING_LEFT = "nothing_left"

    @property
    def words(self) -> str:
        """The reason as people read it, with how to go on."""
        return str(_WORDS[self])


_WORDS = {
    RecoveryFailure.OPEN_ALREADY: _("This account has an open case already. Go on with that one, or withdraw it first."),
    RecoveryFailure.NO_ADDRESS: _("The root user of this account has no email address. Nobody can be verified by mail."),
    RecoveryFailure.OVERTAKEN: _("Somebody has just gone on with this case. Look at it as it is now, below, before you do anything else."),
    RecoveryFailure.OVER: _("This case is closed or has expired. Open a new one to start again."),
    RecoveryFailure.OUT_OF_ORDER: _("This step is not the next one of this case. Take one step after the other."),
    RecoveryFailure.ADDRESS_CHANGED: _(
        "The root user’s email address has changed since the code was mailed. Mail a new code to the present address."
    ),
    RecoveryFailure.TOO_MANY_CODES: _("No more codes are mailed in this case. Withdraw it and open a new one."),
    RecoveryFailure.CODE_WRONG: _("The code is not right. Ask the caller to read the code of the newest mail again."),
    RecoveryFailure.CODE_EXPIRED: _("This code is no longer valid. Mail a new one."),
    RecoveryFailure.CODE_SPENT: _("Too many wrong codes. Mail a new one."),
    RecoveryFailure.NOT_THE_CAUSE: _(
        "A resource-based policy does not cause this lock-out, so the recovery portal cannot end it. No link was mailed."
    ),
    RecoveryFailure.NOT_PERMITTED: _("Your policies do not allow signin:DeleteConsoleAuthorizationConfiguration. Nothing was deleted."),
    RecoveryFailure.NOTHING_LEFT: _("There is nothing left to delete: the configuration was removed in another way. You can sign in."),
}
