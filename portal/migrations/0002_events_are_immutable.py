"""Make the database refuse any change of an event (security catalogue EVT-03).

Rows may still be deleted: by the purge when their time is over, and by a reset of the world. SQLite drops the triggers of a table that
a later migration rebuilds, so a migration that alters `portal_event` runs `refuse_changes` again.
"""

from django.db import migrations

TABLE = "portal_event"
REFUSAL = "Events are never changed."

SQLITE = f"""
CREATE TRIGGER {TABLE}_immutable BEFORE UPDATE ON {TABLE}
BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
"""

POSTGRESQL = f"""
CREATE FUNCTION {TABLE}_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$;
CREATE TRIGGER {TABLE}_immutable BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_immutable()
"""


def refuse_changes(_apps, schema_editor):
    schema_editor.execute({"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor], params=None)


def allow_changes(_apps, schema_editor):
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {TABLE}_immutable{on}")
    if on:
        schema_editor.execute(f"DROP FUNCTION {TABLE}_immutable()")


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]
    operations = [migrations.RunPython(refuse_changes, allow_changes)]
