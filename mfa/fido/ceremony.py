"""The two WebAuthn ceremonies, pure: options for the browser, and what its answer is worth (WebAuthn Level 3 §7.1, §7.2).

The package `webauthn` verifies; `mfa.fido.answers` reads strictly before it, and what the package leaves to its caller is looked
at here: keys, flags that must not change, and the counter, which counts only once the signature is known to be right.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import parse_authenticator_data
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from accounts.outcomes import Failure
from mfa.fido.answers import RegistrationAnswer, SignInAnswer, encode
from mfa.fido.keys import OFFERED, is_acceptable

HANDLE_BYTES: Final = 64
CHALLENGE_BYTES: Final = 32

log = logging.getLogger("portal.passkeys")


class Fault(StrEnum):
    """Why an answer is worth nothing. Visitors are never told which (§14.6.2)."""

    UNREADABLE = "unreadable"
    NOT_VERIFIED = "not_verified"
    KEY_NOT_OFFERED = "key_not_offered"
    OTHER_OWNER = "other_owner"
    FLAGS_CHANGED = "flags_changed"
    CLONE_SUSPECTED = "clone_suspected"


@dataclass(frozen=True, slots=True)
class Site:
    """Whom passkeys are made for: the relying-party id, the exact origins of its pages, and its name."""

    rp_id: str
    origins: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """A registered credential: id, key (COSE) and user handle in bytes, the last counter, and whether it may be backed up."""

    credential_id: bytes
    public_key: bytes
    user_handle: bytes
    sign_count: int
    synced: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential that its authenticator has proved; `attestation` is the format of the statement that came with it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    user_verified: bool
    synced: bool
    backed_up: bool
    aaguid: str
    attestation: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A credential that was shown: its new counter and state."""

    sign_count: int
    user_verified: bool
    backed_up: bool


def creation_options(
    *, site: Site, challenge: str, user_handle: str, user_name: str, exclude: Sequence[tuple[str, Sequence[str]]], seconds: int
) -> str:
    """Return options for `navigator.credentials.create` as JSON. `exclude` are ids in base64url with their transports."""
    return json.dumps(
        {
            "rp": {"id": site.rp_id, "name": site.name},
            "user": {"id": user_handle, "name": user_name, "displayName": user_name},
            "challenge": challenge,
            "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in OFFERED],
            "timeout": seconds * 1000,
            "excludeCredentials": _descriptors(exclude),
            "authenticatorSelection": {"residentKey": "preferred", "requireResidentKey": False, "userVerification": "preferred"},
            "attestation": "none",
            "extensions": {"credProps": True},
        }
    )


def request_options(*, site: Site, challenge: str, allow: Sequence[tuple[str, Sequence[str]]], user_verification: str, seconds: int) -> str:
    """Return options for `navigator.credentials.get` as JSON; with nothing in `allow`, the passkey says whose it is."""
    return json.dumps(
        {
            "rpId": site.rp_id,
            "challenge": challenge,
            "timeout": seconds * 1000,
            "allowCredentials": _descriptors(allow),
            "userVerification": user_verification,
        }
    )


def _descriptors(listed: Sequence[tuple[str, Sequence[str]]]) -> list[dict[str, Any]]:
    return [{"type": "public-key", "id": name, **({"transports": list(transports)} if transports else {})} for name, transports in listed]


def verify_registration(answer: RegistrationAnswer, *, site: Site, challenge: bytes, verification_required: bool) -> Registered | Failure:
    """Return the new credential, or why the answer is worth nothing."""
    if not is_acceptable(answer.public_key):
        return Failure(Fault.KEY_NOT_OFFERED)
    credential = RegistrationCredential(
        id=encode(answer.credential_id),
        raw_id=answer.credential_id,
        response=AuthenticatorAttestationResponse(client_data_json=answer.client_data, attestation_object=answer.attestation_object),
    )
    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            require_user_verification=verification_required,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(algorithm) for algorithm in OFFERED],
        )
    except Exception as error:  # noqa: BLE001  # whatever the library and what it calls raise on hostile bytes, it is a refusal
        return _not_verified(error)
    if found.credential_id != answer.credential_id:
        return Failure(Fault.NOT_VERIFIED)
    return Registered(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        user_verified=found.user_verified,
        synced=found.credential_device_type == "multi_device",
        backed_up=found.credential_backed_up,
        aaguid=found.aaguid,
        attestation=AttestationFormat(found.fmt).value,
    )


def verify_sign_in(
    answer: SignInAnswer, *, site: Site, challenge: bytes, verification_required: bool, known: Known, handle_required: bool
) -> Shown | Failure:
    """Return what was shown, or why the answer is worth nothing.

    `handle_required`: whether the authenticator must name the user, as it must where nobody was identified before (§7.2, step 6).
    """
    if answer.credential_id != known.credential_id:
        return Failure(Fault.OTHER_OWNER)
    if (handle_required or answer.user_handle) and answer.user_handle != known.user_handle:
        return Failure(Fault.OTHER_OWNER)
    credential = AuthenticationCredential(
        id=encode(answer.credential_id),
        raw_id=answer.credential_id,
        response=AuthenticatorAssertionResponse(
            client_data_json=answer.client_data, authenticator_data=answer.authenticator_data, signature=answer.signature
        ),
    )
    try:
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            credential_public_key=known.public_key,
            # The library would judge the counter before the signature, and so let a stranger raise the alarm.
            credential_current_sign_count=0,
            require_user_verification=verification_required,
        )
        flags = parse_authenticator_data(answer.authenticator_data).flags
    except Exception as error:  # noqa: BLE001  # as above
        return _not_verified(error)
    if flags.be != known.synced:
        return Failure(Fault.FLAGS_CHANGED)
    if (found.new_sign_count or known.sign_count) and found.new_sign_count <= known.sign_count:
        return Failure(Fault.CLONE_SUSPECTED)
    return Shown(sign_count=found.new_sign_count, user_verified=found.user_verified, backed_up=found.credential_backed_up)


def _not_verified(error: Exception) -> Failure:
    """Note for whoever runs the portal why: a wrong origin or relying-party id is a matter of settings."""
    log.info("a passkey was refused: %.200r", str(error))
    return Failure(Fault.NOT_VERIFIED)
