"""Codes are read from the queue, so nobody may empty it behind a test's back."""

import pytest

from portal.celery import app


@pytest.fixture(autouse=True)
def _own_worker(_fresh_state: None) -> None:
    """Leave the mail queue to the test."""
    app.conf.task_always_eager = False
