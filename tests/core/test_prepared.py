"""Statements that are written once do what the queryset that describes them does, on whichever database."""

from datetime import datetime, timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Principal, SignInSession
from portal.core import clock
from portal.core.prepared import PreparedQuery, PreparedUpdate, create, insert, insert_both
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import draft
from tests.fixtures.people import World

pytestmark = pytest.mark.database

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="tests", host="localhost")

BY_NAME = PreparedQuery(
    lambda account, name: Principal.objects.select_related("account").filter(account_id=account, name_key=name).order_by("id"), account=str, name=str
)
SINCE = PreparedQuery(lambda since: Account.objects.filter(created_at__gt=since, status="active").order_by("id"), since=datetime)
RENAME = PreparedUpdate(lambda pk, old, new: (Account.objects.filter(pk=pk, name=old), {"name": new}), pk=str, old=str, new=str)


def test_rows_are_the_instances_of_the_queryset(world: World) -> None:
    found = BY_NAME.first(account="111122223333", name="carlos")
    expected = Principal.objects.select_related("account").get(account_id="111122223333", name_key="carlos")
    assert found == expected
    assert found is not None
    assert {field.attname: getattr(found, field.attname) for field in Principal._meta.concrete_fields} == {
        field.attname: getattr(expected, field.attname) for field in Principal._meta.concrete_fields
    }
    with CaptureQueriesContext(connection) as captured:
        assert found.account == expected.account
    assert not captured.captured_queries


@pytest.mark.parametrize("name", ["nobody", "' OR 1=1 --", "%s", "%(name)s", "\x1fmarker 1\x1f", "é"])
def test_values_are_bound_and_never_written_in(world: World, name: str) -> None:
    assert BY_NAME.first(account="111122223333", name=name) is None
    assert BY_NAME.rows(account=name, name="carlos") == []


def test_constant_words_are_part_of_the_statement_so_that_partial_indexes_are_known(world: World) -> None:
    users = PreparedQuery(lambda name: Principal.objects.filter(kind=Principal.Kind.IAM_USER, name_key=name).exclude(name="a' b"), name=str)
    with CaptureQueriesContext(connection) as captured:
        assert users.rows(name="carlos") == list(Principal.objects.filter(kind="iam_user", name_key="carlos"))
    assert "= 'iam_user'" in captured.captured_queries[0]["sql"]
    compiled, _ = users._compiled[connection.vendor]
    assert "'iam_user'" in compiled.statement.sql
    assert "a' b" not in compiled.statement.sql
    assert "carlos" not in compiled.statement.sql


def test_times_are_bound_as_the_orm_binds_them(world: World) -> None:
    since = clock.now() - timedelta(days=350)
    assert SINCE.rows(since=since) == list(Account.objects.filter(created_at__gt=since, status="active").order_by("id"))
    assert len(SINCE.rows(since=since)) < len(SINCE.rows(since=since - timedelta(days=1000)))


def test_a_percent_sign_is_no_place(world: World) -> None:
    standalone = PreparedQuery(lambda status: Account.objects.filter(name__contains="%s", status=status), status=str)
    assert standalone.rows(status="active") == []
    Account.objects.filter(pk="123456789012").update(name="100 %s")
    assert [found.pk for found in standalone.rows(status="active")] == ["123456789012"]


def test_what_is_not_there_is_none(world: World) -> None:
    alone = PreparedQuery(lambda pk: Account.objects.select_related("organization", "password_policy").filter(pk=pk), pk=str)
    expected = Account.objects.select_related("organization", "password_policy").get(pk="123456789012")
    found = alone.first(pk="123456789012")
    assert found is not None
    with CaptureQueriesContext(connection) as captured:
        assert found.organization == expected.organization is None
        assert getattr(found, "password_policy", None) == getattr(expected, "password_policy", None)
    assert not captured.captured_queries


def test_columns_that_were_left_out_are_read_when_asked_for(world: World) -> None:
    names = PreparedQuery(lambda pk: Account.objects.only("name").filter(pk=pk), pk=str)
    found = names.first(pk="123456789012")
    assert found is not None
    assert found.get_deferred_fields() >= {"alias", "status"}
    assert found.status == "active"


def test_whoever_listens_to_statements_hears_of_it(world: World) -> None:
    with CaptureQueriesContext(connection) as captured:
        BY_NAME.rows(account="111122223333", name="carlos")
    assert len(captured.captured_queries) == 1


def test_an_instance_is_saved_as_an_update(world: World) -> None:
    found = BY_NAME.first(account="111122223333", name="carlos")
    assert found is not None
    found.is_staff = True
    found.save(force_update=True)
    assert Principal.objects.get(pk=found.pk).is_staff


def test_an_update_tells_how_many_rows_it_changed(world: World) -> None:
    assert RENAME.run(pk="123456789012", old="Example Standalone", new="Renamed") == 1
    assert RENAME.run(pk="123456789012", old="Example Standalone", new="Again") == 0
    assert Account.objects.get(pk="123456789012").name == "Renamed"


def test_an_insert_gives_the_instance_its_key(world: World) -> None:
    row = Principal(kind="iam_user", account_id="123456789012", name="New", name_key="new", unique_id="AIDANEW", password="!")
    insert(row)
    assert Principal.objects.get(pk=row.pk) == row
    row.is_staff = False
    row.save()
    assert Principal.objects.filter(name_key="new").count() == 1


def test_a_failed_insert_dooms_the_transaction_around_it(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Principal(kind="iam_user", account_id="123456789012", name="alice", name_key="alice", unique_id="AIDATWICE", password="!"))
    assert not Principal.objects.filter(unique_id="AIDATWICE").exists()


def test_a_parameter_that_the_statement_does_not_use_is_an_error(world: World) -> None:
    broken = PreparedQuery(lambda used, unused: Account.objects.filter(pk=used), used=str, unused=str)  # noqa: ARG005  # that is the fault
    with pytest.raises(ValueError, match="unused"):
        broken.rows(used="1", unused="2")


def test_a_row_that_is_created_has_what_was_given_and_the_constant_defaults_for_the_rest(world: World) -> None:
    now = clock.now()
    carlos = Principal.objects.get(account_id="111122223333", name_key="carlos")
    given = {
        "name": "111122223333-ab12cd34",
        "principal_id": carlos.pk,
        "secret_digest": "0" * 64,
        "credential_epoch": 3,
        "region": "us-east-1",
        "source_ip": "192.0.2.1",
        "created_at": now,
        "authenticated_at": now,
        "last_seen_at": now,
        "expires_at": now + timedelta(hours=12),
    }
    made = create(SignInSession, **given)
    stored = SignInSession.objects.get(pk=made.pk)
    expected = SignInSession(pk=made.pk, **given)
    for field in SignInSession._meta.concrete_fields:
        assert getattr(made, field.attname) == getattr(stored, field.attname) == getattr(expected, field.attname)
    assert made == stored
    assert made.principal == carlos
    assert not made._state.adding
    made.region = "eu-west-1"
    made.save()
    assert SignInSession.objects.get(pk=made.pk).region == "eu-west-1"


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"principal": 1}, {}])
def test_a_row_is_not_created_with_a_column_that_is_unknown_or_left_without_a_value(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="created_at"):
        create(Account, id="999988887777", name="Example", **wrong)
    assert not Account.objects.filter(pk="999988887777").exists()


def _event(name: str) -> Event:
    return draft(EventName.SESSION_ENDED, identity=Identity.operator(name), origin=ORIGIN, succeeded=True)


def test_an_update_that_changes_a_row_inserts_another_with_it(world: World) -> None:
    account = Account.objects.get(pk="111122223333")
    new = _event("first")
    assert RENAME.run_with(new, pk=account.pk, old=account.name, new="Other") == 1
    assert Account.objects.get(pk=account.pk).name == "Other"
    written = Event.objects.get(pk=new.pk)
    assert {field.attname: getattr(written, field.attname) for field in Event._meta.concrete_fields} == {
        field.attname: getattr(new, field.attname) for field in Event._meta.concrete_fields
    }


def test_an_update_that_changes_nothing_inserts_nothing(world: World) -> None:
    before, new = Event.objects.count(), _event("second")
    assert RENAME.run_with(new, pk="111122223333", old="not its name", new="Other") == 0
    assert Event.objects.count() == before


def test_a_row_that_is_refused_takes_the_update_with_it(world: World) -> None:
    account, new = Account.objects.get(pk="111122223333"), _event("third")
    insert(new)
    with pytest.raises(IntegrityError), transaction.atomic():
        RENAME.run_with(new, pk=account.pk, old=account.name, new="Other")
    assert Account.objects.get(pk=account.pk).name == account.name


def test_a_text_that_is_too_long_for_its_column_is_never_cut(world: World) -> None:
    account, new = Account.objects.get(pk="111122223333"), _event("fourth")
    new.region = "x" * 500
    if connection.vendor == "postgresql":
        with pytest.raises(DataError), transaction.atomic():
            RENAME.run_with(new, pk=account.pk, old=account.name, new="Other")
        assert Account.objects.get(pk=account.pk).name == account.name
    else:
        RENAME.run_with(new, pk=account.pk, old=account.name, new="Other")
        assert Event.objects.get(pk=new.pk).region == "x" * 500


def test_two_rows_are_inserted_together_and_get_their_keys(world: World) -> None:
    one, other = _event("one"), _event("other")
    with CaptureQueriesContext(connection) as captured:
        insert_both(one, other)
    assert [Event.objects.get(pk=event.pk).event_id for event in (one, other)] == [one.event_id, other.event_id]
    assert not one._state.adding
    assert not other._state.adding
    if connection.vendor == "postgresql":
        assert len(captured.captured_queries) == 1


@pytest.mark.parametrize("refused", [0, 1])
def test_of_two_rows_none_is_inserted_where_one_is_refused(world: World, refused: int) -> None:
    there = _event("there")
    insert(there)
    rows = [_event("one"), _event("other")]
    rows[refused].event_id = there.event_id
    before = Event.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_both(*rows)
    assert Event.objects.count() == before


MOVE = PreparedUpdate(lambda pk, path: (Principal.objects.filter(pk=pk), {"path": path}), pk=int, path=str)


@pytest.mark.parametrize(
    ("old", "pk_is_right", "changed"), [("Example Standalone", True, (1, 1)), ("Example Standalone", False, (1, 0)), ("another", True, (0, 0))]
)
def test_an_update_runs_after_another_that_changed_a_row(world: World, old: str, pk_is_right: bool, changed: tuple[int, int]) -> None:
    user = Principal.objects.get(account_id="111122223333", name_key="carlos")
    MOVE.run(pk=user.pk, path="/before/")
    named, moved = {"pk": "123456789012", "old": old, "new": "Renamed"}, {"pk": user.pk if pk_is_right else 0, "path": "/after/"}
    RENAME.run_before(MOVE, named, moved)
    RENAME.run(pk="123456789012", old="Renamed", new="Example Standalone")
    MOVE.run(pk=user.pk, path="/before/")
    with CaptureQueriesContext(connection) as captured:
        assert RENAME.run_before(MOVE, named, moved) == changed
    assert Account.objects.get(pk="123456789012").name == ("Renamed" if changed[0] else "Example Standalone")
    user.refresh_from_db()
    assert user.path == ("/after/" if changed[1] else "/before/")
    assert connection.vendor != "postgresql" or len(captured.captured_queries) == 1
