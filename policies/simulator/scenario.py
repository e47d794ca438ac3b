"""What a rehearsal is about, as values: who signs in, from where, in which phases, and what is to change. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from policies.statements.rules import StatementParameters
from portal.core import regions
from portal.core.actions import SigninAction
from portal.network.origin import Origin

Phase = SigninAction
PHASES: tuple[Phase, ...] = (SigninAction.AUTHENTICATE, SigninAction.AUTHORIZE_OAUTH2_ACCESS, SigninAction.CREATE_OAUTH2_TOKEN)
"""The actions of a console sign-in, in their order."""


class Kind(StrEnum):
    """Kinds of those who sign in, as their ARN tells them."""

    ROOT = "root"
    USER = "user"
    ROLE = "role"
    FEDERATED = "federated-user"


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who signs in to the console of `account`. `label` is the ARN's last part: `root`, `user/alice`, `role/Admin`."""

    arn: str
    account: str
    label: str

    @classmethod
    def of(cls, arn: str) -> "Who":
        """Return whom an ARN names; raises ValueError for what is no ARN of a root user, IAM user, role or federated user."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not (len(parts[4]) == 12 and parts[4].isdecimal()):
            raise ValueError(arn)
        kind, _slash, name = parts[5].partition("/")
        if kind not in set(Kind) or (kind == Kind.ROOT) == bool(name) or parts[2] != ("sts" if kind == Kind.FEDERATED else "iam"):
            raise ValueError(arn)
        return cls(arn, parts[4], parts[5])

    @property
    def kind(self) -> Kind:
        """Which kind of principal this is."""
        return Kind(self.label.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody signs in from; the fields are those of `portal.network.simulated.Network`.

    Without `vpc` the address is public; with it, it is the private one behind the endpoint `vpce`. `region` is the one whose sign-in
    endpoint is reached; empty: the global endpoint. `name` is unique among the places of a rehearsal, `label` is for people.
    """

    name: str
    label: str
    address: str
    region: str = ""
    vpc: str = ""
    vpce: str = ""

    @property
    def origin(self) -> Origin:
        """The origin of a request from here."""
        private = self.address if self.vpc else ""
        return Origin(self.address, self.region or regions.DEFAULT, bool(self.region), "", "", self.vpc, self.vpce, private)


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A policy of the organisation that is attached, replaced or detached.

    `target` is the root (`r-…`), a unit (`ou-…`) or an account; empty: wherever a policy of this `name` is attached. `text` is the
    document, which takes the place of one of the same name there; None detaches it.
    """

    name: str
    target: str
    text: str | None


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """An identity-based policy that is given to a user or role, replaced (one of the same `name`), or, with `text` None, taken away.

    A managed policy is named by its ARN, a policy of the account by its name.
    """

    name: str
    arn: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change; by default nothing.

    `resource` replaces the account's resource-based policy, as a document. `put` are permission statements that are added, `removed` the IDs
    of those that are deleted. `authorization` switches console authorization on or off for `authorization_target`: an account, an organisation
    or its root; where none is named, on for the account, or off wherever it is on.
    """

    resource: str | None = None
    put: tuple[StatementParameters, ...] = ()
    removed: tuple[str, ...] = ()
    rcps: tuple[DocumentChange, ...] = ()
    scps: tuple[DocumentChange, ...] = ()
    identity: tuple[IdentityChange, ...] = ()
    authorization: bool | None = None
    authorization_target: str = ""


NO_CHANGE = Change()
