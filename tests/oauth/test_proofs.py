"""OA-09, RACE-09: a proof counts once, for as long as it is good, whichever worker sees it."""

import time
from collections.abc import Iterator

import pytest
import redis

from accounts.oauth import proofs
from accounts.oauth.dpop import LEEWAY, MAX_AGE, Proof, ProofRefused
from portal.conf import conf
from tests.races import PARALLEL, racers

BODY, OTHER = b'{"a":1}', b'{"a":2}'
NOW = int(time.time())


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the tests say what time it is, and forget what a memory without Redis has seen."""
    at(monkeypatch, 0)
    proofs._local = proofs.ProcessMemory()
    yield
    proofs._shared.cache_clear()


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(proofs.time, "time", lambda: NOW + seconds)  # type: ignore[attr-defined]  # the module's own import


def used(jti: str = "one", *, made: int = 0, body: bytes = BODY, jkt: str = "key") -> bool:
    try:
        proofs.use(Proof(jkt, jti, NOW + made), body=body)
    except ProofRefused:
        return False
    return True


def test_oa_09_a_proof_passes_again_only_for_the_same_request_and_a_short_while(monkeypatch: pytest.MonkeyPatch) -> None:
    assert used()
    assert used()
    assert not used(body=OTHER)
    at(monkeypatch, proofs.RETRY_SECONDS)
    assert used()
    for later in (proofs.RETRY_SECONDS + 1, 59, 61):
        at(monkeypatch, later)
        assert not used()
    assert used("two")
    assert used("one", jkt="another key")


def test_oa_09_a_proof_is_remembered_for_longer_than_it_is_good(cache_client: redis.Redis) -> None:
    used(made=LEEWAY)
    kept = [cache_client.ttl(key) for key in cache_client.scan_iter("dpop:*") if key != b"dpop:since"]
    assert len(kept) == 1
    assert kept[0] > MAX_AGE + LEEWAY


def test_oa_09_what_is_remembered_tells_nothing(cache_client: redis.Redis) -> None:
    used("a-jti-of-some-length" * 10)
    stored = b"".join(key + (cache_client.get(key) or b"") for key in cache_client.scan_iter("dpop:*"))
    assert b"a-jti" not in stored
    assert len(stored) < 300


def test_oa_09_after_redis_has_lost_its_memory_old_proofs_do_not_count(cache_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    assert used("before")
    at(monkeypatch, LEEWAY + 5)
    cache_client.flushall()
    assert not used("before")
    assert not used("unused, but as old")
    assert used("new", made=LEEWAY + 4)


def test_flt_03_without_redis_each_process_remembers_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert used("before")
    at(monkeypatch, LEEWAY + 5)
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:1/0")
    assert not used("before")
    assert used("new", made=LEEWAY + 5)
    assert used("new", made=LEEWAY + 5)
    assert not used("new", made=LEEWAY + 5, body=OTHER)
    at(monkeypatch, 500)
    assert not used("new", made=LEEWAY + 5, body=OTHER)
    assert used("newer", made=500)


def test_race_09_twenty_requests_with_one_proof() -> None:
    with racers() as race:
        bodies = [str(number).encode() for number in range(PARALLEL)]

        def work() -> bool:
            return used("raced", body=bodies.pop())

        assert race(work).count(True) == 1
    assert conf.redis_url
