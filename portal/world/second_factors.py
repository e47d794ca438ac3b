"""Second factors of a world's people: written as registered devices and onto the trainee's phone, and read back for a dump.

All of it is test material: secrets and keys stand in the world file, so that a script, a virtual authenticator or the trainee's
phone can answer with them. Whoever registers a device of their own gets a secret that no file holds.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.models import Principal
from mfa.base import events
from mfa.fido.flows import credential_digest
from mfa.models import Authenticator, AuthenticatorApp, Passkey
from portal.core.tokens import seal, unseal
from portal.training.phone.models import PhoneApp
from portal.world import definition, keys


def insert_app(owner: Principal, secret: str) -> None:
    """Register an authenticator app with this base32 secret for `owner`, and put it on the owner's phone; nothing for an empty one."""
    if not secret:
        return
    name = f"{_owner_name(owner)}-phone"
    AuthenticatorApp(
        user=owner,
        name=name,
        confirmed=True,
        type=Authenticator.Type.TOTP,
        serial=events.serial(owner, Authenticator.Type.TOTP, name, mark=_mark(owner, name)),
        created_at=owner.created_at,
        sealed_secret=seal(secret),
    ).save()
    PhoneApp(principal=owner, name=name, sealed_secret=seal(secret), created_at=owner.created_at).save()


def insert_passkey(owner: Principal, passkey: definition.Passkey | None) -> None:
    """Register the public half of a world file's passkey for `owner`, as a discoverable one of the device itself."""
    if passkey is None:
        return
    name = f"{_owner_name(owner)}-passkey"
    Passkey(
        user=owner,
        name=name,
        confirmed=True,
        type=Authenticator.Type.FIDO,
        serial=events.serial(owner, Authenticator.Type.FIDO, name, mark=_mark(owner, name)),
        created_at=owner.created_at,
        credential_id=passkey.credential_id,
        credential_digest=_digest(passkey),
        user_handle=passkey.user_handle,
        public_key=keys.public_key_of(passkey),
        discoverable=True,
        user_verified=True,
        attachment="platform",
        transports="internal",
        aaguid="00000000-0000-0000-0000-000000000000",
        attestation="none",
    ).save()


@dataclass(frozen=True, slots=True)
class Registered:
    """What is registered now: the secrets of each principal's authenticator apps, and the digests of all credentials."""

    secrets: Mapping[int, frozenset[str]]
    credentials: frozenset[str]

    def has_secret(self, owner: Principal, secret: str) -> bool:
        """Tell whether an authenticator app of `owner` still has this secret."""
        return bool(secret) and secret in self.secrets.get(owner.pk, frozenset())

    def has_passkey(self, passkey: definition.Passkey | None) -> bool:
        """Tell whether this passkey is still registered."""
        return passkey is not None and _digest(passkey) in self.credentials


def registered(owners: Iterable[Principal]) -> Registered:
    """Return what `owners` have registered; two queries."""
    ids = [owner.pk for owner in owners]
    secrets: dict[int, set[str]] = {}
    for owner, sealed in AuthenticatorApp.objects.filter(confirmed=True, user__in=ids).values_list("user_id", "sealed_secret"):
        secrets.setdefault(owner, set()).add(unseal(sealed) or "")
    credentials = Passkey.objects.filter(confirmed=True, user__in=ids).values_list("credential_digest", flat=True)
    return Registered({owner: frozenset(found) for owner, found in secrets.items()}, frozenset(credentials))


def sign_counts(passkeys: Iterable[definition.Passkey]) -> dict[definition.Passkey, int]:
    """Return the last signature counter of each passkey that is registered still; one query."""
    by_digest = {_digest(passkey): passkey for passkey in passkeys}
    rows = Passkey.objects.filter(credential_digest__in=by_digest).values_list("credential_digest", "sign_count")
    return {by_digest[digest]: count for digest, count in rows}


def _digest(passkey: definition.Passkey) -> str:
    return credential_digest(keys.from_base64url(passkey.credential_id))


def _owner_name(owner: Principal) -> str:
    return "root" if owner.kind == Principal.Kind.ROOT else owner.name


def _mark(owner: Principal, name: str) -> str:
    """Return the mark that this device has in every load of the world, so that events before and after a reset agree."""
    return hashlib.sha256(f"{owner.account_id}/{owner.name}/{name}".encode()).hexdigest()[:16].upper()
