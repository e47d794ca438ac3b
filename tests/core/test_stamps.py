"""A change is announced once a transaction, and never lost with a savepoint that is rolled back."""

import pytest
from django.db import transaction

from portal.core.stamps import VersionStamp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stamp() -> VersionStamp:
    """A stamp of its own, that has been seen."""
    stamp = VersionStamp("stamp:of-this-test")
    assert stamp.current() is not None
    return stamp


def shared() -> str:
    """What another process sees."""
    seen = VersionStamp("stamp:of-this-test").current()
    assert seen is not None
    return seen.shared


def announcements() -> int:
    """How many are due when the present transaction is committed."""
    return len(transaction.get_connection().run_on_commit)


def change_and_undo(stamp: VersionStamp) -> None:
    """A change that is rolled back to where it began, within a transaction that goes on."""
    with transaction.atomic():
        stamp.changed()
        transaction.set_rollback(True)


def test_many_changes_of_one_transaction_are_announced_once(stamp: VersionStamp) -> None:
    before = shared()
    with transaction.atomic():
        for _ in range(50):
            stamp.changed()
            with transaction.atomic():
                stamp.changed()
        assert announcements() == 1
        assert shared() == before, "nobody else is told before it is committed"
    assert shared() != before


def test_two_stamps_are_announced_each(stamp: VersionStamp) -> None:
    with transaction.atomic():
        stamp.changed()
        VersionStamp("stamp:of-another").changed()
        assert announcements() == 2


def test_a_change_beside_one_that_is_undone_is_announced(stamp: VersionStamp) -> None:
    before = shared()
    with transaction.atomic():
        change_and_undo(stamp)
        assert announcements() == 0
        stamp.changed()
    assert shared() != before


def test_a_change_is_announced_though_a_later_one_is_undone(stamp: VersionStamp) -> None:
    before = shared()
    with transaction.atomic():
        stamp.changed()
        change_and_undo(stamp)
    assert shared() != before


def test_without_a_transaction_it_is_announced_at_once(stamp: VersionStamp) -> None:
    before = shared()
    stamp.changed()
    first = shared()
    stamp.changed()
    assert len({before, first, shared()}) == 3
