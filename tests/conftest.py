"""What every test shares. The environment is made first, because the settings read it when Django starts."""

import gc
import os

import django
import hypothesis
import pytest
from django.conf import settings

from tests.fixtures import environment

gc.disable()  # until every test is collected: a million objects, none of which goes

if settings.configured:
    raise pytest.UsageError("The settings were loaded before the tests could choose their cache and database: unset DJANGO_SETTINGS_MODULE.")
environment.prepare()
django.setup()

hypothesis.settings.register_profile("suite", deadline=None)  # how long an example takes says nothing on a machine that others use
hypothesis.settings.load_profile("suite")

pytest_plugins = [f"tests.fixtures.{name}" for name in ("client", "emptying", "state", "people", "visitors", "server", "browser", "spreading")]


def pytest_configure(config: pytest.Config) -> None:
    """Let each worker of a parallel run make its own environment: with the settings' name, it would load them from this one's."""
    if config.getoption("numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what was collected out of every later search for garbage, and search rarely: a test leaves little, and each search costs."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
