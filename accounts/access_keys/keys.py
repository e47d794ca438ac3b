"""How keys look. Ids begin with `SKIA` (long-term) and `SSIA` (temporary), so that none can be taken for a real one. Pure."""

import re
import string

from portal.core.tokens import random_text

LONG_TERM = "SKIA"
TEMPORARY = "SSIA"
KEY_ID = re.compile(r"S(?:KIA|SIA)[A-Z0-9]{16}", re.ASCII)
_ID = string.ascii_uppercase + "234567"
_SECRET = string.ascii_letters + string.digits + "+/"


def new_id(prefix: str) -> str:
    """Return a fresh key id: the prefix and 16 base-32 characters."""
    return prefix + random_text(_ID, 16)


def new_secret() -> str:
    """Return a fresh secret of 40 characters, 240 bits, from the system's generator."""
    return random_text(_SECRET, 40)
