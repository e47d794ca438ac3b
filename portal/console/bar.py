"""What the navigation bar of every console page shows: region menu, and the identity menu with the other open identities."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Principal, SignInSession
from accounts.sessions.browser import MOST_IDENTITIES, sessions_in
from portal.console.moments import Moment, moment
from portal.console.pages import others
from portal.console.region import region_menu, region_of
from portal.core.ids import dashed


@dataclass(frozen=True, slots=True)
class Identity:
    """One signed-in identity as menus and cards name it.

    `label` is what the bar shows: the account's name for a root user, user name and account for an IAM user.
    """

    session: str
    label: str
    kind: str
    account: str
    account_name: str
    since: Moment
    until: Moment
    current: bool


def identity_in(session: SignInSession, *, current: bool = False) -> Identity:
    """Return the identity of one session as menus name it."""
    principal = session.principal
    account_id = str(principal.account_id)
    account_name = principal.account.name if principal.account else ""
    alias = principal.account.alias if principal.account else None
    root = principal.kind == Principal.Kind.ROOT
    return Identity(
        session=session.name,
        label=account_name if root else f"{principal.name} @ {alias or dashed(account_id)}",
        kind=_("Root user") if root else _("IAM user"),
        account=account_id,
        account_name=account_name,
        since=moment(session.created_at),
        until=moment(session.expires_at),
        current=current,
    )


def bar(request: HttpRequest, session: SignInSession) -> dict[str, Any]:
    """Return the template context of the bar; costs no query beyond the page's own."""
    region = region_of(request, session)
    rest = [identity_in(other) for other in others(request, session)]
    return {
        "me": identity_in(session, current=True),
        "account_dashed": dashed(str(session.principal.account_id)),
        "others": rest,
        "most_identities": MOST_IDENTITIES,
        "is_full": len(sessions_in(request)) >= MOST_IDENTITIES,
        "region": region,
        "region_menu": region_menu(region),
    }
