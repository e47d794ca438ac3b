"""The people of the running demo, and somebody else's site."""

from collections.abc import Iterator

import pytest
import requests

from portal.world.people import Person
from tests.browser.foreign import ForeignSite
from tests.browser.steps import TRAINING
from tests.fixtures.server import Live

People = dict[tuple[str, str], Person]


@pytest.fixture
def people(live: Live) -> People:
    """Who can sign in to the running demo: by account id and sign-in name (user name; e-mail of a root user)."""
    answer = requests.get(f"{live.base_url}/training/api/world", headers=TRAINING, timeout=30)
    found = [Person(**listed) for listed in answer.json()["people"]]
    return {(person.account, person.username or person.email): person for person in found}


@pytest.fixture
def carlos(people: People) -> Person:
    """An administrator of the management account, an IAM user."""
    return people["111122223333", "Carlos"]


@pytest.fixture
def mary(people: People) -> Person:
    """An administrator of another account, an IAM user."""
    return people["444455556666", "Mary_Major"]


@pytest.fixture
def owner(people: People) -> Person:
    """The root user of the management account."""
    return people["111122223333", "management@example.com"]


@pytest.fixture
def foreign() -> Iterator[ForeignSite]:
    """A site of somebody else, on another origin and of another site than the portal's `localhost`."""
    with ForeignSite() as site:
        yield site
