"""THR: authorization requests of programs are kept, and anybody may send them: one address opens so many a minute."""

import json

from django.core.cache import cache
from django.test import Client

from accounts.oauth.pending import BY_ADDRESS
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
