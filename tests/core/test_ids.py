"""Identifiers: one canonical form for everything that a person may type."""

import re
from collections import Counter

import pytest

from portal.core import ids
from portal.core.tokens import random_text


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("111122223333", "111122223333"),
        ("1111-2222-3333", "111122223333"),
        (" 1111 2222 3333 ", "111122223333"),
        ("AnyCompany", "anycompany"),
        ("any-company", "any-company"),
        ("1111-2222-333", "1111-2222-333"),
        ("\u0661" * 12, "\u0661" * 12),
        ("", ""),
    ],
)
def test_an_account_is_an_id_or_an_alias(typed: str, key: str) -> None:
    assert ids.account_key(typed) == key


@pytest.mark.parametrize("alias", ["abc", "a-b-c", "a1", "1a2", "a" * 63, "123456789012a"])
def test_aliases(alias: str) -> None:
    assert bool(ids.ALIAS.fullmatch(alias)) is (len(alias) >= 3)


@pytest.mark.parametrize("alias", ["", "ab", "-abc", "abc-", "a--b", "Abc", "a_b", "a.b", "a" * 64, "123456789012", "abc\n", "\u00e4bc"])
def test_what_is_no_alias(alias: str) -> None:
    assert not ids.ALIAS.fullmatch(alias)


@pytest.mark.parametrize("name", ["a", "Carlos", "zhang@example.com", "_+=,.@-", "a" * 64])
def test_user_names(name: str) -> None:
    assert ids.USER_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "a/b", "a:b", "\u00fcser", "a\n", "<b>"])
def test_what_is_no_user_name(name: str) -> None:
    assert not ids.USER_NAME.fullmatch(name)


@pytest.mark.parametrize("typed", ["Mike@Example.com", " mike@example.com ", "MIKE@EXAMPLE.COM"])
def test_an_address_has_one_key(typed: str) -> None:
    assert ids.email_key(typed) == "mike@example.com"


@pytest.mark.parametrize("typed", ["m\u0131ke@example.com", "mi\u212ae@example.com", "\uff4dike@example.com", "mike@example.com."])
def test_rst_02_no_look_alike_folds_onto_an_address(typed: str) -> None:
    assert ids.email_key(typed) != "mike@example.com"


def test_made_ids_have_the_clouds_form() -> None:
    for _ in range(200):
        assert re.fullmatch(r"AIDA[A-Z2-7]{17}", ids.unique_id("AIDA"))
        assert re.fullmatch(r"[1-9][0-9]{11}", ids.account_id())
        assert ids.SESSION_NAME.fullmatch(ids.session_name("111122223333"))
    assert ids.SESSION_NAME.fullmatch(ids.session_name("operator"))
    assert ids.dashed("111122223333") == "1111-2222-3333"
    assert ids.dashed("anycompany") == "anycompany"


def test_random_text_is_of_its_alphabet_and_evenly_so() -> None:
    counted = Counter(random_text("abcdefghijklmnopqrstuvwxyz0123456789", 36_000))
    assert set(counted) == set("abcdefghijklmnopqrstuvwxyz0123456789")
    assert all(800 < count < 1200 for count in counted.values())
    assert len(random_text("ab", 1)) == 1
