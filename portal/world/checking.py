"""Check what types cannot say about a world: identifiers, references, and names that must not stand twice."""

import re
from base64 import b32decode
from collections.abc import Iterable, Iterator

from policies.language import PolicyType
from portal.conf import conf
from portal.core import ids, realness
from portal.world.definition import Account, Operator, Organization, Passkey, Root, User, World
from portal.world.errors import WorldFileError
from portal.world.keys import from_base64url, private_key_of
from portal.world.network_checking import network_faults
from portal.world.policies import attachment_faults, policy_faults, role_faults

STATUSES = ("active", "suspended", "closed")
ROOT_ID = re.compile(r"r-[0-9a-z]{4,32}")
PHONE = re.compile(r"\+[0-9 -]{6,18}")
SHORTEST_SECRET = 16
"""Bytes of a shared secret (RFC 4226 §4, R6: 128 bits)."""


def check(world: World, *, source: str) -> None:
    """Raise `WorldFileError` for the first thing in `world` that cannot be loaded."""
    for place, expected in _faults(world):
        raise WorldFileError(source, place, expected)


def _faults(world: World) -> Iterator[tuple[str, str]]:
    accounts = {account.id for account in world.accounts}
    units = {unit.id: organization.id for organization in world.organizations for unit in organization.units}
    for index, organization in enumerate(world.organizations):
        yield from _organization_faults(organization, f"organizations[{index}]", accounts)
    for index, account in enumerate(world.accounts):
        yield from _account_faults(account, f"accounts[{index}]", world, units)
        yield from _secret_faults(account.root, f"accounts[{index}].root")
    for index, operator in enumerate(world.operators):
        yield from _secret_faults(operator, f"operators[{index}]")
    for index, network in enumerate(world.networks):
        yield from network_faults(network, f"networks[{index}]")
    yield from _repeated("networks", "name", (network.name for network in world.networks))
    yield from _repeated("accounts", "id", (account.id for account in world.accounts))
    yield from _repeated("accounts", "alias", (account.alias for account in world.accounts))
    yield from _repeated("accounts", "root.email", (ids.email_key(account.root.email) for account in world.accounts))
    yield from _repeated("operators", "name", (ids.user_name_key(operator.name) for operator in world.operators))
    passkeys = [user.passkey for account in world.accounts for user in account.users if user.passkey]
    yield from _repeated("passkeys", "credential_id", (passkey.credential_id for passkey in passkeys))


def _organization_faults(organization: Organization, place: str, accounts: set[str]) -> Iterator[tuple[str, str]]:
    if organization.management_account not in accounts:
        yield f"{place}.management_account", f"expected the id of an account of this file, found `{organization.management_account}`"
    known: set[str] = set()
    for index, unit in enumerate(organization.units):
        if unit.parent and unit.parent not in known:
            yield f"{place}.units[{index}].parent", f"expected the id of a unit listed before, found `{unit.parent}`"
        known.add(unit.id)
    if not ROOT_ID.fullmatch(organization.root_id):
        yield f"{place}.root_id", f"expected `r-` and 4 to 32 lower-case letters and digits, found `{organization.root_id}`"
    for index, policy in enumerate(organization.policies):
        yield from policy_faults(policy, f"{place}.policies[{index}]", (PolicyType.RCP, PolicyType.SCP))


def _account_faults(account: Account, place: str, world: World, units: dict[str, str]) -> Iterator[tuple[str, str]]:
    if not ids.ACCOUNT_ID.fullmatch(account.id):
        yield f"{place}.id", f"expected 12 digits in quotes, found `{account.id}`"
    if account.alias and not ids.ALIAS.fullmatch(account.alias):
        yield f"{place}.alias", f"expected 3 to 63 lower-case letters, digits and single hyphens, found `{account.alias}`"
    if account.organization and account.organization not in {organization.id for organization in world.organizations}:
        yield f"{place}.organization", f"expected the id of an organization of this file, found `{account.organization}`"
    if account.unit and units.get(account.unit) != account.organization:
        yield f"{place}.unit", f"expected the id of a unit of the account's organization, found `{account.unit}`"
    if account.status not in STATUSES:
        yield f"{place}.status", f"expected one of {', '.join(STATUSES)}, found `{account.status}`"
    if (account.status == "closed") != (account.closed_days_ago is not None):
        yield f"{place}.closed_days_ago", "expected a number of days for a closed account, and for no other"
    if "@" not in account.root.email or realness.looks_like_real_address(account.root.email, allowed=conf.mail_domains):
        yield f"{place}.root.email", f"expected an email address under a reserved domain such as example.com, found `{account.root.email}`"
    if account.contact_phone and not PHONE.fullmatch(account.contact_phone):
        yield f"{place}.contact_phone", f"expected a fictional number such as +1 206 555 0100, found `{account.contact_phone}`"
    yield from _identity_faults(account, place)


def _identity_faults(account: Account, place: str) -> Iterator[tuple[str, str]]:
    for index, user in enumerate(account.users):
        yield from _user_faults(user, f"{place}.users[{index}]")
        yield from attachment_faults(user.policies, account, f"{place}.users[{index}].policies")
    yield from _repeated(f"{place}.users", "name", (ids.user_name_key(user.name) for user in account.users))
    for index, role in enumerate(account.roles):
        yield from role_faults(role, f"{place}.roles[{index}]")
        yield from attachment_faults(role.policies, account, f"{place}.roles[{index}].policies")
    yield from _repeated(f"{place}.roles", "name", (role.name.lower() for role in account.roles))
    for index, policy in enumerate(account.policies):
        yield from policy_faults(policy, f"{place}.policies[{index}]", (PolicyType.IDENTITY,))


def _user_faults(user: User, place: str) -> Iterator[tuple[str, str]]:
    if not ids.USER_NAME.fullmatch(user.name):
        yield f"{place}.name", f"expected an IAM user name, found `{user.name}`"
    yield from _secret_faults(user, place)
    if user.passkey:
        yield from _passkey_faults(user.passkey, f"{place}.passkey")


def _secret_faults(person: Root | User | Operator, place: str) -> Iterator[tuple[str, str]]:
    try:
        decoded = b32decode(person.totp_secret)
    except ValueError:
        decoded = b""
    if person.totp_secret and len(decoded) < SHORTEST_SECRET:
        yield f"{place}.totp_secret", f"expected base32 of at least {SHORTEST_SECRET} bytes, in capital letters"


def _passkey_faults(passkey: Passkey, place: str) -> Iterator[tuple[str, str]]:
    for name, least, most in (("credential_id", 16, 1023), ("user_handle", 1, 64)):
        try:
            fits = least <= len(from_base64url(getattr(passkey, name))) <= most
        except ValueError:
            fits = False
        if not fits:
            yield f"{place}.{name}", f"expected base64url without padding of {least} to {most} bytes"
    try:
        private_key_of(passkey)
    except ValueError:
        yield f"{place}.private_key", "expected a P-256 key as base64 of PKCS #8"


def _repeated(place: str, name: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value and value in seen:
            yield f"{place}[{index}].{name}", f"expected a value that no other entry has, found `{value}` again"
        seen.add(value)
