"""The inbox's pages: the list, one mail, and its HTML behind glass."""

from collections.abc import Callable

import pytest
from django.test import Client

from portal.conf import conf
from portal.inbox.models import Message
from portal.inbox.queries import purge
from portal.inbox.views import PAGE_SIZE

Receive = Callable[..., Message]
pytestmark = pytest.mark.django_db

HOSTILE = """<script>alert(1)</script><style>p{color:red}</style><form action="https://evil.test"><input></form>
<meta http-equiv="refresh" content="0;url=https://evil.test"><img src="https://evil.test/x.png"><img src="cid:1"><svg onload="alert(1)"></svg>"""


def test_an_empty_inbox_says_what_to_do() -> None:
    page = Client().get("/inbox/").content.decode()
    assert "No mail yet" in page
    assert "Forgot password?" in page


def test_the_list_is_newest_first_and_pages_by_key(receive: Receive) -> None:
    for number in range(PAGE_SIZE + 2):
        receive(subject=f"Mail number {number:03}")
    first = Client().get("/inbox/").content.decode()
    assert first.index(f"{PAGE_SIZE + 1:03}") < first.index(f"{PAGE_SIZE:03}")
    assert "Mail number 001" not in first
    oldest_shown = Message.objects.get(subject="Mail number 002").pk
    assert f"?before={oldest_shown}" in first
    second = Client().get(f"/inbox/?before={oldest_shown}").content.decode()
    assert "Mail number 001" in second
    assert "Mail number 000" in second
    assert "Mail number 002" not in second


def test_the_list_filters_by_recipient_and_by_words(receive: Receive) -> None:
    receive("a@example.com", "Alpha", code="111111")
    receive("b@example.com", "Beta", code="222222")
    assert "Beta" not in Client().get("/inbox/", {"to": "A@example.com"}).content.decode()
    assert "Alpha" not in Client().get("/inbox/", {"q": "222222"}).content.decode()
    nothing = Client().get("/inbox/", {"q": "gamma"}).content.decode()
    assert "No mail matches" in nothing


def test_what_a_mail_says_is_escaped(receive: Receive) -> None:
    mail = receive(subject="<script>alert(1)</script>", html="")
    for address in ("/inbox/", f"/inbox/{mail.pk}"):
        page = Client().get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_a_mail_shows_its_headers_text_codes_and_links(receive: Receive) -> None:
    mail = receive(code="271828")
    page = Client().get(f"/inbox/{mail.pk}").content.decode()
    for part in (mail.recipient, mail.sender, mail.subject, 'data-copy="271828"', f'href="{conf.base_url}/password-reset/abc"', "Enter this code:"):
        assert part in page


def test_ml_03_html_is_framed_without_any_power(receive: Receive) -> None:
    mail = receive(html=HOSTILE)
    page = Client().get(f"/inbox/{mail.pk}")
    assert f'sandbox="" src="/inbox/{mail.pk}/html"' in page.content.decode()
    assert "evil.test" not in page.content.decode()
    policy = page["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_ml_03_the_html_itself_may_do_nothing_wherever_it_is_opened(receive: Receive) -> None:
    mail = receive(html=HOSTILE)
    body = Client().get(f"/inbox/{mail.pk}/html")
    directives = dict(part.strip().partition(" ")[::2] for part in body["Content-Security-Policy"].split(";"))
    assert directives == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "",
    }
    assert body["X-Frame-Options"] == "SAMEORIGIN"
    assert body["X-Content-Type-Options"] == "nosniff"
    assert body["Cache-Control"] == "no-store"


def test_a_mail_without_html_has_no_frame(receive: Receive) -> None:
    mail = receive(html="")
    assert "<iframe" not in Client().get(f"/inbox/{mail.pk}").content.decode()
    assert Client().get(f"/inbox/{mail.pk}/html").status_code == 404


@pytest.mark.parametrize("address", ["/inbox/0", "/inbox/999999", "/inbox/99999999999999999999999999", "/inbox/1/html", "/inbox/-1", "/inbox/x"])
def test_ml_02_what_is_not_there_is_404(address: str) -> None:
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=" + "9" * 30, "to=a&to=b", "q=" + "a" * 255, "q=%00"])
def test_bad_parameters_are_400(query: str) -> None:
    assert Client().get(f"/inbox/?{query}").status_code == 400


@pytest.mark.parametrize("part", ["", "{pk}", "{pk}/html"])
def test_ml_02_outside_training_only_operators_look(receive: Receive, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    mail = receive()
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    address = "/inbox/" + part.format(pk=mail.pk)
    visitor = Client().get(address)
    assert visitor.status_code == 303
    assert visitor["Location"].startswith("/signin/operator?next=%2Finbox%2F")
    assert b"314159" not in visitor.content


def test_a_mail_is_kept_as_long_as_events(receive: Receive) -> None:
    old = receive()
    Message.objects.filter(pk=old.pk).update(received_at=old.received_at - conf.trail_retention)
    kept = receive()
    purge()
    assert list(Message.objects.values_list("pk", flat=True)) == [kept.pk]
