"""What every page of organization policies goes through: a live session, the organisation that its account manages, the permissions.

Any other account gets one and the same answer, whatever the address names, so that nothing of an organisation shows outside of its
management account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.models import Organization, SignInSession
from policies.language import PolicyType
from policies.models import PolicyDocument
from policies.organization import flows
from policies.organization.rules import policy_id
from portal.console.bar import bar
from portal.console.pages import open_session_of, session_is_over
from portal.console.permitted import permitted_page
from portal.console.second_factors import confirmed_recently
from portal.core import regions
from portal.core.http import no_store

SERVICE = "organizations"
REGION = regions.DEFAULT
"""Where AWS Organizations records its events, and where console authorization is written."""


@dataclass(frozen=True, slots=True)
class Here:
    """Who is at work on which organisation, and what the address names."""

    session: SignInSession
    organization: Organization
    kind: PolicyType | None = None
    key: int | None = None

    @property
    def organization_id(self) -> str:
        """The organisation's ID."""
        return str(self.organization.pk)

    def address(self, rest: str = "") -> str:
        """Return the path of a page of this room."""
        return f"/console/{self.session.name}/organization/{rest}"

    def policy(self) -> PolicyDocument:
        """Return the policy that the address names; raises PolicyNotFoundException."""
        return flows.policy_of(self.organization_id, self.key or 0)

    def address_of(self, key: int, act: str = "") -> str:
        """Return the path of a policy, or of an act on it."""
        return self.address(f"policies/{policy_id(key)}{f'/{act}' if act else ''}")


OrganizationView = Callable[[HttpRequest, Here], HttpResponse]


def organization_page(*actions: str, recent: bool = False) -> Callable[[OrganizationView], Callable[..., HttpResponseBase]]:
    """Give a view to identities of the management account that may do all of `actions`; with `recent`, to those who proved who they are of late."""

    def guard(view: OrganizationView) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def page(request: HttpRequest, name: str, **named: Any) -> HttpResponseBase:
            session = open_session_of(request, name)
            if session is None:
                return session_is_over(request, name)
            organization = Organization.objects.filter(management_account_id=session.principal.account_id).first()
            if organization is None:
                return no_store(_managed_elsewhere(request, session))
            here = Here(session, organization, **named)

            def shown(request: HttpRequest, _session: SignInSession) -> HttpResponse:
                return view(request, here)

            return permitted_page(*actions)(confirmed_recently()(shown) if recent else shown)(request, name)

        return page

    return guard


def _managed_elsewhere(request: HttpRequest, session: SignInSession) -> HttpResponse:
    context = {"bar": bar(request, session), "session": session}
    return render(request, "portal/console/organization/elsewhere.html", context, status=404)


def show(request: HttpRequest, here: Here, page: str, *, status: int = 200, **values: object) -> HttpResponse:
    """Draw a page of this room in the console's frame."""
    context = {"bar": bar(request, here.session), "session": here.session, "organization": here.organization, "room": here.address(), **values}
    return render(request, f"portal/console/organization/{page}.html", context, status=status)
