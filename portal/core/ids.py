"""Identifiers as the cloud spells them, and the one canonical form of what a person types.

Sources: IAM user guide "IAM identifiers" (unique id prefixes), botocore `signin` model (account id), IAM quotas (alias, user name).
"""

import re
import secrets
import string

from portal.core.tokens import random_text

_BASE32 = string.ascii_uppercase + "234567"
_LOWER = string.ascii_lowercase + string.digits

ACCOUNT_ID = re.compile(r"[0-9]{12}")
ALIAS = re.compile(r"(?=.{3,63}\Z)(?![0-9]{12}\Z)[a-z0-9](?:[a-z0-9]|-(?!-))*[a-z0-9]")
USER_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
SESSION_NAME = re.compile(r"(?:[0-9]{12}|operator)-[a-z0-9]{8}")
SESSION_TAIL = re.compile(r"[a-z0-9]{8}")


def unique_id(prefix: str) -> str:
    """Return an IAM unique id such as `AIDA…` (user) or `AROA…` (role): the prefix and 17 base-32 characters."""
    return prefix + random_text(_BASE32, 17)


def account_id() -> str:
    """Return 12 random digits, the first not zero."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


def session_name(owner: str) -> str:
    """Return a new session name, `OWNER-xxxxxxxx`: the account id (or `operator`) and 8 lower-case alphanumerics."""
    return f"{owner}-{random_text(_LOWER, 8)}"


def dashed(account: str) -> str:
    """Return a 12-digit account id as people read it: `1111-2222-3333`."""
    return f"{account[:4]}-{account[4:8]}-{account[8:]}" if len(account) == 12 else account


def account_key(typed: str) -> str:
    """Return the canonical form of a typed account id or alias: dashes and spaces of an id dropped, an alias in lower case."""
    text = typed.strip()
    digits = text.replace("-", "").replace(" ", "")
    return digits if ACCOUNT_ID.fullmatch(digits) and digits.isascii() else text.lower()


def email_key(typed: str) -> str:
    """Return the canonical form of an e-mail address: surrounding space dropped, ASCII lower case.

    Letters outside ASCII stay as they are, so that no look-alike folds onto a stored address (CVE-2019-19844).
    """
    text = typed.strip()
    return text.lower() if text.isascii() else "".join(character.lower() if character.isascii() else character for character in text)


def user_name_key(typed: str) -> str:
    """Return the canonical form of an IAM user name, which is matched without regard to case (IAM quotas)."""
    return email_key(typed)
