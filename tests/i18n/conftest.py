"""A visitor who reads Japanese."""

from typing import Any
from urllib.parse import urljoin

import pytest
from django.utils.translation import override

from accounts.mail.kinds import LETTERS, MailKind
from accounts.models import Principal
from tests.fixtures.people import World
from tests.i18n.reading import english_in, language_of
from tests.journeys.visitor import Visitor

NAMES = frozenset({"operator", "Suspended"})
"""Names of the demo world that are words too: its operator, and a unit of its organization."""
RECORDED = frozenset({"The old password was incorrect.", "Root"})
"""What the event log repeats of its records, which are CloudTrail's and English in every language."""


def material() -> frozenset[str]:
    """Return what the demo world says in English wherever it is read: names, and the reset it asks for when it is loaded, before anybody reads."""
    reasons = Principal.objects.exclude(reset_required_because="").values_list("reset_required_because", flat=True)
    return NAMES | RECORDED | {*reasons, str(LETTERS[MailKind.RESET_REQUIRED].subject)}


class Reader(Visitor):
    """A visitor who asks for Japanese and reads every page: none may say a word of English."""

    def __init__(self, *, address: str = "203.0.113.7") -> None:
        super().__init__(address=address, language="ja")
        self.read: set[str] = set()
        with override("en"):
            self.material = material()
        self.at = "/"

    def get(self, address: str) -> Any:
        """Open an address and read what comes."""
        return self.reads(super().get(address))

    def posts(self, address: str, fields: dict[str, str]) -> Any:
        """Send fields and read what comes."""
        return self.reads(super().posts(urljoin(self.at, address), fields))

    def reads(self, answer: Any) -> Any:
        """Read an answer, when it is a page, and return it."""
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code not in {302, 303}:
            html = answer.content.decode()
            path = answer.request["PATH_INFO"]
            assert language_of(html) == "ja", path
            assert not english_in(html, material=self.material), path
            self.read.add(path)
            self.at = path
        return answer


@pytest.fixture
def reader(world: World) -> Reader:
    """Someone whose browser asks for Japanese."""
    return Reader()
