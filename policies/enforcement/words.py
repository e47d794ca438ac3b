"""Decisions in the reader's language. The library that decides knows no languages; its sentences are looked up here."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.enforcement.consoles import RESOURCE_POLICY
from policies.evaluation.decision import Deciding, Decision, DeniedBy, Layer
from portal.core.actions import SigninAction

LAYERS = {
    Layer.RCP: gettext_lazy("Resource control policy"),
    Layer.SCP: gettext_lazy("Service control policy"),
    Layer.RESOURCE: gettext_lazy("Resource-based policy"),
    Layer.IDENTITY: gettext_lazy("Identity-based policy"),
    Layer.BOUNDARY: gettext_lazy("Permissions boundary"),
    Layer.SESSION: gettext_lazy("Session policy"),
}
_WHY = {
    "no service control policy allows this at one of the levels of the organization": gettext_lazy(
        "No service control policy allows this at one of the levels of the organization."
    ),
    "no resource-based policy allows this across accounts": gettext_lazy("No resource-based policy allows this across accounts."),
    "no policy allows this": gettext_lazy("No policy allows this."),
    "the permissions boundary does not allow this": gettext_lazy("The permissions boundary does not allow this."),
    "no session policy allows this": gettext_lazy("No session policy allows this."),
    "no policy denies this sign-in": gettext_lazy("No policy denies this sign-in."),
    "no policy restricts this sign-in": gettext_lazy("No policy restricts this sign-in."),
    "the root user may do everything that no policy denies": gettext_lazy("The root user may do everything that no policy denies."),
    "a policy could not be evaluated": gettext_lazy("A policy could not be evaluated."),
}


def policy_in_words(layer: Layer, name: str) -> str:
    """Return a policy's name: that of an account's resource-based policy is words, every other one is shown as it is."""
    before = RESOURCE_POLICY.format("")
    if layer is Layer.RESOURCE and name.startswith(before):
        return _("sign-in policy of account %(account)s") % {"account": name.removeprefix(before)}
    return name


def statement_in_words(deciding: Deciding) -> str:
    """Return which statement decided: its layer, its policy, its place from 1, and its Sid if it has one."""
    named = {
        "layer": LAYERS[deciding.layer],
        "policy": policy_in_words(deciding.layer, deciding.policy),
        "number": deciding.number + 1,
        "sid": deciding.sid,
    }
    if deciding.sid:
        return _("%(layer)s “%(policy)s”, statement %(number)d (%(sid)s)") % named
    return _("%(layer)s “%(policy)s”, statement %(number)d") % named


def reasons_in_words(decision: Decision) -> list[str]:
    """Return why a decision is as it is; what a policy's own reader says of it (why it cannot be used) stays as it is."""
    if decision.why:
        return [str(_WHY.get(reason, reason)) for reason in decision.why]
    sentence = _("Allowed by %(statement)s.") if decision.allowed else _("Denied by %(statement)s.")
    return [sentence % {"statement": statement_in_words(statement)} for statement in decision.deciding]


def denial_words(action: SigninAction, decision: Decision) -> str:
    """Return the guide's sentence for a denied sign-in; the one before authentication is that of a wrong password."""
    if action is not SigninAction.AUTHENTICATE:
        return _(
            "Authentication failed: To access this account, sign in from a different network, or contact your administrator for more information"
        )
    if decision.denied_by is DeniedBy.RESOURCE_CONTROL_POLICY:
        return _("Authentication failed Invalid request")
    return _("Your authentication information is incorrect. Please try again.")
