"""Why a sign-in that proved its password still ends here, each with the guide's words (guide, "Troubleshooting AWS account sign-in issues")."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Principal
from portal.core import clock

REOPEN_WITHIN = timedelta(days=90)
"""A closed account can be reopened this long (guide, "I can't sign in to my existing AWS account …")."""


class Refusal(StrEnum):
    """Named reasons."""

    SUSPENDED = "suspended"
    CLOSED = "closed"
    CLOSED_FOR_GOOD = "closed_for_good"
    RESET_REQUIRED = "reset_required"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105  # a reason's name
    TOO_MANY_IDENTITIES = "too_many_identities"


@dataclass(frozen=True, slots=True)
class Words:
    """What the page of a refusal says."""

    title: str
    text: str
    hint: str
    actions: tuple[tuple[str, str], ...]


def account_refusal(account: Account) -> Refusal | None:
    """Return why nobody can sign in to `account` at present, or None."""
    if account.status == Account.Status.SUSPENDED:
        return Refusal.SUSPENDED
    if account.status == Account.Status.CLOSED:
        long_ago = account.closed_at is not None and clock.now() - account.closed_at > REOPEN_WITHIN
        return Refusal.CLOSED_FOR_GOOD if long_ago else Refusal.CLOSED
    return None


def refusal_of(principal: Principal) -> Refusal | None:
    """Return why `principal`, whose password was right, cannot sign in at present, or None."""
    refusal = account_refusal(principal.account) if principal.account else None
    if refusal is None and principal.reset_required_because:
        return Refusal.RESET_REQUIRED
    return refusal


def _words(refusal: Refusal, administrator: str) -> Words:
    start = (_("Back to sign-in"), reverse("console:entry"))
    support = _("In the simulation, an operator plays Support: ask whoever runs this portal.")
    match refusal:
        case Refusal.SUSPENDED:
            return Words(
                _("Your account is suspended"),
                _(
                    "Nobody can sign in to this account until it is reinstated. The account owner can ask Support how to "
                    "reactivate a suspended account."
                ),
                support,
                (start,),
            )
        case Refusal.CLOSED:
            return Words(
                _("This account is closed"),
                _("The account was closed less than 90 days ago. Until 90 days have passed, its owner can ask Support to reopen it."),
                support,
                (start,),
            )
        case Refusal.CLOSED_FOR_GOOD:
            return Words(
                _("This account is permanently closed"),
                _(
                    "The account has been closed for more than 90 days. It cannot be reopened, and no new account can be created with the email "
                    "address associated with it."
                ),
                _("To sign up anew, add a plus sign and a tag to your usual address, for example email+1@example.com."),
                (start, (_("Create a new account"), reverse("registration:start"))),
            )
        case Refusal.RESET_REQUIRED:
            return Words(
                _("Password reset is required"),
                _(
                    "Password reset is required. For security concerns, you need to reset your password. To keep your account secure, you must "
                    "choose Forgot password below and reset your password."
                ),
                _("A message with the reason was sent to the email address of the account."),
                ((_("Forgot password?"), reverse("password_reset:start")), start),
            )
        case Refusal.PASSWORD_EXPIRED:
            return Words(
                _("Your password has expired"),
                _(
                    "The password policy of this account does not let you set a new password after the old one has expired. "
                    "Only your administrator can reset it."
                ),
                _("Your administrator: %(administrator)s") % {"administrator": administrator} if administrator else "",
                (start,),
            )
        case Refusal.TOO_MANY_IDENTITIES:
            return Words(
                _("Five identities are signed in already"),
                _("One browser can hold up to five identities at once. Sign out of one of them first."),
                "",
                ((_("Choose a session to sign out of"), reverse("console:sessions")),),
            )


def refused(request: HttpRequest, refusal: Refusal, *, administrator: str = "") -> HttpResponse:
    """Return the page of a refusal, status 403."""
    words = _words(refusal, administrator)
    context = {"title": words.title, "text": words.text, "hint": words.hint, "actions": words.actions, "refusal": refusal}
    return render(request, "accounts/signin/refused.html", context, status=403)
