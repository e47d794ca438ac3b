"""Filters, and pages by key that stay what they are while events arrive."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.core import clock
from portal.network.origin import Origin
from portal.trail import query
from portal.trail.identity import Identity
from portal.trail.names import EventName
from portal.trail.query import Filters
from tests.trail.conftest import Happened


def test_newest_first(happened: Happened) -> None:
    events = [happened() for _ in range(3)]
    assert query.page(Filters()).events == events[::-1]


def test_each_filter_finds_its_own(happened: Happened, origin: Origin) -> None:
    mary = Identity.iam_user("444455556666", "Mary_Major", "AIDAI23HXD2O5EXAMPLEX", "arn:aws:iam::444455556666:user/Mary_Major")
    old = happened(ago=timedelta(days=2))
    failed = happened(succeeded=False)
    left = happened(EventName.CONSOLE_LOGOUT)
    hers = happened(identity=mary, origin=replace(origin, address="198.51.100.7"))

    def found(**asked: object) -> list[int]:
        return [event.pk for event in query.page(Filters(**asked)).events]  # type: ignore[arg-type]  # the test's own shorthand

    assert found(account="444455556666") == [hers.pk]
    assert found(names=["ConsoleLogout"]) == [left.pk]
    assert found(names=["ConsoleLogout", "ConsoleLogin"]) == [hers.pk, left.pk, failed.pk, old.pk]
    assert found(principal="AIDAI23HXD2O5EXAMPLEX") == [hers.pk]
    assert found(principal="mary_major") == [hers.pk]
    assert found(principal="mary%major") == []
    assert found(principal="mary") == []
    assert found(source_ip="198.51.100.7") == [hers.pk]
    assert found(succeeded=False) == [failed.pk]
    assert found(until=clock.now() - timedelta(days=1)) == [old.pk]
    assert found(since=clock.now() - timedelta(days=1), account="111122223333") == [left.pk, failed.pk]


def test_since_is_inclusive_and_until_is_not(happened: Happened) -> None:
    event = happened()
    assert query.page(Filters(since=event.event_time)).events == [event]
    assert query.page(Filters(until=event.event_time)).events == []


def test_pages_by_key_stay_stable_while_events_arrive(happened: Happened) -> None:
    events = [happened().pk for _ in range(7)]
    first = query.page(Filters(), limit=3)
    happened()
    second = query.page(Filters(), before=first.older, limit=3)
    happened()
    third = query.page(Filters(), before=second.older, limit=3)
    assert [event.pk for page in (first, second, third) for event in page.events] == events[::-1]
    assert third.older is None


def test_a_full_last_page_has_no_older_one(happened: Happened) -> None:
    for _ in range(3):
        happened()
    assert query.page(Filters(), limit=3).older is None


def test_following_gives_what_came_after(happened: Happened) -> None:
    seen = happened()
    fresh = [happened(), happened()]
    assert query.page(Filters(), after=seen.pk).events == fresh[::-1]
    assert query.page(Filters(), after=fresh[-1].pk).events == []


def test_a_page_is_one_query_without_count_or_offset(happened: Happened, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    happened()
    with django_assert_num_queries(1) as queries:
        query.page(Filters(account="111122223333"), before=10**9)
    statement = queries.captured_queries[0]["sql"].upper()
    assert "OFFSET" not in statement
    assert "COUNT(" not in statement


def test_events_per_day_of_the_simulated_clock(happened: Happened, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    clock.advance(timedelta(days=30))
    happened()
    happened(succeeded=False)
    happened(ago=timedelta(days=13))
    happened(ago=timedelta(days=14))
    happened(EventName.CONSOLE_LOGOUT, ago=timedelta(days=1))
    with django_assert_num_queries(1):
        days = query.days(Filters())
    today = clock.now().date()
    assert [day.day for day in days] == [today - timedelta(days=back) for back in range(13, -1, -1)]
    assert [(day.total, day.failed) for day in days] == [(1, 0)] + [(0, 0)] * 11 + [(1, 0), (2, 1)]
    assert sum(day.total for day in query.days(Filters(names=["ConsoleLogout"]))) == 1


def test_a_search_by_address_reads_the_newest_events_alone(happened: Happened, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [happened() for _ in range(3)]
    monkeypatch.setattr(query, "SEARCH_DEPTH", 2)
    assert query.page(Filters(source_ip=origin.address)).events == events[:0:-1]
    assert query.page(Filters()).events == events[::-1]
