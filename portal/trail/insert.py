"""The INSERT of an event, its SQL written once: a sign-in makes several, and building the statement costs the ORM more than running it."""

from functools import lru_cache

from django.db import connection, transaction

from portal.trail.models import Event

_FIELDS = tuple(field for field in Event._meta.concrete_fields if not field.primary_key)  # noqa: SLF001 -- Django's public seam


@lru_cache(maxsize=4)
def _statement(_vendor: str) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in _FIELDS)
    places = ", ".join(["%s"] * len(_FIELDS))
    table, key = quote(Event._meta.db_table), quote("id")  # noqa: SLF001 -- Django's public seam
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {key}"  # noqa: S608 -- names come from the model, values are bound


def insert(event: Event) -> None:
    """Insert a new event and give it its key. A failure dooms the transaction around it, as a failed `save` would; no signal is sent."""
    values = [field.get_db_prep_save(getattr(event, field.attname), connection) for field in _FIELDS]
    with transaction.mark_for_rollback_on_error(), connection.cursor() as cursor:
        cursor.execute(_statement(connection.vendor), values)
        event.pk = cursor.fetchone()[0]
    event._state.adding = False  # noqa: SLF001 -- Django's public seam
    event._state.db = connection.alias  # noqa: SLF001 -- Django's public seam
