"""The worker's sign of life."""

import time

from celery import shared_task
from django.core.cache import cache

BEAT = "worker-beat"
"""Key in the cache: when the worker last did what its timetable says, as seconds of real time since 1970."""


@shared_task
def beat() -> None:
    """Note the present. Real time: it is a machine that is watched, by another one that knows no simulated clock."""
    cache.set(BEAT, time.time(), timeout=None)
