"""Refresh tokens say what they are and prove it; nothing else reads as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.oauth import refresh_tokens
from portal.core import base64url

NAME = "AAECAwQFBgcICQoLDA0ODw"


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1))
def test_a_token_reads_as_what_it_was_made_for(name: bytes, generation: int) -> None:
    written = base64url.written(name)
    token = refresh_tokens.make(written, generation)
    assert token.startswith("ASOR")
    assert len(token) < 100
    assert refresh_tokens.read(token) == (written, generation)


@given(st.integers(0, 74), st.sampled_from("AZaz09-_.é="))
def test_no_altered_token_reads_as_one(place: int, character: str) -> None:
    token = refresh_tokens.make(NAME, 7)
    altered = token[:place] + character + token[place + 1 :]
    assert altered == token or refresh_tokens.read(altered) is None


@given(st.text(max_size=200))
def test_nothing_else_reads_as_a_token(text: str) -> None:
    assert refresh_tokens.read(text) is None
    assert refresh_tokens.read(f"ASOR{text}") is None


def test_older_secrets_read_and_the_newest_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEYS", "old")
    token = refresh_tokens.make(NAME, 1)
    monkeypatch.setenv("PORTAL_SECRET_KEYS", "new,old")
    assert refresh_tokens.read(token) == (NAME, 1)
    assert refresh_tokens.make(NAME, 1) != token
    monkeypatch.setenv("PORTAL_SECRET_KEYS", "new")
    assert refresh_tokens.read(token) is None
