"""base64url without padding (RFC 7515 §2), which tokens, proofs and challenges are written in.

The standard library's functions for it take ten calls where two do, and a token request reads and writes ten such texts.
"""

from binascii import a2b_base64, b2a_base64

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def written(octets: bytes) -> str:
    """Return octets as base64url without padding."""
    return b2a_base64(octets, newline=False).translate(_TO_URL, b"=").decode()


def octets_of(text: str) -> bytes:
    """Return the octets of a text in base64url; raises ValueError where there are none.

    As the standard library does it passes over other characters: whoever must not compares with what `written` makes of it.
    """
    return a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"==")
