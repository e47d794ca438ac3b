"""Most tests run in a world that is put there as rows: it is the one that a load makes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from accounts.models import Account, Principal
from portal.core import clock
from portal.world.clearing import CLEARED_APPS, KEPT, clear_tables
from portal.world.flows import load_world
from tests.fixtures import hashes
from tests.fixtures.worlds import put_world

MADE_ANEW = frozenset({"sealed_secret", "sealed_context", "serial", "standing_epoch"})
"""Columns that differ from load to load: sealed, or with a random part."""


def tables() -> list[type[Model]]:
    """Return the models whose rows a world is."""
    models = apps.get_models(include_auto_created=True)
    return [each for each in models if each._meta.app_label in CLEARED_APPS and each._meta.label not in KEPT and not each._meta.proxy]


def stored() -> dict[str, list[dict[str, Any]]]:
    """Return what the world's tables hold, in order: moments as ages in minutes, keys as places in their table."""
    places = {model: {key: place for place, key in enumerate(model._base_manager.order_by("pk").values_list("pk", flat=True))} for model in tables()}

    def comparable(value: object, model: object) -> object:
        if isinstance(value, datetime):
            return round((clock.now() - value) / timedelta(minutes=1))
        return places[model][value] if isinstance(value, int) and isinstance(model, type) and model in places else value

    found: dict[str, list[dict[str, Any]]] = {}
    for model in tables():
        fields = [field for field in model._meta.local_concrete_fields if field.name not in MADE_ANEW]
        rows = model._base_manager.order_by("pk").values_list(*[field.attname for field in fields])
        meant = {field.attname: model if field.primary_key and not field.is_relation else field.related_model for field in fields}
        found[model._meta.label] = [{name: comparable(value, meant[name]) for name, value in zip(meant, row, strict=True)} for row in rows]
    for row in found["accounts.Principal"]:
        if row["kind"] == Principal.Kind.OPERATOR:
            row["unique_id"] = row["unique_id"][:4]
        row["password"] = row["password"].partition("p=1$")[0] if row["password"].startswith("argon2") else row["password"][:1]
    return found


def test_the_rows_are_those_of_a_load(db: None) -> None:
    put_world()  # the first one loads
    clear_tables()
    put_world()
    put = stored()
    clear_tables()
    load_world()
    assert stored() == put
    assert sum(map(len, put.values())) > 80


def test_ages_count_from_the_moment_of_the_test(db: None) -> None:
    put_world()
    clear_tables()
    clock.advance(timedelta(days=400))
    put_world()
    closed = Account.objects.get(pk="333333333333").closed_at
    assert closed is not None
    assert timedelta(0) <= clock.now() - timedelta(days=10) - closed < timedelta(minutes=1)


def test_hashes_are_quick(db: None) -> None:
    put_world()
    assert Principal.objects.get(kind="operator").password.startswith(f"argon2$argon2id$v=19$m={hashes.QUICK[0]},t={hashes.QUICK[1]},p=1$")


@pytest.mark.real_hashes
def test_hashes_cost_what_the_portals_do_where_that_is_the_matter(db: None) -> None:
    put_world()
    assert Principal.objects.get(kind="operator").password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
