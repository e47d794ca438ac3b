"""The database refuses to change an event; it may be dropped when its time is over."""

import pytest
from django.db import DatabaseError, connection, transaction

from portal.trail.models import Event
from tests.trail.conftest import Happened

pytestmark = pytest.mark.database


def test_evt_03_no_row_can_be_changed_by_the_orm(happened: Happened) -> None:
    event = happened()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Event.objects.update(succeeded=False)
    event.succeeded = False
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        event.save()
    assert Event.objects.get().succeeded


def test_evt_03_no_row_can_be_changed_by_sql(happened: Happened) -> None:
    happened()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE portal_event SET source_ip = '198.51.100.7'")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Event.objects.bulk_create([Event.objects.get()], update_conflicts=True, unique_fields=["id"], update_fields=["record"])
    assert Event.objects.get().source_ip == "203.0.113.7"


def test_an_event_can_be_dropped(happened: Happened) -> None:
    happened().delete()
    assert not Event.objects.exists()
