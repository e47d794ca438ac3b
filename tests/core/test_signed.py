"""Signed values: Django's own signer reads what is written and writes what is read; anything else is nothing."""

import time
from typing import Any

import pytest
from django.core import signing

from portal.conf import conf
from portal.core.signed import sign, signed_value

SALT = "vestibule.test"


@pytest.mark.parametrize("value", [["a", "b", ""], {"12": 3}, "é\u2028\x00", 0, []])
def test_values_are_djangos(value: Any) -> None:
    assert signing.loads(sign(value, salt=SALT), salt=SALT) == value
    assert signed_value(signing.dumps(value, salt=SALT), salt=SALT, max_age=60) == value
    assert signed_value(sign(value, salt=SALT), salt=SALT, max_age=60) == value


def test_an_altered_value_is_nothing() -> None:
    signed = sign(["a"], salt=SALT)
    for place, character in enumerate(signed):
        assert signed_value(signed[:place] + ("A" if character != "A" else "B") + signed[place + 1 :], salt=SALT, max_age=60) is None
    assert signed_value(signed, salt="vestibule.other", max_age=60) is None


@pytest.mark.parametrize("text", ["", ":", "::", ":::", "a", "a:b", "a:b:c", "é:é:é", "\ud800:a:b", "W10:zz:", ":0:"])
def test_junk_is_nothing(text: str) -> None:
    assert signed_value(text, salt=SALT, max_age=60) is None


def test_what_is_too_old_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = sign(["a"], salt=SALT)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 59)
    assert signed_value(signed, salt=SALT, max_age=60) == ["a"]
    monkeypatch.setattr(time, "time", lambda: now + 62)
    assert signed_value(signed, salt=SALT, max_age=60) is None


def test_an_older_secret_still_counts_and_a_dropped_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "old" * 20, "new" * 20
    monkeypatch.setitem(vars(conf), "secret_keys", (old,))
    signed = sign(["a"], salt=SALT)
    monkeypatch.setitem(vars(conf), "secret_keys", (new, old))
    assert signed_value(signed, salt=SALT, max_age=60) == ["a"]
    monkeypatch.setitem(vars(conf), "secret_keys", (new,))
    assert signed_value(signed, salt=SALT, max_age=60) is None
