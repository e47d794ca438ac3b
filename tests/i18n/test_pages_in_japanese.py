"""Every page of the portal, read in Japanese: nothing on it is English."""

from typing import Any

from django.apps import apps
from django.contrib import admin

from mfa.models import Authenticator
from portal.world.people import Person
from tests.admin.second_factors import fill_tables
from tests.console.browsing import principal_of
from tests.fixtures.people import World
from tests.guardrails.addresses import plain_addresses
from tests.i18n.conftest import Reader
from tests.i18n.reading import english_in
from tests.journeys.visitor import TOKEN
from tests.mfa.codes import app_of
from tests.mfa.recovery.steps import asks_for_mail, is_called, reaches_challenge

NEW = "Fresh-Harbor-2217"
WRONG = "Not-the-password-1"


def token_of(page: Any) -> str:
    found = TOKEN.search(page.content.decode())
    assert found
    return found[1]


def test_reading_finds_english() -> None:
    """The reader of these tests can tell English from Japanese."""
    assert english_in("<p>Sign in to the console</p>")
    assert english_in("<h1>IAM user</h1>")
    assert english_in('<img alt="Distorted letters and digits. To hear them, play the sound below.">')
    assert english_in("<p>Error: an answer that nobody had translated before</p>")
    assert not english_in("<p>コンソールにサインイン</p><pre>Sign in to the console</pre><td class='mono'>IAM user</td><dt>ARN</dt>")


def test_every_address_that_anybody_may_open(reader: Reader) -> None:
    for path in plain_addresses():
        reader.get(path)
    assert len(reader.read) > 15


PATHS = (
    "/nothing-here",
    "/console/?user=root",
    "/console/?user=iam&account=anycompany",
    "/console/?timed_out=1",
    "/console/?signed_out=1",
    "/console/111122223333-abcdefgh/home",
    "/register/?ended=timeout",
    "/register/?ended=tries",
    "/password/forgot?account=anycompany",
    "/password/forgot/iam-user?account=111122223333",
    "/password/reset/no-such-token",
    "/trail/?account=12",
    "/trail/?account=999999999999",
    "/trail/?since=never&until=x&since=y",
    "/trail/?name=Nothing",
    "/trail/00000000-0000-0000-0000-000000000000",
    "/inbox/?to=nobody@example.com",
    "/inbox/?before=1",
    "/inbox/?nothing=1",
    "/inbox/999999",
    "/inbox/999999/html",
    "/misuse?q=AKIAIOSFODNN7EXAMPLE",
    "/training/?done=clock",
    "/training/?done=world",
    "/v1/authorize",
    "/language",
)


def test_pages_that_something_is_wrong_with(reader: Reader) -> None:
    for path in PATHS:
        reader.get(path)
    assert len(reader.read) > 10


def test_a_root_users_way_in_and_its_console(reader: Reader, root_user: Person) -> None:
    page = reader.sends(reader.opens("/console/?user=root"), email="")
    page = reader.sends(page, email="no address")
    page = reader.sends(page, email="someone@corporation.com")
    assert page.status_code in {200, 400, 422}
    check = reader.goes(reader.names_root(root_user), "/signin/security-check")
    check = reader.sends(check, captcha="")
    check = reader.sends(check, captcha="zzzzzz")
    if check.status_code == 303:
        check = reader.goes(check, "/signin/security-check")
    page = reader.goes(reader.passes_check(check), "/signin/password")
    page = reader.sends(page, password="")
    page = reader.sends(page, password=WRONG)
    page = reader.goes(reader.sends(reader.opens("/signin/password"), password=root_user.password), "/signin/verification-code")
    page = reader.sends(page, code="")
    page = reader.sends(page, code="12")
    page = reader.sends(reader.opens("/signin/verification-code"), code="000000")
    newest = reader.newest_mail(root_user.email)
    answer = reader.sends(reader.opens("/signin/verification-code"), code=newest["codes"][0])
    for place in ("register", "register/app", "register/passkey"):
        reader.opens(f"/signin/mfa/{place}")
    reader.sends(reader.opens("/signin/mfa/register/app"), name="", code="", code2="")
    reader.sends(reader.opens("/signin/mfa/register/app"), name="phone", code="000000", code2="000001")
    name = reader.enters_console(reader.puts_off_registration(answer))
    for place in ("home", "security", "security?notice=ended", "security?before=1", "security?ended=1", "nothing"):
        reader.get(f"/console/{name}/{place}")
    page = reader.opens(f"/console/{name}/security")
    page = reader.sends(page, password="", new_password="", confirm_password="")
    page = reader.sends(reader.opens(f"/console/{name}/security"), password=WRONG, new_password=NEW, confirm_password=NEW)
    page = reader.sends(reader.opens(f"/console/{name}/security"), password=root_user.password, new_password="a", confirm_password="b")
    page = reader.sends(reader.opens(f"/console/{name}/security"), password=root_user.password, new_password="aaaaaaaa", confirm_password="aaaaaaaa")
    assert page.status_code in {200, 400}
    reader.walks(reader.sends(reader.opens(f"/console/{name}/security"), password=root_user.password, new_password=NEW, confirm_password=NEW))
    reader.opens("/inbox/")
    reader.opens(f"/inbox/{reader.newest_mail(root_user.email)['id']}")
    reader.opens("/trail/")
    reader.opens("/trail/?result=failure")
    for event in reader.events(root_user.account):
        reader.opens(f"/trail/{event['eventID']}")


def test_several_identities_in_one_browser(reader: Reader, world: World) -> None:
    names = ("Carlos", "zhang@example.com", "alice", "EmergencyAdmin", "Jorge_Souza")
    sessions = [
        reader.signs_in_as_iam_user(world["111122223333", name], address=f"/console/?user=iam{'&add=1' if number else ''}")
        for number, name in enumerate(names)
    ]
    reader.opens("/console/sessions")
    reader.opens(f"/console/{sessions[0]}/home")
    reader.get("/console/?add=1")
    reader.get("/password/forgot")
    for session in sessions[:4]:
        reader.walks(reader.sends_sign_out(session))
    reader.walks(reader.sends_sign_out(sessions[4]))


def test_what_an_iam_user_may_meet(reader: Reader, world: World) -> None:
    page = reader.sends(reader.opens("/console/?user=iam"), account="", username="", password="")
    page = reader.sends(page, account="x y", username="<b>", password="x")
    for name in ("Carlos", "nobody"):
        page = reader.sends(reader.opens("/console/?user=iam"), account="111122223333", username=name, password=WRONG)
        assert page.status_code == 403
    for account, name in (("111122223333", "Richard_Roe"), ("111122223333", "Martha_Rivera")):
        page = reader.goes(reader.gives_iam(world[account, name]), "/signin/new-password")
        page = reader.sends(page, new_password="", confirm_password="")
        page = reader.sends(reader.opens("/signin/new-password"), new_password="a", confirm_password="b")
        page = reader.sends(reader.opens("/signin/new-password"), new_password="aaa", confirm_password="aaa")
    for account, name in (("444455556666", "Paulo_Santos"), ("222222222222", "Li_Juan"), ("111122223333", "Terry_Whitlock")):
        assert reader.gives_iam(world[account, name]).status_code == 403


def test_a_password_that_expires_soon(reader: Reader, iam_user: Person) -> None:
    reader.training("clock", advance_seconds=80 * 86400)
    name = reader.signs_in_as_iam_user(iam_user)
    assert "パスワードの有効期限まで" in reader.opens(f"/console/{name}/home").content.decode()
    reader.opens("/")
    reader.opens("/training/")


def test_too_many_tries(reader: Reader, iam_user: Person) -> None:
    for _ in range(20):
        answer = reader.gives_iam(iam_user, password=WRONG)
        if answer.status_code == 303:
            page = reader.goes(reader.passes_check(reader.goes(answer, "/signin/security-check")), "/signin/iam")
            answer = reader.sends(page, account=iam_user.account, username=iam_user.username, password=WRONG)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert "試行回数が多すぎます。" in answer.content.decode()


def test_a_form_of_another_page(reader: Reader) -> None:
    assert reader.posts("/signin/iam", {"csrfmiddlewaretoken": "wrong"}).status_code == 403


def test_root_users_that_are_refused(world: World) -> None:
    passwords = {person.email: person.password for person in world.values()}
    names = ("suspended", "closed", "closed-long-ago", "exposed", "production", "nobody")
    for number, email in enumerate(f"{name}@example.com" for name in names):
        reader = Reader(address=f"198.51.100.{number + 1}")
        check = reader.goes(reader.sends(reader.opens("/console/?user=root"), email=email), "/signin/security-check")
        page = reader.goes(reader.passes_check(check), "/signin/password")
        assert reader.sends(page, password=passwords.get(email) or WRONG).status_code == 403


def test_a_forgotten_password(reader: Reader, root_user: Person) -> None:
    page = reader.sends(reader.opens("/password/forgot"), email="")
    page = reader.goes(reader.sends(page, email=root_user.email), "/password/forgot/security-check")
    reader.goes(reader.passes_check(page), "/password/forgot/sent")
    (link,) = reader.newest_mail(root_user.email)["links"]
    page = reader.goes(reader.get(link), "/password/new")
    page = reader.sends(page, new_password="a", confirm_password="b")
    page = reader.sends(page, new_password="aaaaaaaa", confirm_password="aaaaaaaa")
    reader.goes(reader.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")
    assert reader.get(link).status_code == 404


def test_a_member_account_without_root_credentials(reader: Reader, root_user_without_credentials: Person) -> None:
    email = root_user_without_credentials.email
    page = reader.goes(reader.sends(reader.opens("/password/forgot"), email=email), "/password/forgot/security-check")
    reader.walks(reader.passes_check(page))


def test_a_new_account(reader: Reader) -> None:
    page = reader.sends(reader.opens("/register/"), email="x", account_name="")
    page = reader.sends(page, email="newcomer@example.com", account_name="<b>")
    page = reader.goes(reader.sends(page, email="newcomer@example.com", account_name="Newcomer Ltd"), "/register/security-check")
    page = reader.goes(reader.passes_check(page), "/register/code")
    page = reader.sends(page, code="000000")
    page = reader.goes(reader.sends(page, code=reader.newest_mail("newcomer@example.com")["codes"][0]), "/register/details")
    page = reader.sends(page, new_password="a", confirm_password="b")
    page = reader.sends(page, new_password="newcomer@example.com", confirm_password="newcomer@example.com")
    page = reader.sends(page, new_password="aaaaaaaa", confirm_password="aaaaaaaa")
    reader.goes(reader.sends(page, new_password=NEW, confirm_password=NEW), "/register/done")


def test_an_address_that_is_taken(reader: Reader, standalone_root_user: Person) -> None:
    page = reader.sends(reader.opens("/register/"), email=standalone_root_user.email, account_name="Twice")
    page = reader.goes(reader.passes_check(reader.goes(page, "/register/security-check")), "/register/code")
    passed, _page = reader.walks(reader.sends(page, code=reader.newest_mail(standalone_root_user.email)["codes"][0]))
    assert passed[-1] == "/register/address-in-use"


ACTS = (
    *(("accounts/iamuser", "disable"), ("accounts/rootuser", "require_new_password"), ("accounts/account", "suspend")),
    *(("accounts/signinsession", "end"), ("mfa/authenticator", "deactivate"), ("mfa/trusteddevice", "forget")),
)


def test_the_admin_site(reader: Reader, operator: Person, iam_user: Person) -> None:
    reader.signs_in_as_iam_user(iam_user)
    fill_tables(principal_of(iam_user))
    reader.sends(reader.opens("/signin/operator"), username="", password="")
    reader.sends(reader.opens("/signin/operator"), username="nobody", password=WRONG)
    reader.signs_in_as_operator(operator)
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        reader.opens(address)
        reader.get(f"{address}add/")
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            for act in ("change", "delete", "history"):
                reader.get(f"{address}{row.pk}/{act}/")
    for label, act in ACTS:
        app, name = label.split("/")
        page = reader.opens(f"/admin/{label}/")
        row = apps.get_model(app, name)._default_manager.order_by("pk").first()
        assert row is not None
        fields = {"csrfmiddlewaretoken": token_of(page), "action": act, "_selected_action": str(row.pk)}
        page = reader.posts(f"/admin/{label}/", fields)
        fields |= {"confirmed": "yes", "reason": "理由"}
        reader.walks(reader.posts(f"/admin/{label}/", fields))
    reader.get("/admin/password_change/")
    assert len(reader.read) > 30


def test_second_factors_within_a_sign_in(reader: Reader, world: World, root_user: Person) -> None:
    jorge = world["111122223333", "Jorge_Souza"]
    page = reader.goes(reader.gives_iam(jorge), "/signin/mfa/")
    for place in ("", "?type=fido", "?type=totp", "resynchronise", "troubleshoot"):
        reader.opens(f"/signin/mfa/{place}")
    reader.sends(reader.opens("/signin/mfa/resynchronise"), code="", code2="")
    reader.sends(reader.opens("/signin/mfa/resynchronise"), code="000000", code2="000001")
    for code in ("", "12", "000000", "000001", "000002", "000003"):
        page = reader.posts("/signin/mfa/", {"csrfmiddlewaretoken": token_of(reader.opens("/signin/mfa/?type=totp")), "code": code})
    _, page = reader.walks(page)
    assert page.request["PATH_INFO"] == "/console/"
    reader.goes(reader.gives_iam(world["888888888888", "Diego_Ramirez"]), "/signin/mfa/register")


def test_a_root_user_without_its_device(reader: Reader, root_user: Person) -> None:
    app_of(principal_of(root_user), name="root-phone")
    reaches_challenge(reader, root_user)
    reader.opens("/signin/mfa/troubleshoot")
    link = asks_for_mail(reader, root_user)
    reader.opens("/signin/mfa/recovery/?checked=1")
    reader.walks(reader.sends(reader.opens(link)))
    reader.opens("/signin/mfa/recovery/verified")
    reader.get(link)
    digits = is_called(reader, root_user)
    reader.sends(reader.opens("/signin/mfa/recovery/"), code="")
    reader.sends(reader.opens("/signin/mfa/recovery/"), code="000000" if digits != "000000" else "000001")
    page = reader.walks(reader.sends(reader.opens("/signin/mfa/recovery/"), code=digits))[1]
    _, page = reader.walks(reader.sends(page))
    name = page.request["PATH_INFO"].split("/")[2]
    device = Authenticator.objects.get(name="root-phone")
    for place in ("security", "mfa/register", "mfa/register/app", "mfa/register/passkey", "mfa/resynchronise", "users"):
        reader.opens(f"/console/{name}/{place}")
    for place in ("rename", "delete"):
        reader.get(f"/console/{name}/mfa/{place}?device={device.pk}")
    reader.training("clock", advance_seconds=3600)
    reader.walks(reader.get(f"/console/{name}/mfa/register"))
