"""Digests of events, and what verifying them found. As it does for events, the database refuses to change them (security catalogue EVT-03)."""

import portal.core.clock
from django.db import migrations, models

TABLES = ("portal_digest", "portal_verification")

SQLITE = """
CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'Digests are never changed.'); END
"""

POSTGRESQL = """
CREATE FUNCTION {table}_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'Digests are never changed.'; END $$;
CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_immutable()
"""


def refuse_changes(_apps, schema_editor):
    for table in TABLES:
        schema_editor.execute({"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor].format(table=table), params=None)


def allow_changes(_apps, schema_editor):
    for table in TABLES:
        on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER {table}_immutable{on}")
        if on:
            schema_editor.execute(f"DROP FUNCTION {table}_immutable()")


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0004_rehearsal'),
    ]

    operations = [
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verified_at', models.DateTimeField(db_index=True, default=portal.core.clock.now, verbose_name='verified')),
                ('number', models.BigIntegerField(verbose_name='newest digest')),
                ('events', models.BigIntegerField(verbose_name='events')),
                ('findings', models.PositiveIntegerField(verbose_name='findings')),
                ('signature', models.CharField(max_length=64, verbose_name='signature')),
            ],
            options={
                'verbose_name': 'verification',
                'verbose_name_plural': 'verifications',
            },
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('kind', models.CharField(choices=[('sealed', 'Events sealed'), ('purged', 'Events dropped, their time being over'), ('shortened', 'Digests of dropped events dropped'), ('reset', 'World put back')], max_length=10, verbose_name='kind')),
                ('made_at', models.DateTimeField(default=portal.core.clock.now, verbose_name='made')),
                ('sealed_after', models.BigIntegerField(verbose_name='sealed after event')),
                ('sealed_through', models.BigIntegerField(verbose_name='sealed through event')),
                ('first_id', models.BigIntegerField(default=0, verbose_name='first event')),
                ('last_id', models.BigIntegerField(default=0, verbose_name='last event')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='events')),
                ('listed', models.TextField(blank=True, verbose_name='list')),
                ('listed_digest', models.CharField(max_length=64, verbose_name='digest of the list')),
                ('totals', models.TextField(blank=True, verbose_name='events by name')),
                ('previous', models.CharField(blank=True, max_length=64, verbose_name='digest before')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('signature', models.CharField(max_length=64, verbose_name='signature')),
            ],
            options={
                'verbose_name': 'digest',
                'verbose_name_plural': 'digests',
                'indexes': [models.Index(fields=['kind', '-number'], name='digest_kind'), models.Index(condition=models.Q(('kind', 'purged')), fields=['last_id'], name='digest_purged'), models.Index(condition=models.Q(('kind', 'sealed')), fields=['sealed_through'], name='digest_sealed')],
            },
        ),
        migrations.RunPython(refuse_changes, allow_changes),
    ]
