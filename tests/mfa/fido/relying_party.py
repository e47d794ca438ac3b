"""The portal as a relying party, without HTTP and database: what it offers, and what it makes of an answer."""

import json

import pytest

from accounts.outcomes import Failure
from mfa.fido import answers, ceremony
from mfa.fido.cbor import Malformed
from mfa.fido.ceremony import Fault, Known, Registered, Shown, Site
from tests.mfa.fido.authenticator import (
    EDDSA,
    ES256,
    RS256,
    SITE,
    Posted,
    SoftwareAuthenticator,
    decode,
    encode,
)

HERE = Site("localhost", (SITE,), "Simulated AWS")
CHALLENGE = encode(b"c" * 32)
HANDLE = encode(b"h" * 64)
CREATE = ceremony.creation_options(site=HERE, challenge=CHALLENGE, user_handle=HANDLE, user_name="Carlos @ anycompany", exclude=[], seconds=300)
GET = ceremony.request_options(site=HERE, challenge=CHALLENGE, allow=[], user_verification="preferred", seconds=300)
ALGORITHMS = pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256], ids=["ES256", "EdDSA", "RS256"])


def registered(posted: Posted | str, *, verification_required: bool = False) -> Registered | Failure:
    """Return what the portal makes of a new passkey."""
    try:
        answer = answers.read_registration(posted if isinstance(posted, str) else json.dumps(posted))
    except Malformed:
        return Failure(Fault.UNREADABLE)
    return ceremony.verify_registration(answer, site=HERE, challenge=decode(CHALLENGE), verification_required=verification_required)


def known(passkey: SoftwareAuthenticator) -> Known:
    """Return a passkey as the portal has registered it, with the counter as it stands now."""
    passkey.user_handle = b""
    found = registered(passkey.make(CREATE))
    assert isinstance(found, Registered), found
    return Known(found.credential_id, found.public_key, passkey.user_handle, found.sign_count, found.synced)


def shown(posted: Posted | str, stored: Known, *, verification_required: bool = False, handle_required: bool = False) -> Shown | Failure:
    """Return what the portal makes of a passkey that is shown."""
    try:
        answer = answers.read_sign_in(posted if isinstance(posted, str) else json.dumps(posted))
    except Malformed:
        return Failure(Fault.UNREADABLE)
    return ceremony.verify_sign_in(
        answer,
        site=HERE,
        challenge=decode(CHALLENGE),
        verification_required=verification_required,
        known=stored,
        handle_required=handle_required,
    )
