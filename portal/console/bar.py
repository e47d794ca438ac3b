"""The navigation bar of every console page: region menu, and the identity menu with the other open identities."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Principal, SignInSession
from accounts.sessions.browser import MOST_IDENTITIES, sessions_in
from portal.console.outline import draw
from portal.console.region import region_menu, region_of
from portal.core.http import once
from portal.core.ids import dashed
from portal.core.moments import Moment, moment
from portal.core.pages import page_token


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
        until=moment(session.expires_at),
        current=current,
    )


def identities(request: HttpRequest, session: SignInSession) -> list[Identity]:
    """Return the identities of this browser: the one that `session` is of first, then the others, newest first."""
    return once(
        request,
        f"identities {session.pk}",
        lambda: [identity_in(session, current=True), *(identity_in(other) for other in sessions_in(request) if other.pk != session.pk)],
    )


def bar(request: HttpRequest, session: SignInSession) -> SafeString:
    """Draw what the bar holds; costs no query beyond the page's own."""
    me, *others = identities(request, session)
    language = request.LANGUAGE_CODE
    region = region_of(request, session)
    links = "".join(
        draw("portal/console/pieces/switch.html", language, {"session": other.session, "label": other.label, "kind": other.kind}) for other in others
    )
    values = {
        "root": f"/console/{session.name}",
        "region": region,
        "region_links": region_menu(region),
        "label": me.label,
        "kind": me.kind,
        "account": me.account,
        "account_name": me.account_name,
        "account_dashed": dashed(me.account),
        "others": SafeString(links),
        "most_identities": MOST_IDENTITIES,
        "csrf": SafeString(f'<input type="hidden" name="csrfmiddlewaretoken" value="{page_token(request)}">'),  # letters and digits
    }
    return draw("portal/console/pieces/bar.html", language, values, several=bool(others), full=len(others) + 1 >= MOST_IDENTITIES)
