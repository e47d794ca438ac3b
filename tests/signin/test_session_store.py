"""The session before anybody is signed in: whose ids are chosen by the portal alone, and which does not come back once dropped."""

import pytest
import redis
from django.contrib.sessions.backends.base import UpdateError

from accounts.sessions.store import SessionStore


def _kept(**held: object) -> SessionStore:
    session = SessionStore()
    session.update(held)
    session.save()
    return session


def test_what_was_kept_is_there_again_under_its_id() -> None:
    first = _kept(step=1)
    assert SessionStore(first.session_key)["step"] == 1
    assert len(str(first.session_key)) == 43


def test_ses_02_an_id_that_is_not_known_is_not_taken() -> None:
    session = SessionStore("chosen-by-somebody-else-and-long-enough-too")
    assert session.is_empty() or "step" not in session
    session["step"] = 1
    session.save()
    assert session.session_key != "chosen-by-somebody-else-and-long-enough-too"


def test_ses_01_a_new_id_ends_the_former_at_once() -> None:
    session = _kept(step=1)
    former = str(session.session_key)
    session.cycle_key()
    assert "step" not in SessionStore(former)
    session.save()
    assert SessionStore(session.session_key)["step"] == 1
    assert session.session_key != former


def test_a_session_that_was_dropped_meanwhile_does_not_come_back() -> None:
    session = _kept(step=1)
    other = SessionStore(session.session_key)
    other["step"] = 2
    session.flush()
    with pytest.raises(UpdateError):
        other.save()
    assert session.session_key is None


def test_ses_14_the_cache_holds_json_under_a_digest(cache_client: redis.Redis) -> None:
    session = _kept(step=1)
    names = [name.decode() for name in cache_client.keys("session:*") if isinstance(name, bytes)]
    assert len(names) == 1
    assert str(session.session_key) not in names[0]
    assert cache_client.get(names[0]) == b'{"step": 1}'
    assert 0 < cache_client.ttl(names[0]) <= session.get_expiry_age()
