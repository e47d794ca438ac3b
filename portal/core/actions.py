"""Which sign-in action a view is: views declare it, the policy middleware enforces it.

The declaration lives on the ground floor so that identity rooms need not know who enforces.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from django.http import HttpRequest, HttpResponse


class SigninAction(StrEnum):
    """Actions that console access policies decide on (guide, "How AWS Sign-In evaluates resource-based policies")."""

    AUTHENTICATE = "signin:Authenticate"
    AUTHORIZE_OAUTH2_ACCESS = "signin:AuthorizeOAuth2Access"
    CREATE_OAUTH2_TOKEN = "signin:CreateOAuth2Token"  # noqa: S105  # an action's name


@dataclass(frozen=True, slots=True)
class Subject:
    """On whom a decision is made: the account that is signed in to and the principal's ARN, both empty while nobody is known.

    `region` is the one whose endpoint the sign-in began at, which counts where a later request does not name one itself.
    """

    account: str
    principal_arn: str
    region: str = ""


NOBODY = Subject(account="", principal_arn="")

View = TypeVar("View", bound=Callable[..., HttpResponse])


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a view declares: its action, how to find the subject of a request, and the methods that are gated."""

    action: SigninAction
    subject: Callable[[HttpRequest], Subject]
    methods: frozenset[str]


def declares(
    action: SigninAction, subject: Callable[[HttpRequest], Subject], *, methods: frozenset[str] = frozenset({"GET", "HEAD", "POST"})
) -> Callable[[View], View]:
    """Declare that a view takes part in `action`; the policy middleware asks before the view runs."""

    def mark(view: View) -> View:
        view.signin_action = Declaration(action, subject, methods)  # type: ignore[attr-defined]  # read by the middleware only
        return view

    return mark
