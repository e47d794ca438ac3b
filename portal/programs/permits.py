"""Asking the policies before a program is let in: the same question for the page and for the headless approval of test suites."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accounts.models import SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID, SAME_DEVICE_ID, Client
from accounts.oauth.consent import region_of
from accounts.oauth.requests import AuthorizationRequest
from policies.enforcement.programs import may_act, oauth_keys
from policies.enforcement.words import denial_words, reasons_in_words
from policies.evaluation.decision import DeniedBy
from portal.awsapi.permissions import denial
from portal.core.actions import SigninAction
from portal.core.errors import Forbidden
from portal.network.origin import Origin
from portal.trail.names import ErrorMessage

ACTION = SigninAction.AUTHORIZE_OAUTH2_ACCESS
MANAGED_POLICY = "SignInLocalDevelopmentAccess"
"""The managed policy that allows both actions that a program's sign-in needs (guide, "Login with console credentials")."""
AGENTS_POLICY = "AWSMCPSignInOAuthAccessPolicy"
"""The managed policy that allows them for agents, which register themselves (guide, "Configure OAuth access to AWS MCP Server")."""


def managed_policy_for(client_id: str) -> str:
    """Return the managed policy that lets an identity sign this program in."""
    return MANAGED_POLICY if client_id in {SAME_DEVICE_ID, CROSS_DEVICE_ID} else AGENTS_POLICY


class NotPermitted(Forbidden):
    """Policies do not let this identity sign the program in.

    `resource` is what they mean the program by; `reasons` say which statement denies, or that none allows. `by_console_access` tells
    that the place is what is wrong: the account's own or its organization's policies for signing in. `is_denied` tells that a statement
    denies, so that no further permission would help. `error` and `note` are for the event.
    """

    def __init__(
        self,
        public: str,
        *,
        error: str,
        resource: str,
        reasons: list[str],
        by_console_access: bool,
        is_denied: bool,
        note: Mapping[str, Any],
    ) -> None:
        super().__init__(public)
        self.error = error
        self.resource = resource
        self.reasons = reasons
        self.by_console_access = by_console_access
        self.is_denied = is_denied
        self.note = note


def require_permit(asked: AuthorizationRequest, session: SignInSession, *, client: Client, origin: Origin) -> Mapping[str, Any]:
    """Ask whether the session's identity may sign the program in; return the note of what was asked, or raise `NotPermitted`."""
    principal, region = session.principal, region_of(asked, session)
    resource = client.resource_arn(region, str(principal.account_id), resource=asked.resource)
    keys = oauth_keys(client_id=asked.client_id, redirect_uri=asked.redirect_uri)
    here = replace(origin, region=region, regional=True)
    verdict = may_act(principal, ACTION, resource=resource, region=region, origin=here, with_mfa=bool(session.factor), keys=keys)
    if verdict.allowed:
        return verdict.note
    decision = verdict.decision
    if verdict.by_console_access:
        public = denial_words(ACTION, decision)
        by_rcp = decision.denied_by is DeniedBy.RESOURCE_CONTROL_POLICY
        error: str = ErrorMessage.RESOURCE_CONTROL_POLICY_DENIED if by_rcp else ErrorMessage.RESOURCE_POLICY_DENIED
    else:
        public = error = denial(principal.arn, ACTION, resource, decision)
    raise NotPermitted(
        public,
        error=error,
        resource=resource,
        reasons=[] if verdict.by_console_access else reasons_in_words(decision),
        by_console_access=verdict.by_console_access,
        is_denied=bool(decision.deciding),
        note=verdict.note,
    )
