"""Windows and ladders, with the cache and without it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from portal.core import throttle
from portal.core.throttle import Ladder, ProcessCounters, Window

WINDOW = Window("test-window", allowed=3, seconds=60)
LADDER = Ladder("test-ladder", rungs=((2, 10), (4, 100)), seconds=600)


def test_a_window_lets_so_many_through() -> None:
    assert [(WINDOW.hit("a").wait, WINDOW.is_over("a")) for _ in range(5)] == [(0, False), (0, False), (0, False), (60, True), (60, True)]
    assert WINDOW.hit("b").wait == 0
    assert WINDOW.count("a") == 5
    WINDOW.forget("a")
    assert WINDOW.hit("a") == throttle.Hit(1, 0)


def test_a_ladder_spaces_tries_by_growing_waits() -> None:
    assert [LADDER.climb("a").wait for _ in range(3)] == [0, 0, 0]
    assert 0 < LADDER.climb("a").wait <= 10
    assert LADDER.tries("a") == 4
    LADDER.forget("a")
    assert LADDER.climb("a") == throttle.Step(1, 0)


def test_nothing_is_kept_for_ever(cache_client: redis.Redis) -> None:
    WINDOW.hit("a")
    for _ in range(4):
        LADDER.climb("a")
    keys = list(cache_client.scan_iter())
    assert len(keys) == 3
    for key in keys:
        remaining = cache_client.ttl(key)
        assert isinstance(remaining, int)
        assert 0 < remaining <= 600


def test_parts_do_not_run_into_each_other() -> None:
    assert WINDOW.key("a", "b") != WINDOW.key("ab")
    assert WINDOW.key("a") != Window("other", allowed=3, seconds=60).key("a")


def test_without_the_cache_half_as_many_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(throttle, "_local", ProcessCounters())
    window = Window("test", allowed=4, seconds=60)
    assert [(window.hit("a").wait, window.is_over("a")) for _ in range(4)] == [(0, False), (0, False), (60, True), (60, True)]
    assert [LADDER.climb("a").wait > 0 for _ in range(4)] == [False, False, True, True]
    LADDER.forget("a")
    assert LADDER.climb("a").wait == 0


def test_the_twin_counts_as_the_cache_does() -> None:
    counters = ProcessCounters()
    assert counters.tally([("a", 60), ("a", 60), ("b", 60)], ["a", "c"]) == ([2, 2, 1], [2, 0])
    counters.settle(forget=["b"], take_back=["a", "gone"])
    assert counters.tally([], ["a", "b", "gone"]) == ([], [1, 0, 0])
    assert counters.claim("w", 60) == 0
    assert 0 < counters.claim("w", 60) <= 60


def test_a_line_that_the_cache_hung_up_is_dialled_again(cache_client: redis.Redis) -> None:
    assert WINDOW.hit("a").count == 1
    cache_client.client_kill_filter(_type="normal", skipme=True)
    assert WINDOW.hit("a").count == 2


def test_parallel_counts_are_all_counted() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert sorted(hit.count for hit in threads.map(lambda _: WINDOW.hit("a"), range(40))) == list(range(1, 41))
