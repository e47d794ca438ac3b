"""The registration's nouns: someone at the pages, and what they read in their mailbox."""

import re
from dataclasses import dataclass, field

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.mail.tasks import sweep
from portal.inbox.models import Message

PASSWORD = "Correct-horse7-staple"


@dataclass
class Newcomer:
    """Someone who opens an account: a browser and a mailbox."""

    email: str = "newcomer@example.com"
    account_name: str = "Newcomer Ltd"
    browser: Client = field(default_factory=Client)

    def starts(self) -> HttpResponse:
        """Send the first page."""
        return self.browser.post("/register/", {"email": self.email, "account_name": self.account_name})  # type: ignore[return-value]

    def passes_check(self) -> HttpResponse:
        """Look at the security check and answer it."""
        assert self.browser.get("/register/security-check").status_code == 200
        shown = self.browser.get("/training/api/captcha", headers={"X-Training": "1"}).json()["answer"]
        return self.browser.post("/register/security-check", {"captcha": shown})  # type: ignore[return-value]

    def sends_code(self, code: str) -> HttpResponse:
        """Send a code."""
        return self.browser.post("/register/code", {"code": code})  # type: ignore[return-value]

    def chooses(self, password: str, again: str | None = None) -> HttpResponse:
        """Send a password twice."""
        typed = {"new_password": password, "confirm_password": password if again is None else again}
        return self.browser.post("/register/details", typed)  # type: ignore[return-value]

    def mails(self) -> list[Message]:
        """Return the mails that this mailbox got, oldest first."""
        sweep()
        return list(Message.objects.filter(recipient_key=self.email.lower()).order_by("id"))

    def reads_code(self) -> str:
        """Return the code of the newest mail."""
        found = re.search(r"\b[0-9]{6}\b", self.mails()[-1].text)
        assert found
        return found[0]

    def proves_address(self) -> HttpResponse:
        """Take every step up to the code."""
        self.starts()
        self.passes_check()
        return self.sends_code(self.reads_code())


@pytest.fixture
def newcomer(db: None) -> Newcomer:
    """Someone without an account."""
    return Newcomer()
