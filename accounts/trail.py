"""How a principal is named in events (facts, section 1.2)."""

from accounts.models import Principal
from portal.trail.identity import Identity


def identity_of(principal: Principal) -> Identity:
    """Return the identity of a principal who has proved it."""
    if principal.kind == Principal.Kind.ROOT and principal.account:
        return Identity.root(principal.account.id, principal.account.alias)
    if principal.kind == Principal.Kind.IAM_USER:
        return Identity.iam_user(str(principal.account_id), principal.name, principal.unique_id, principal.arn)
    return Identity.operator(principal.name)


def identity_of_failed(principal: Principal) -> Identity:
    """Return the identity of a principal for whom someone failed to prove it."""
    if principal.kind == Principal.Kind.IAM_USER:
        return Identity.failed_iam_user(str(principal.account_id), principal.name, principal.unique_id)
    return identity_of(principal)
