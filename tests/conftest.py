"""What every test shares. The environment is made first, because the settings read it when Django starts."""

import django

from tests.fixtures import environment

environment.prepare()
django.setup()

pytest_plugins = ["tests.fixtures.state", "tests.fixtures.people", "tests.fixtures.server", "tests.fixtures.browser"]
