"""What stands in an account that a rehearsal can be about: its people, its place in the organisation, its statements and policies."""

import json
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Account, OrganizationalUnit
from policies.models import ConsoleAuthorization, PolicyTarget
from policies.simulator.flows import People, people_of
from policies.simulator.scenario import Place
from policies.statements.consolidated import Block, Numbered, condition_of, policy_of
from policies.statements.flows import numbered
from portal.core import regions
from portal.world.networks import networks, place_of


@dataclass(frozen=True, slots=True)
class Target:
    """Where a policy can be attached: the id of a root, unit or account, or an ARN; and what people call it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A policy of the organisation that has a say in the account: its type, name and document, and where it is attached."""

    kind: str
    name: str
    text: str
    target: Target

    @property
    def key(self) -> str:
        """What names the attachment in forms; none of the parts before the name holds a colon."""
        return f"{self.kind}:{self.target.value}:{self.name}"


@dataclass(frozen=True, slots=True)
class Setting:
    """An account as it stands. `levels` go from the organisation's root down to the account; empty where no policy of one has an effect."""

    account: Account
    people: People
    places: tuple[Place, ...]
    levels: tuple[Target, ...]
    attachments: tuple[Attachment, ...]
    statements: tuple[Numbered, ...]
    authorized: tuple[str, ...]

    @property
    def account_id(self) -> str:
        """The account's ID."""
        return str(self.account.pk)

    @property
    def identities(self) -> tuple[Target, ...]:
        """The people who can have identity policies."""
        return tuple(Target(who.arn, who.label) for who in self.people if who.label != "root")

    @property
    def consolidated(self) -> str:
        """The account's resource-based policy as JSON to be read; empty without statements."""
        policy = policy_of(self.statements, self.account_id)
        return json.dumps(policy, indent=2) if policy else ""

    @property
    def conditions(self) -> tuple[tuple[str, Block], ...]:
        """The permission statements: the ID and all conditions of each."""
        return tuple((statement.sid, condition_of(statement.parameters, self.account_id)) for statement in self.statements)


def setting_of(account: Account) -> Setting:
    """Return what stands in an account; the number of queries does not grow with what there is. The account comes with its organisation."""
    levels = _levels(account)
    targets = [str(account.pk)]
    if account.organization is not None:
        targets += [account.organization.pk, account.organization.root_id]
    authorized = ConsoleAuthorization.objects.filter(removed_at=None, target__in=targets).order_by("target").values_list("target", flat=True)
    return Setting(
        account=account,
        people=people_of(str(account.pk)),
        places=world_places(),
        levels=levels,
        attachments=_attachments(account, levels),
        statements=tuple(numbered(str(account.pk), regions.DEFAULT)),
        authorized=tuple(authorized),
    )


def world_places() -> tuple[Place, ...]:
    """Return the networks of the loaded world, called as the reader calls them."""
    language, found = get_language() or "en", []
    for network in networks():
        at = place_of(network)
        found.append(Place(network.name, network.label.in_language(language) or network.name, at.address, at.region, at.vpc, at.vpce))
    return tuple(found)


def _levels(account: Account) -> tuple[Target, ...]:
    organization = account.organization
    if organization is None or not account.is_member:
        return ()
    units = {unit.pk: unit for unit in OrganizationalUnit.objects.filter(organization=organization)}
    above: list[Target] = []
    key = account.unit_id
    while key in units and len(above) < len(units):
        unit = units[key]
        above.insert(0, Target(unit.pk, _("Unit %(name)s (%(id)s)") % {"name": unit.name, "id": unit.pk}))
        key = unit.parent_id
    root = Target(organization.root_id, _("Root of %(name)s (%(id)s)") % {"name": organization.name, "id": organization.root_id})
    own = Target(str(account.pk), _("Account %(name)s (%(id)s)") % {"name": account.name, "id": account.pk})
    return (root, *above, own)


def _attachments(account: Account, levels: tuple[Target, ...]) -> tuple[Attachment, ...]:
    by_value = {level.value: level for level in levels}
    if not by_value:
        return ()
    rows = PolicyTarget.objects.filter(document__organization_id=account.organization_id, target__in=by_value).select_related("document")
    found = [Attachment(row.document.type, row.document.name, row.document.text, by_value[row.target]) for row in rows.order_by("pk")]
    return tuple(sorted(found, key=lambda each: list(by_value).index(each.target.value)))
