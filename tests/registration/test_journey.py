import json
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, RootUser
from accounts.registration import flows
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from tests.registration.conftest import PASSWORD, Newcomer


def _goes_to(response: HttpResponse) -> str:
    assert response.status_code == 303, response.status_code
    return response.headers["Location"]


def _bind(email: str, **account: object) -> None:
    RootUser.objects.create(kind="root", email=email, account=Account.objects.create(name="Bound", **account))


def test_a_newcomer_gets_an_account_and_its_root_user(newcomer: Newcomer) -> None:
    assert newcomer.browser.get("/register/").status_code == 200
    assert _goes_to(newcomer.starts()) == "/register/security-check"
    assert _goes_to(newcomer.passes_check()) == "/register/code"
    assert newcomer.email in newcomer.browser.get("/register/code").content.decode()
    assert _goes_to(newcomer.sends_code(newcomer.reads_code())) == "/register/details"
    assert newcomer.browser.get("/register/details").status_code == 200
    assert _goes_to(newcomer.chooses(PASSWORD)) == "/register/done"

    root = RootUser.objects.select_related("account").get(email_key=newcomer.email)
    assert root.check_password(PASSWORD)
    account = root.account
    assert account is not None
    assert len(account.id) == 12
    assert account.name == newcomer.account_name
    page = newcomer.browser.get("/register/done").content.decode()
    assert f"{account.id[:4]}-{account.id[4:8]}-{account.id[8:]}" in page
    assert "/console/?user=root" in page
    event = Event.objects.get(event_name="AccountCreated")
    assert event.succeeded
    assert json.loads(event.record)["userIdentity"]["accountId"] == account.id == event.account_id
    welcome = newcomer.mails()[-1]
    assert account.id in welcome.text
    assert PASSWORD not in event.record + event.note + welcome.text


def test_the_new_account_is_found_by_the_address_in_any_case(newcomer: Newcomer) -> None:
    newcomer.email = "New.Comer@Example.com"
    newcomer.proves_address()
    newcomer.chooses(PASSWORD)
    assert RootUser.objects.get().email == "New.Comer@Example.com"
    assert RootUser.objects.get().email_key == "new.comer@example.com"


def test_no_step_is_reached_out_of_order(newcomer: Newcomer) -> None:
    def led_to(path: str) -> str:
        return _goes_to(newcomer.browser.get(path))  # type: ignore[arg-type]

    steps = ["/register/security-check", "/register/code", "/register/address-in-use", "/register/details", "/register/done"]
    for path in steps:
        assert led_to(path) == "/register/?ended=timeout"
    newcomer.starts()
    for path in steps[1:]:
        assert led_to(path) == "/register/security-check"
    newcomer.passes_check()
    assert led_to("/register/security-check") == "/register/code"
    for path in steps[2:]:
        assert led_to(path) == "/register/code"
    assert _goes_to(newcomer.chooses(PASSWORD)) == "/register/code"
    newcomer.sends_code(newcomer.reads_code())
    assert led_to("/register/done") == "/register/details"
    assert led_to("/register/address-in-use") == "/register/details"
    assert not RootUser.objects.exists()
    newcomer.chooses(PASSWORD)
    assert led_to("/register/details") == "/register/done"
    assert _goes_to(newcomer.chooses(PASSWORD)) == "/register/done"
    assert RootUser.objects.count() == 1


def test_an_unfinished_registration_ends_by_itself(newcomer: Newcomer) -> None:
    newcomer.proves_address()
    clock.advance(conf.attempt_lifetime + timedelta(seconds=1))
    assert _goes_to(newcomer.chooses(PASSWORD)) == "/register/?ended=timeout"
    assert not RootUser.objects.exists()
    plain, told = (newcomer.browser.get(path).content for path in ("/register/", "/register/?ended=timeout"))
    assert b'class="alert' not in plain
    assert b'class="alert' in told


def test_the_session_is_renewed_when_the_address_is_proved(newcomer: Newcomer) -> None:
    newcomer.starts()
    newcomer.passes_check()
    before = newcomer.browser.session.session_key
    newcomer.sends_code(newcomer.reads_code())
    assert newcomer.browser.session.session_key != before


@pytest.mark.parametrize("state", [{}, {"status": "suspended"}, {"status": "closed", "closed_at": clock.now() - timedelta(days=100)}])
def test_a_bound_address_gets_the_plus_address_hint_after_the_code(newcomer: Newcomer, state: dict[str, object]) -> None:
    _bind("Newcomer@example.com", **state)
    assert _goes_to(newcomer.proves_address()) == "/register/details"
    assert _goes_to(newcomer.browser.get("/register/details")) == "/register/address-in-use"  # type: ignore[arg-type]
    page = newcomer.browser.get("/register/address-in-use").content.decode()
    assert "newcomer+1@example.com" in page
    assert _goes_to(newcomer.chooses(PASSWORD)) == "/register/address-in-use"
    assert RootUser.objects.count() == 1

    newcomer.email = "newcomer+1@example.com"
    newcomer.proves_address()
    assert _goes_to(newcomer.chooses(PASSWORD)) == "/register/done"


def test_enu_10_a_bound_address_and_a_free_one_are_alike_until_the_code(db: None) -> None:
    _bind("bound@example.com")
    seen: dict[str, list[tuple[int, str, bytes]]] = {}
    for name in ("bound", "clear"):
        newcomer = Newcomer(email=f"{name}@example.com")
        answers = [newcomer.starts(), newcomer.passes_check(), newcomer.browser.get("/register/code"), newcomer.sends_code("12345x")]
        answers.append(newcomer.browser.post("/register/code/resend"))
        seen[name] = [(answer.status_code, answer.headers.get("Location", ""), _without_nonces(answer, name.encode())) for answer in answers]
        assert [mail.subject for mail in newcomer.mails()] == [newcomer.mails()[0].subject] * 2
        assert _goes_to(newcomer.sends_code(newcomer.reads_code())) == "/register/details"
    assert seen["bound"] == seen["clear"]


def _without_nonces(answer: object, name: bytes) -> bytes:
    assert isinstance(answer, HttpResponse)
    lines = [line for line in answer.content.replace(name, b"NAME").splitlines() if b"csrfmiddlewaretoken" not in line]
    return b"\n".join(lines)


def test_enu_10_a_bound_address_and_a_free_one_cost_the_same_queries(db: None) -> None:
    _bind("bound@example.com")
    counts: dict[str, int] = {}
    for name in ("bound", "clear"):
        newcomer = Newcomer(email=f"{name}@example.com")
        with CaptureQueriesContext(connection) as captured:
            newcomer.starts()
            newcomer.passes_check()
            newcomer.browser.get("/register/code")
            newcomer.sends_code("000000")
        counts[name] = len(captured)
    assert counts["bound"] == counts["clear"]


def test_thr_11_a_mailbox_gets_three_codes_an_hour_whoever_asks(newcomer: Newcomer) -> None:
    newcomer.starts()
    newcomer.passes_check()
    assert newcomer.browser.post("/register/code/resend").status_code == 303
    other = Newcomer(email="NEWCOMER+tag@example.com")
    other.starts()
    assert other.passes_check().status_code == 303
    third = Newcomer()
    third.starts()
    refused = third.passes_check()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert len(newcomer.mails()) == 2
    assert len(other.mails()) == 1


def test_thr_11_one_address_cannot_flood_many_mailboxes(newcomer: Newcomer) -> None:
    for _ in range(flows.CODES_BY_ADDRESS.allowed - 1):
        flows.CODES_BY_ADDRESS.hit("198.51.100.9")
    for number, expected in enumerate((303, 429, 429)):
        other = Newcomer(email=f"victim{number}@example.com", browser=Client(REMOTE_ADDR="198.51.100.9"))
        other.starts()
        assert other.passes_check().status_code == expected
    newcomer.starts()
    assert newcomer.passes_check().status_code == 303


def test_thr_04_five_wrong_codes_end_the_registration(newcomer: Newcomer) -> None:
    newcomer.starts()
    newcomer.passes_check()
    code = newcomer.reads_code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(3):
        assert b'role="alert"' in newcomer.sends_code(wrong).content
    newcomer.browser.post("/register/code/resend")
    code = newcomer.reads_code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(2):
        assert newcomer.sends_code(wrong).status_code == 400
    assert _goes_to(newcomer.sends_code(code)) == "/register/?ended=tries"
    assert _goes_to(newcomer.browser.get("/register/code")) == "/register/?ended=timeout"  # type: ignore[arg-type]


def test_a_new_code_kills_the_one_before(newcomer: Newcomer) -> None:
    newcomer.starts()
    newcomer.passes_check()
    old = newcomer.reads_code()
    assert _goes_to(newcomer.browser.post("/register/code/resend")) == "/register/code?sent=1"  # type: ignore[arg-type]
    if newcomer.reads_code() != old:
        assert newcomer.sends_code(old).status_code == 400
    assert _goes_to(newcomer.sends_code(newcomer.reads_code())) == "/register/details"


def test_a_code_is_worth_nothing_in_another_browser(newcomer: Newcomer) -> None:
    newcomer.starts()
    newcomer.passes_check()
    other = Newcomer()
    other.starts()
    other.passes_check()
    codes = {mail.text for mail in newcomer.mails()}
    assert len(codes) == 2
    first = newcomer.mails()[0].text
    assert newcomer.sends_code(other.reads_code()).status_code == (303 if newcomer.reads_code() in first else 400)


@pytest.mark.parametrize(
    ("password", "again"),
    [("short1A", None), ("alllowercaseletters", None), ("newcomer@example.com", None), (PASSWORD, PASSWORD + "x"), ("", ""), ("A1b" * 50, None)],
)
def test_a_password_that_breaks_a_rule_is_refused(newcomer: Newcomer, password: str, again: str | None) -> None:
    newcomer.proves_address()
    page = newcomer.chooses(password, again)
    assert page.status_code == 400
    assert b'role="alert"' in page.content
    assert not RootUser.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"email": "", "account_name": "A"},
        {"email": "no-at-sign", "account_name": "A"},
        {"email": "a@b@example.com", "account_name": "A"},
        {"email": "m\u0131ke@example.com", "account_name": "A"},
        {"email": "a" * 250 + "@example.com", "account_name": "A"},
        {"email": "a@example.com", "account_name": ""},
        {"email": "a@example.com", "account_name": "x" * 51},
        {"email": "a@example.com", "account_name": "<b>"},
    ],
)
def test_what_cannot_be_an_address_or_a_name_is_refused(db: None, typed: dict[str, str]) -> None:
    answer = Client().post("/register/", typed)
    assert answer.status_code == 400
    assert b'role="alert"' in answer.content


@pytest.mark.parametrize("email", ["someone@gmail.com", "someone@example.com.evil.net"])
def test_an_address_that_looks_real_is_stopped(db: None, email: str) -> None:
    answer = Client().post("/register/", {"email": email, "account_name": "A"})
    assert answer.status_code == 422
    assert email not in answer.content.decode()


@pytest.mark.parametrize(
    "body", ["email=a@example.com&email=b@example.com&account_name=A", "email[]=a@example.com&account_name=A", "email=a%00@example.com"]
)
def test_malformed_forms_are_refused(db: None, body: str) -> None:
    answer = Client().post("/register/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_cap_03_the_security_check_cannot_be_left_out(newcomer: Newcomer) -> None:
    newcomer.starts()
    check = "/register/security-check"
    shown = newcomer.browser.get(check)
    assert shown.status_code == 200
    assert newcomer.browser.post(check, {}).status_code == 400
    assert newcomer.browser.post(check, {"captcha": ""}).status_code == 400
    assert newcomer.browser.post(check, "captcha=&captcha=x", content_type="application/x-www-form-urlencoded").status_code == 400
    assert newcomer.browser.post(check, {"captcha": "x" * 5000}).status_code == 400
    assert newcomer.browser.post(check, {"captcha": "x" * 100}).status_code == 400
    assert newcomer.browser.post(check, json.dumps({"captcha": "x"}), content_type="application/json").status_code in {400, 415}
    assert Client().post(check, {"captcha": "x"}).headers["Location"] == "/register/?ended=timeout"
    assert newcomer.mails() == []
    assert _goes_to(newcomer.browser.get("/register/code")) == check  # type: ignore[arg-type]
    newcomer.passes_check()
    assert _goes_to(newcomer.starts()) == check
    assert _goes_to(newcomer.browser.get("/register/code")) == check  # type: ignore[arg-type]
