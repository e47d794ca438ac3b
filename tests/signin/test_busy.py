"""A portal that is too busy to look at a password."""

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.credentials.hashing import pool
from portal.world.people import Person
from tests.journeys.visitor import Visitor


@contextmanager
def every_place_taken() -> Iterator[None]:
    """Take every place of the hash pool, as a flood of sign-ins does."""
    places, taken = pool()._places, 0
    while places.acquire(blocking=False):
        taken += 1
    yield
    for _place in range(taken):
        places.release()


def test_thr_passwords_that_were_not_looked_at_keep_no_owner_out(iam_user: Person) -> None:
    visitor = Visitor()
    with every_place_taken():
        for _try in range(15):
            answer = visitor.gives_iam(iam_user)
            assert answer.status_code == 429
            assert answer.headers["Retry-After"] == "1"
    visitor.signs_in_as_iam_user(iam_user)
