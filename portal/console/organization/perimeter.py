"""The values that a new policy's document starts with: the loaded world's networks, and the organisation's own emergency identities."""

from accounts.models import Account, Organization, Principal, Role
from policies.organization.template import GUIDES_OWN, Perimeter
from portal.core import arns
from portal.world.networks import networks

MOST_EXCLUDED = 4
"""Principals that the document exempts, as in the guide's example."""

EMERGENCY = ("Emergency", "BreakGlass")
"""What the guide's emergency users and roles have in their names."""


def perimeter_of(organization: Organization) -> Perimeter:
    """Return what to let in: the first address block and the first VPC of the world, root users that have credentials, emergency identities."""
    known = networks()
    cidr = next((network.cidr for network in known if network.cidr and ":" not in network.cidr), GUIDES_OWN.cidr)
    vpc = next(((network.vpc, network.region) for network in known if network.vpc and network.region), (GUIDES_OWN.vpc, GUIDES_OWN.region))
    return Perimeter(cidr=cidr, vpc=vpc[0], region=vpc[1], excluded=_excluded(organization) or GUIDES_OWN.excluded)


def _excluded(organization: Organization) -> tuple[str, ...]:
    """Return the ARNs of member accounts' emergency identities and root users; on those of the management account no policy has an effect."""
    members = Account.objects.filter(organization=organization).exclude(pk=organization.management_account_id)
    found: list[str] = []
    for word in EMERGENCY:
        roles = Role.objects.filter(account__in=members, name__contains=word).order_by("account_id", "name")
        found += [role.arn for role in roles[:MOST_EXCLUDED]]
        users = Principal.objects.filter(kind=Principal.Kind.IAM_USER, account__in=members, name__contains=word)
        found += [user.arn for user in users.order_by("account_id", "name_key")[:MOST_EXCLUDED]]
    roots = members.filter(has_root_credentials=True).order_by("pk")
    found += [arns.root_arn(str(account.pk)) for account in roots[:MOST_EXCLUDED]]
    return tuple(sorted(dict.fromkeys(found[:MOST_EXCLUDED])))
