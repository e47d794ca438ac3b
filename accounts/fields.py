"""Form fields of what people type on sign-in pages: each has one canonical form, one length, and words that say how to mend it."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.conf import conf
from portal.core import ids
from portal.core.realness import is_reserved_domain

EMAIL_LIMIT = 254
"""Longest address in a mail envelope, in characters (RFC 5321 §4.5.3.1.3, erratum 1690)."""
PASSWORD_LIMIT = 128
"""Longest password, in code points (IAM user guide, "Set an account password policy")."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")
_SURROGATE = re.compile("[\ud800-\udfff]")


def refuse_surrogates(text: str) -> None:
    """Refuse half characters, which no database and no hash can take."""
    if _SURROGATE.search(text):
        raise ValidationError(_("Some characters cannot be read. Type the value again."), code="surrogate")


class SimulatedEmailField(forms.CharField):
    """An e-mail address under a reserved domain or one of the operator's own; gives it as typed, without surrounding space."""

    widget = forms.EmailInput
    default_error_messages = {
        "required": _("Enter an email address."),
        "invalid": _("Enter an email address such as `name@example.com`."),
        "real": _("This looks real. Use an address that ends in `example.com`, `example.net`, `example.org`, `.example`, `.test`, `.invalid`."),
    }

    def __init__(self, *, autocomplete: str = "username", **options: Any) -> None:
        options.setdefault("label", _("Email address"))
        super().__init__(max_length=EMAIL_LIMIT, validators=[refuse_surrogates], **options)
        self.widget.attrs.update({"autocomplete": autocomplete, "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        """Return the address."""
        typed = str(super().clean(value))
        if not typed:
            return typed
        found = _EMAIL.fullmatch(typed)
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if not is_reserved_domain(found["domain"], allowed=conf.mail_domains):
            raise ValidationError(self.error_messages["real"], code="real")
        return typed


class UserNameField(forms.CharField):
    """The name of an IAM user: 1 to 64 of the characters that IAM allows (IAM quotas)."""

    default_error_messages = {
        "required": _("Enter your user name."),
        "invalid": _("A user name has letters, digits and `_ + = , . @ -` only."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("IAM user name"))
        super().__init__(max_length=64, validators=[refuse_surrogates], **options)
        self.widget.attrs.update({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        """Return the name as typed, without surrounding space."""
        typed = str(super().clean(value))
        if typed and not ids.USER_NAME.fullmatch(typed):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return typed


class AccountField(forms.CharField):
    """An account id, with or without dashes, or an account alias; gives its canonical form (`portal.core.ids.account_key`)."""

    default_error_messages = {
        "required": _("Enter the account ID (12 digits) or the account alias."),
        "invalid": _("An account ID has 12 digits. An account alias has 3 to 63 lower-case letters, digits and single dashes."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Account ID (12 digits) or account alias"))
        super().__init__(max_length=63, validators=[refuse_surrogates], **options)
        self.widget.attrs.update({"autocomplete": "organization", "autocapitalize": "none", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        """Return twelve digits, or the alias in lower case."""
        typed = str(super().clean(value))
        if not typed:
            return typed
        key = ids.account_key(unicodedata.normalize("NFKC", typed))
        if not ids.ACCOUNT_ID.fullmatch(key) and not ids.ALIAS.fullmatch(key):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return key


class CodeField(forms.CharField):
    """A code of six digits; full-width digits count as digits, spaces and dashes are dropped."""

    default_error_messages = {
        "required": _("Enter the code."),
        "invalid": _("A code has six digits."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Verification code"))
        super().__init__(max_length=16, validators=[refuse_surrogates], **options)
        self.widget.attrs.update({"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        """Return the six digits."""
        typed = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", str(super().clean(value))))
        if typed and not re.fullmatch(r"[0-9]{6}", typed):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return typed


class PasswordField(forms.CharField):
    """A password of 1 to 128 code points, never stripped, never shown again."""

    widget = forms.PasswordInput
    default_error_messages = {"required": _("Enter a password.")}

    def __init__(self, *, autocomplete: str = "current-password", **options: Any) -> None:
        options.setdefault("label", _("Password"))
        super().__init__(max_length=PASSWORD_LIMIT, strip=False, validators=[refuse_surrogates], **options)
        self.widget.attrs.update({"autocomplete": autocomplete})
