"""Figures as metrics, named as Prometheus's guide to naming has it.

There are counters only of what cannot fall: events, whose counts are carried on from digest to digest. What a process would count for
itself, its processor time say, is left out: several processes answer at one address, and each scrape may meet another.
"""

import platform
from collections.abc import Iterator

import django
from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from portal import __version__
from portal.metrics.figures import KEPT_HERE, Figures, age, hashes


class PortalCollector(Collector):
    """Makes the metrics at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Yield every metric that is known at present."""
        figures = KEPT_HERE.figures()
        yield InfoMetricFamily("vestibule_build", "What runs.", _build())
        yield GaugeMetricFamily("vestibule_database_up", "Whether the database answers.", float(figures.database))
        yield GaugeMetricFamily("vestibule_cache_up", "Whether the cache answers.", float(figures.cache))
        taken, places = hashes()
        yield GaugeMetricFamily("vestibule_hash_pool_taken", "Password hashes that run or wait in the process that answers.", taken)
        yield GaugeMetricFamily("vestibule_hash_pool_places", "Password hashes that may run or wait there before sign-ins are refused.", places)
        if figures.beat is not None:
            name, text = "vestibule_worker_last_beat_timestamp_seconds", "When the worker last gave its sign of life, every 15 seconds, in real time."
            yield GaugeMetricFamily(name, text, figures.beat)
        if figures.database:
            yield from _of_the_database(figures)


def _build() -> dict[str, str]:
    return {"version": __version__, "python": platform.python_version(), "django": django.get_version(), "database": connection.vendor}


def _of_the_database(figures: Figures) -> Iterator[Metric]:
    events = CounterMetricFamily("vestibule_events", "Events recorded, by name and outcome, since digests are made.", labels=("name", "outcome"))
    for (name, succeeded), number in sorted(figures.events.items()):
        events.add_metric((name, "success" if succeeded else "failure"), number)
    yield events
    sessions = GaugeMetricFamily("vestibule_sessions_live", "Sign-in sessions that count at present, by kind of identity.", labels=("kind",))
    for kind, number in sorted(figures.sessions.items()):
        sessions.add_metric((kind,), number)
    yield sessions
    gauges = {
        "vestibule_events_unsealed": ("Events newer than the last digest.", figures.unsealed),
        "vestibule_mails_waiting": ("Mails to be sent.", figures.mails),
        "vestibule_mail_waiting_seconds": ("How long the oldest of them has waited.", figures.mail_age),
    }
    if (log := figures.standing) is not None and log.sealed_at is not None:
        gauges["vestibule_trail_last_digest_age_seconds"] = ("How long ago events were last sealed.", age(log.sealed_at))
    if log is not None and log.verified_at is not None:
        gauges["vestibule_trail_last_verification_age_seconds"] = ("How long ago the event log was last verified.", age(log.verified_at))
        gauges["vestibule_trail_findings"] = ("What the last verification found wrong with the event log.", log.findings)
    for name, (text, value) in gauges.items():
        if value is not None:
            yield GaugeMetricFamily(name, text, float(value))


REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(PortalCollector())
