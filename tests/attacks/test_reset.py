"""RST: attacks on the mail that resets a root user's password."""

from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import OutgoingMail, PasswordRecovery, Principal, SignInSession
from accounts.password_reset.flows import BY_ADDRESS
from portal.conf import conf
from portal.trail.models import Event
from portal.world.people import Person
from tests.journeys.visitor import FORM, Visitor, form_of, text_of

NEW = "Fresh-Harbor-2217"
JUNK = "/password/reset/" + "x" * 43


def asks_for_link(visitor: Visitor, email: str, **headers: str) -> None:
    """Ask for a link; `headers` go with every request."""
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=email), "/password/forgot/security-check")
    shown = visitor.client.get("/training/api/captcha", headers={"X-Training": "1"}).json()["answer"]
    fields = form_of(page).fields | {"captcha": shown}
    answer = visitor.client.post("/password/forgot/security-check", urlencode(fields), content_type=FORM, headers=headers)
    assert answer.status_code == 303, text_of(answer)


def link_of(visitor: Visitor, person: Person) -> str:
    """Ask for a link and return the path of the mailed one."""
    asks_for_link(visitor, person.email)
    (link,) = visitor.newest_mail(person.email)["links"]
    return str(link).removeprefix(conf.base_url)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Server": "evil.example"},
        {"X-Host": "evil.example"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Original-URL": "http://evil.example/password/forgot"},
        {"X-Rewrite-URL": "/evil"},
        {"Host": "127.0.0.1:1"},
    ],
)
def test_rst_01_links_lead_to_the_configured_origin_whatever_a_header_says(visitor: Visitor, root_user: Person, headers: dict[str, str]) -> None:
    asks_for_link(visitor, root_user.email, **headers)
    mail = visitor.newest_mail(root_user.email)
    assert all(link.startswith("http://localhost:8000/password/reset/") for link in mail["links"])
    assert "evil" not in mail["text"] + mail["html"]


@pytest.mark.parametrize("host", ["evil.example", "localhost@evil.example", "localhost:8000@evil.example", "evil.example:8000", "[evil]", "a b", ""])
def test_rst_01_a_foreign_host_is_refused(visitor: Visitor, host: str) -> None:
    answer = visitor.client.get("/password/forgot", headers={"Host": host})
    assert answer.status_code == 400 or not host
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "MANAGEMENT@EXAMPLE.COM",
        "managem\u0435nt@example.com",
        "management@ⓔxample.com",
        "management@example.com.",
        "ＭANAGEMENT@example.com",
        "m\u0131ke@example.com",
    ],
)
def test_rst_02_mail_goes_to_the_stored_address_or_nowhere(visitor: Visitor, root_user: Person, typed: str) -> None:
    answer = visitor.sends(visitor.opens("/password/forgot"), email=typed)
    if answer.status_code == 303:
        visitor.passes_check(visitor.opens("/password/forgot/security-check"))
    else:
        assert answer.status_code in {400, 422}
    recipients = set(OutgoingMail.objects.filter(kind="reset_link").values_list("recipient", flat=True))
    assert recipients <= {root_user.email, ""}
    assert (root_user.email in recipients) is (typed.lower() == root_user.email)


@pytest.mark.parametrize(
    "body",
    [
        "email[]=management@example.com&email[]=evil@example.com",
        "email=management@example.com&email=evil@example.com",
        "email=management@example.com,evil@example.com",
        "email=management@example.com%3Bevil@example.com",
        "email=management@example.com%0ABcc:evil@example.com",
        "email=management@example.com%0D%0ATo:evil@example.com",
        "email=%22management@example.com%22 <evil@example.com>",
        "email=management@example.com%00",
    ],
)
def test_rst_03_one_address_is_one_address(visitor: Visitor, root_user: Person, body: str) -> None:
    token = form_of(visitor.opens("/password/forgot")).fields["csrfmiddlewaretoken"]
    answer = visitor.client.post("/password/forgot", f"csrfmiddlewaretoken={token}&{body}", content_type=FORM)
    assert answer.status_code in {400, 422}
    assert visitor.get("/password/forgot/security-check").status_code == 303
    assert not OutgoingMail.objects.filter(kind="reset_link").exists()


def test_rst_03_a_list_in_json_is_no_form(visitor: Visitor) -> None:
    answer = visitor.client.post("/password/forgot", '{"email": ["management@example.com"]}', content_type="application/json")
    assert answer.status_code in {400, 403, 415}


def test_rst_04_the_token_leaves_the_address_at_once(visitor: Visitor, root_user: Person) -> None:
    link = link_of(visitor, root_user)
    token = link.rpartition("/")[2]
    answer = visitor.get(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/password/new")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    page = visitor.opens("/password/new")
    assert token not in page.content.decode()
    assert all(token not in morsel.value for morsel in visitor.client.cookies.values())
    assert page.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert not PasswordRecovery.objects.filter(token_digest=token).exists()


def test_rst_05_a_dead_link_says_what_a_junk_link_says(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    junk = visitor.get(JUNK)
    assert junk.status_code == 404

    def is_dead(link: str) -> bool:
        answer = Visitor().get(link)
        return bool(answer.status_code == 404 and text_of(answer) == text_of(junk))

    old = link_of(visitor, root_user)
    newer = link_of(visitor, root_user)
    assert is_dead(old), "after a newer link"
    assert not is_dead(newer)
    visitor.training("clock", advance_seconds=3601)
    assert is_dead(newer), "after its time"
    visitor.training("clock", reset=True)
    assert not is_dead(newer)
    stranger.signs_in_as_root(root_user)
    assert is_dead(newer), "after a sign-in"


def test_rst_05_a_link_dies_with_the_password_and_with_the_right_to_sign_in(visitor: Visitor, root_user: Person) -> None:
    link = link_of(visitor, root_user)
    visitor.get(link)
    Principal.objects.filter(kind="root", account_id=root_user.account).update(is_active=False)
    assert Visitor().get(link).status_code == 404
    assert visitor.get("/password/new").status_code == 404, "nor where it had been opened before"
    Principal.objects.filter(kind="root", account_id=root_user.account).update(is_active=True)
    page = visitor.opens("/password/new")
    Principal.objects.filter(kind="root", account_id=root_user.account).update(credential_epoch=7)
    assert visitor.sends(page, new_password=NEW, confirm_password=NEW).status_code == 404
    assert Visitor().get(link).status_code == 404


def test_rst_05_a_used_link_is_dead_in_every_browser(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    link = link_of(visitor, root_user)
    other = stranger.goes(stranger.get(link), "/password/new")
    page = visitor.goes(visitor.get(link), "/password/new")
    visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")
    assert stranger.sends(other, new_password="Other-Harbor-9917", confirm_password="Other-Harbor-9917").status_code == 404
    assert Visitor().get(link).status_code == 404
    Visitor().signs_in_as_root(root_user, password=NEW)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_rst_06_looking_at_a_link_changes_nothing(visitor: Visitor, root_user: Person, method: str) -> None:
    link = link_of(visitor, root_user)
    before = Principal.objects.get(kind="root", account_id=root_user.account)
    for scanner in (Visitor(), Visitor()):
        for _ in range(5):
            assert getattr(scanner.client, method)(link).status_code < 500
        if method == "get":
            scanner.opens("/password/new")
    assert PasswordRecovery.objects.get().used_at is None
    assert Principal.objects.get(pk=before.pk).password == before.password
    page = visitor.goes(visitor.get(link), "/password/new")
    visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")


def test_rst_06_a_link_takes_no_post(visitor: Visitor, root_user: Person) -> None:
    link = link_of(visitor, root_user)
    assert visitor.posts_with_token(link, new_password=NEW, confirm_password=NEW).status_code == 405


def test_rst_07_a_reset_signs_nobody_in_and_proves_no_password(visitor: Visitor, root_user: Person) -> None:
    page = visitor.goes(visitor.get(link_of(visitor, root_user)), "/password/new")
    visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")
    assert not SignInSession.objects.exists()
    visitor.goes(visitor.get("/signin/verification-code"), "/console/?timed_out=1")
    page = visitor.goes(visitor.names_root(root_user), "/signin/password")
    assert visitor.sends(page, password=root_user.password).status_code == 403


def test_rst_07_browsers_that_were_known_are_known_no_more(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    stranger.signs_in_as_root(root_user)
    page = visitor.goes(visitor.get(link_of(visitor, root_user)), "/password/new")
    visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")
    stranger.goes(stranger.names_root(root_user), "/signin/security-check")


def test_rst_09_half_a_sign_in_changes_no_password(visitor: Visitor, root_user: Person, iam_user: Person) -> None:
    """Right password, code not yet given: no console page answers, and the page for new passwords is another journey's."""
    visitor.reaches_code(root_user)
    for address in ("/signin/new-password", "/password/new"):
        answer = visitor.posts_with_token(address, new_password=NEW, confirm_password=NEW)
        assert answer.status_code in {303, 404}, address
    name = f"{root_user.account}-abcdefgh"
    answer = visitor.posts_with_token(f"/console/{name}/password", password=root_user.password, new_password=NEW, confirm_password=NEW)
    assert answer.status_code in {303, 403}
    assert Principal.objects.get(kind="root", account_id=root_user.account).password_changed_at
    assert not Event.objects.filter(event_name__in=["PasswordUpdated", "ChangePassword", "PasswordRecoveryCompleted"]).exists()


def test_rst_10_a_changed_password_is_told_with_time_place_and_device(visitor: Visitor, root_user: Person) -> None:
    page = visitor.goes(visitor.get(link_of(visitor, root_user)), "/password/new")
    visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")
    mail = visitor.newest_mail(root_user.email)
    assert mail["subject"] == "Your password was changed"
    for part in ("203.0.113.7", "Firefox", "Windows", "UTC"):
        assert part in mail["text"]
    assert Event.objects.filter(event_name="PasswordRecoveryCompleted", succeeded=True).count() == 1


def test_thr_11_a_mailbox_is_not_flooded_and_answers_stay_alike(visitor: Visitor, root_user: Person) -> None:
    for number in range(6):
        asks_for_link(Visitor(address=f"198.51.100.{number + 1}"), root_user.email)
    links = [mail for mail in visitor.mails_to(root_user.email) if mail["links"]]
    assert len(links) == 3
    assert OutgoingMail.objects.filter(kind="reset_link").count() == 6, "the others are decoys"
    (link,) = links[0]["links"]
    visitor.goes(visitor.get(link), "/password/new")


def test_thr_11_one_address_asks_for_thirty_links_an_hour(visitor: Visitor, cache_client: Any) -> None:
    for _ in range(30):
        assert BY_ADDRESS.hit(visitor.address).wait == 0
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email="management@example.com"), "/password/forgot/security-check")
    answer = visitor.passes_check(page)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert not OutgoingMail.objects.filter(kind="reset_link").exists()
