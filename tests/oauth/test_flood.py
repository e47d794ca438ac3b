"""THR: authorization requests of programs are kept, and anybody may send them: one address opens so many a minute."""

import json

import redis
from django.core.cache import cache
from django.test import Client

from accounts.oauth.pending import BY_ADDRESS, LIFETIME
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, text_of
from tests.oauth.asking import CONSENT, address
from tests.oauth.tool import Tool

HERE, THERE = "198.51.100.9", "198.51.100.10"


def opens(visitor: Visitor, number: int) -> str:
    """Open a request of a program of its own; return the name under which the portal keeps it."""
    answer = visitor.get(address(Tool(), state=f"flood-{number}"))
    assert answer.status_code == 303
    return str(answer.headers["Location"].removeprefix(f"{CONSENT}?request="))


def test_thr_11_one_address_cannot_fill_the_cache_with_requests(world: World) -> None:
    for _ in range(BY_ADDRESS.allowed - 1):
        BY_ADDRESS.hit(HERE)
    flooder = Visitor(address=HERE, language="en")
    last = opens(flooder, 1)
    assert cache.get(f"program-request:{last}")
    kept = len(cache._cache.get_client().keys("*program-request:*"))  # type: ignore[attr-defined]  # the store behind Django's cache
    refused = flooder.get(address(Tool(), state="one too many"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(BY_ADDRESS.seconds))
    assert refused.headers["Content-Type"].startswith("text/html")
    assert "Too many programs asked from this address" in text_of(refused)
    assert "program" not in refused.cookies
    assert len(cache._cache.get_client().keys("*program-request:*")) == kept  # type: ignore[attr-defined]  # nothing more is kept
    opens(Visitor(address=THERE), 2)
    assert flooder.get(f"{CONSENT}?request={last}").status_code == 303, "what was opened before goes on"


def test_thr_11_a_request_that_a_browser_opens_again_counts_for_nobody(world: World) -> None:
    """As by a page that embeds one address many times; before the wait and during it."""
    visitor, tool = Visitor(address=HERE), Tool()
    again = [visitor.get(address(tool, state="the same")).headers["Location"] for _ in range(5)]
    assert len(set(again)) == 1
    assert BY_ADDRESS.count(HERE) == 1
    for _ in range(BY_ADDRESS.allowed):
        BY_ADDRESS.hit(HERE)
    assert visitor.get(address(tool, state="another")).status_code == 429
    assert visitor.get(address(tool, state="the same")).headers["Location"] == again[0]


def test_thr_11_a_request_is_not_kept_much_longer_than_it_is_open(world: World, cache_client: redis.Redis) -> None:
    name = opens(Visitor(address=HERE), 1)
    (key,) = cache_client.keys(f"*program-request:{name}")
    left, open_for = cache_client.ttl(key), LIFETIME.total_seconds()
    assert isinstance(left, int)
    assert open_for < left <= 1.5 * open_for


def test_what_is_kept_nowhere_counts_for_nobody(world: World, iam_user: Person) -> None:
    """The console's own way through this address, refused requests, and approvals without a browser."""
    visitor = Visitor(address=HERE)
    assert visitor.signs_in_as_iam_user(iam_user)
    assert visitor.get(address(Tool(), scope="x")).status_code == 303
    assert visitor.get(address(Tool(), client_id="nobody")).status_code == 400
    body = json.dumps({"url": f"http://localhost:8000{address(Tool())}", "account": "111122223333", "username": "alice"})
    client = Client(HTTP_HOST="localhost:8000", REMOTE_ADDR=HERE)
    assert client.post("/training/api/approve", body, content_type="application/json", headers={"X-Training": "1"}).status_code == 200
    assert BY_ADDRESS.count(HERE) == 0
    opens(visitor, 1)
    assert BY_ADDRESS.count(HERE) == 1
