"""What an authenticator app reads: an `otpauth://` address or a typed secret key. Pure.

The form is the "Key Uri Format" of Google Authenticator, which every app follows. The phone makes codes of the one common kind:
SHA-1, six digits, 30 seconds.
"""

from base64 import b32decode
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext as _

from accounts.outcomes import Failure

LONGEST_NAME = 200
FEWEST_BYTES, MOST_BYTES = 10, 64
"""Length of a secret: RFC 4226 wants 16 bytes at least, and services exist that hand out 10; 64 is a block of SHA-1."""
_ONLY = {"algorithm": "SHA1", "digits": "6", "period": "30"}


class KeyFault(StrEnum):
    """Why nothing could be read."""

    NO_ADDRESS = "no_address"
    NO_SECRET = "no_secret"  # noqa: S105  # the name of a fault
    OTHER_KIND = "other_kind"

    @property
    def words(self) -> str:
        """The reason as people read it, with how to mend it."""
        match self:
            case KeyFault.NO_ADDRESS:
                return _("This is no address of a QR code. It begins with `otpauth://totp/` and names a secret.")
            case KeyFault.NO_SECRET:
                return _("This is no secret key. It has 16 or more of the letters A to Z and the digits 2 to 7.")
            case KeyFault.OTHER_KIND:
                return _("This phone makes codes of six digits every 30 seconds with SHA-1, and no others.")


class Key(NamedTuple):
    """What an app needs of a registration: the name that it shows, and the secret in base32 without padding."""

    name: str
    secret: str

    def __repr__(self) -> str:
        return f"<Key {self.name!r}>"


def secret_key(typed: str) -> str | None:
    """Return a typed secret in its one spelling: capital letters, without spaces, dashes and padding; None when it is none."""
    text = "".join(typed.split()).replace("-", "").rstrip("=").upper()
    try:
        length = len(b32decode(text + "=" * (-len(text) % 8)))
    except ValueError:
        return None
    return text if FEWEST_BYTES <= length <= MOST_BYTES else None


def read_address(text: str) -> Key | Failure:
    """Return what an `otpauth://` address says."""
    try:
        parts = urlsplit(text.strip())
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=20)
    except ValueError:
        return Failure(KeyFault.NO_ADDRESS)
    if parts.scheme != "otpauth" or any(len(values) > 1 for values in query.values()):
        return Failure(KeyFault.NO_ADDRESS)
    if parts.netloc != "totp" or any(name in query and query[name][0].upper() != value for name, value in _ONLY.items()):
        return Failure(KeyFault.OTHER_KIND)
    secret = secret_key(query.get("secret", [""])[0])
    if secret is None:
        return Failure(KeyFault.NO_ADDRESS)
    return Key(_name(unquote(parts.path.removeprefix("/")), query.get("issuer", [""])[0]), secret)


def _name(label: str, issuer: str) -> str:
    """Return `issuer (account)`, from a label that may or may not repeat the issuer."""
    prefix, colon, account = label.partition(":")
    issuer, account = (issuer or prefix if colon else issuer).strip(), (account if colon else label).strip()
    name = f"{issuer} ({account})" if issuer and account else issuer or account
    return "".join(character for character in name if character.isprintable())[:LONGEST_NAME]
