"""Password rules: the account policy of IAM users, and the fixed rules of root users and operators.

Sources: IAM user guide "Set an account password policy for IAM users" (default and custom policy, symbols), "Change the password
for the root user". Lengths count code points; nothing is trimmed (ASVS 6.2.8).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from gzip import open as gzip_open
from pathlib import Path

import django.contrib.auth.password_validation as django_passwords
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import PasswordPolicy

IAM_SYMBOLS = "!@#$%^&*()_+-=[]{}|'"
ROOT_SYMBOLS = "!@#$%^&*()<>[]{}|_+-="
LONGEST = 128
_IAM_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*")
"""IAM API reference, CreateLoginProfile."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a password is refused: a stable code and a sentence for the person who chose it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What a password must be: lengths in code points, classes out of upper, lower, digit, symbol; `latin` is IAM's set of characters."""

    shortest: int = 8
    classes_needed: int = 3
    upper: bool = False
    lower: bool = False
    digit: bool = False
    symbol: bool = False
    symbols: str = IAM_SYMBOLS
    check_common: bool = False
    latin: bool = False


DEFAULT_IAM = Rule(latin=True)
ROOT = Rule(symbols=ROOT_SYMBOLS)
OPERATOR = Rule(shortest=15, classes_needed=0, check_common=True)
"""Operators follow NIST SP 800-63B-4 §3.1.1.2: length and a blocklist, no composition."""


def rule_of(policy: PasswordPolicy | None) -> Rule:
    """Return the rule of an account's policy; without one, the default policy."""
    if policy is None:
        return DEFAULT_IAM
    return Rule(
        shortest=policy.minimum_length,
        classes_needed=0,
        upper=policy.require_uppercase,
        lower=policy.require_lowercase,
        digit=policy.require_numbers,
        symbol=policy.require_symbols,
        latin=True,
    )


@cache
def _common_passwords() -> frozenset[str]:
    path = Path(django_passwords.__file__).with_name("common-passwords.txt.gz")
    with gzip_open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)


def problems(password: str, *, rule: Rule, words: tuple[str, ...] = ()) -> list[Problem]:
    """Return every reason against `password`; empty when it may be used. `words` are names it must not equal."""
    upper = any("A" <= character <= "Z" for character in password)
    lower = any("a" <= character <= "z" for character in password)
    digit = any("0" <= character <= "9" for character in password)
    symbol = any(character in rule.symbols for character in password)
    checks: tuple[tuple[bool, str, Callable[[], str]], ...] = (
        (len(password) < rule.shortest, "too_short", lambda: _shortest_words(rule.shortest)),
        (len(password) > LONGEST, "too_long", lambda: _("Password should have at most %(number)d characters.") % {"number": LONGEST}),
        (sum((upper, lower, digit, symbol)) < rule.classes_needed, "too_few_classes", lambda: _classes_words(rule.symbols)),
        (rule.upper and not upper, "no_uppercase", lambda: _("Password should have at least one uppercase letter.")),
        (rule.lower and not lower, "no_lowercase", lambda: _("Password should have at least one lowercase letter.")),
        (rule.digit and not digit, "no_number", lambda: _("Password should have at least one number.")),
        (rule.symbol and not symbol, "no_symbol", lambda: _symbol_words(rule.symbols)),
        (
            any(word and password.casefold() == word.casefold() for word in words),
            "is_a_name",
            lambda: _("Password should not be the account name or the email address."),
        ),
        (
            rule.latin and not _IAM_CHARACTERS.fullmatch(password),
            "character",
            lambda: _("Password should have only characters of the Latin-1 set: letters, numbers, symbols, spaces."),
        ),
        (
            rule.check_common and password.casefold() in _common_passwords(),
            "common",
            lambda: _("Password is on the list of the most used passwords. Choose another."),
        ),
    )
    return [Problem(code, message()) for broken, code, message in checks if broken]


def _shortest_words(number: int) -> str:
    text = ngettext(
        "Password should have a minimum length of %(number)d character.", "Password should have a minimum length of %(number)d characters.", number
    )
    return text % {"number": number}


def _classes_words(symbols: str) -> str:
    text = _("Password should have at least three of: uppercase letters, lowercase letters, numbers, symbols (%(symbols)s).")
    return text % {"symbols": symbols}


def _symbol_words(symbols: str) -> str:
    return _("Password should have at least one of these symbols: %(symbols)s") % {"symbols": symbols}


def root_problems(password: str, *, account_name: str, email: str) -> list[Problem]:
    """Return every reason against a root user's new password."""
    return problems(password, rule=ROOT, words=(account_name, email))


def rule_texts(rule: Rule) -> list[str]:
    """Return the rule in words, for the page that asks for a new password."""
    texts = [
        ngettext("At least %(number)d character", "At least %(number)d characters", rule.shortest) % {"number": rule.shortest},
    ]
    if rule.classes_needed:
        texts.append(_("At least three of: uppercase letters, lowercase letters, numbers, symbols"))
        texts.append(_("Not the account name or the email address"))
    if rule.upper:
        texts.append(_("At least one uppercase letter"))
    if rule.lower:
        texts.append(_("At least one lowercase letter"))
    if rule.digit:
        texts.append(_("At least one number"))
    if rule.symbol:
        texts.append(_("At least one symbol"))
    return texts
