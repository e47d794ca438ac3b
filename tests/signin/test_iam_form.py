"""What is typed plainly is read without the form, and reads the same."""

import itertools

import pytest
from django.http import QueryDict

from accounts.signin.iam_user.forms import IamUserForm, typed, typed_plainly

ACCOUNTS = [
    "111122223333",
    "1111-2222-3333",
    " 111122223333",
    "anycompany",
    "AnyCompany",
    "any--company",
    "a",
    "123456-789012",
    "１１１１２２２２３３３３",
    "",
]
NAMES = ["Carlos", "carlos ", "a" * 64, "a" * 65, "a b", "名", "x,=@.-+", ""]
PASSWORDS = ["Copper-Kettle-2381", " with space ", "p" * 128, "p" * 129, "line\nbreak", "nul\x00", "half\ud800", "パスワード", ""]


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("username", NAMES)
def test_plain_reading_reads_what_the_form_reads_or_nothing(account: str, username: str) -> None:
    for password, remember in itertools.product(PASSWORDS, [None, "", "on", "false", "False", "0"]):
        sent = QueryDict(mutable=True)
        sent.update({"account": account, "username": username, "password": password})
        if remember is not None:
            sent["remember"] = remember
        plainly = typed_plainly(sent)
        assert plainly in {None, typed(IamUserForm(sent))}


def test_what_nearly_everybody_types_is_plain() -> None:
    for account in ("111122223333", "anycompany"):
        assert typed_plainly({"account": account, "username": "Carlos", "password": "Copper-Kettle-2381"}) is not None


def test_a_password_is_never_shown() -> None:
    assert "Kettle" not in repr(typed_plainly({"account": "111122223333", "username": "Carlos", "password": "Copper-Kettle-2381"}))
