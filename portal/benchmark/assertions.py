"""A security key as far as a measurement needs one: it registers itself and signs challenges (WebAuthn §6.1, §6.3.3)."""

import json
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url, encode_cbor

from accounts.models import Principal
from mfa.fido.flows import credential_digest
from mfa.models import Authenticator, Passkey
from portal.conf import conf

_PRESENT_AND_VERIFIED = 0b101


class SecurityKey:
    """One ES256 credential of `owner`, whose counter grows with every signature."""

    def __init__(self, owner: Principal) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(32)
        self._handle = secrets.token_bytes(64)
        self._count = 0
        point = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        Passkey(
            user=owner,
            name=f"{owner.name}-key",
            confirmed=True,
            type=Authenticator.Type.FIDO,
            serial=f"arn:aws:iam::{owner.account_id}:u2f/user/{owner.name}/{owner.name}-key",
            credential_id=bytes_to_base64url(self._id),
            credential_digest=credential_digest(self._id),
            user_handle=bytes_to_base64url(self._handle),
            public_key=bytes_to_base64url(encode_cbor(public)),
        ).save()

    def sign(self, options: str) -> str:
        """Return what a browser posts for these options of `navigator.credentials.get`, as JSON."""
        wanted = json.loads(options)
        self._count += 1
        data = sha256(wanted["rpId"].encode()).digest() + bytes([_PRESENT_AND_VERIFIED]) + self._count.to_bytes(4, "big")
        client = json.dumps({"type": "webauthn.get", "challenge": wanted["challenge"], "origin": conf.rp_origins[0], "crossOrigin": False}).encode()
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        named = bytes_to_base64url(self._id)
        response = {"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": self._handle}
        return json.dumps(
            {
                "id": named,
                "rawId": named,
                "type": "public-key",
                "authenticatorAttachment": "cross-platform",
                "clientExtensionResults": {},
                "response": {name: bytes_to_base64url(value) for name, value in response.items()},
            }
        )
