"""The text of a security check: drawn from the system's generator, compared in one canonical form."""

import secrets
import unicodedata

LENGTH = 6
ALPHABET = "ACEFHJKMPRTUWXY34679"
"""Characters that look alike when bent and turned are left out (0 O Q D, 1 I L, 5 S, 2 Z, 8 B, U V, 6 G, M N), and with them most
that sound alike. Six of twenty are 64 million texts, for one try each."""


def new_text() -> str:
    """Return a fresh text of six characters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def canonical(*, typed: str) -> str:
    """Return what is compared: compatibility forms resolved once (full-width letters), spaces dropped, capitals."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()
