"""INP: malformed input on the form of a statement is a clear refusal and never an error of the portal."""

from urllib.parse import quote_plus

import pytest

from accounts.models import SignInSession
from tests.attacks.test_factor_input import REFUSED
from tests.attacks.test_input import VALUES
from tests.console.access.steps import OFFICE, live, page_of, token_in
from tests.console.browsing import Browser
from tests.journeys.visitor import FORM

RIGHT = {"act": "add", "source_ip": OFFICE, "excluded_principal": "arn:aws:iam::111122223333:root"}
FIELDS = (
    "act",
    "client_token",
    "source_ip",
    "source_vpc",
    "signin_source_vpce",
    "console_source_vpce",
    "vpc_source_ip",
    "requested_region",
    "excluded_principal",
    "understood",
)


@pytest.mark.parametrize("field", FIELDS)
def test_inp_no_field_of_a_statement_breaks_on_malformed_input(laptop: Browser, here: SignInSession, field: str) -> None:
    laptop.client.raise_request_exception = False
    csrf, token = laptop.token_of(page_of(here, "add")), token_in(laptop.get(page_of(here, "add")).content.decode())
    others = {"csrfmiddlewaretoken": csrf, "client_token": token, **RIGHT}
    for kind, value in VALUES.items():
        body = "&".join(f"{name}={quote_plus(right)}" for name, right in others.items() if name != field) + "&" + value.format(field=field)
        for room in ("add", "add/preview"):
            answer = laptop.client.post(page_of(here, room), body, content_type=FORM)
            said = f"{room} {field} {kind}: {answer.status_code}"
            assert answer.status_code < 500, said
            assert answer.status_code in range(400, 500) or kind not in REFUSED, said
            assert b"<script>alert" not in answer.content, said
            assert b"9801547" not in answer.content, said
    assert len(live()) <= (len(VALUES) if field == "client_token" else 2), "one client token makes one statement"


@pytest.mark.parametrize("room", ["add?source_ip={}", "delete?statement={}", "?after={}", "?done=deleted&statement={}", "?region={}"])
def test_inp_no_query_breaks_on_malformed_input(laptop: Browser, here: SignInSession, room: str) -> None:
    laptop.client.raise_request_exception = False
    for value in ("%00", "%ED%A0%80", "%FF", "x" * 3000, "%3Cscript%3Ealert(1)%3C/script%3E", "a&a=b", "%27--", "%F0%9F%91%A9"):
        answer = laptop.client.get(page_of(here, room.format(value)))
        assert answer.status_code < 500, value
        assert b"<script>alert" not in answer.content, value
