"""The form of the IAM user's sign-in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import PASSWORD_LIMIT, AccountField, PasswordField, UserNameField
from portal.core import ids

_PASSWORD = re.compile(rf"[^\x00\ud800-\udfff]{{1,{PASSWORD_LIMIT}}}")


class IamUserForm(forms.Form):
    """Account, user name, password, and whether the browser is to keep the first two."""

    account = AccountField()
    username = UserNameField()
    password = PasswordField()
    remember = forms.BooleanField(label=_("Remember this account"), required=False)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a readable form says: the account's id or alias in canonical form, user name, password, and whether to remember the first two."""

    account: str
    username: str
    password: str = field(repr=False)
    remember: bool


def typed_plainly(sent: Mapping[str, str]) -> Typed | None:
    """Return what `IamUserForm` would read, where every value stands in its canonical form already; None sends them through the form.

    That is how nearly everybody types, and setting up a form with four fields costs as much as all statements of a sign-in.
    """
    account, username, password = sent.get("account", ""), sent.get("username", ""), sent.get("password", "")
    canonical = ids.ACCOUNT_ID.fullmatch(account) or (ids.ALIAS.fullmatch(account) and ids.account_key(account) == account)
    if not canonical or not ids.USER_NAME.fullmatch(username) or not _PASSWORD.fullmatch(password):
        return None
    remember = sent.get("remember", "")
    return Typed(account, username, password, remember=remember.lower() != "false" and bool(remember))


def typed(form: IamUserForm) -> Typed | None:
    """Return what a bound form says; None when it cannot be read, and the form tells why."""
    values = form.cleaned_data if form.is_valid() else None
    return Typed(values["account"], values["username"], values["password"], remember=values["remember"]) if values else None
