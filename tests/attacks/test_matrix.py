"""POL-01, POL-04, MFA-01: every address by every method, for nobody and for somebody half-way."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import SignInSession
from portal.world.people import Person
from tests.attacks.addresses import Address, addresses
from tests.attacks.matrix import MATRIX, PENDING
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor

STAGES = {
    *("/signin/security-check", "/signin/password", "/signin/verification-code", "/signin/verification-code/resend", "/signin/new-password"),
    *("/signin/mfa/", "/signin/mfa/register"),
}
NO_FORM = {"/signin/mfa/register"}
"""Stages whose page takes no form: it leads to those that do."""
BEGINNINGS = {"/signin/root", "/signin/iam", "/signin/operator"}


def test_pol_01_every_address_has_a_line_and_every_line_an_address() -> None:
    assert {address.pattern for address in addresses()} == MATRIX.keys()


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.pattern or "/")
def test_pol_01_nobody_gets_what_the_matrix_says(world: World, address: Address) -> None:
    get = Visitor().client.get(address.path).status_code
    head = Visitor().client.head(address.path).status_code
    post = Visitor().posts_with_token(address.path).status_code
    declared = getattr(address.view, "signin_action", None)
    action = [declared.action.removeprefix("signin:")] if declared else []
    assert " ".join([f"{get} {head} {post}", *action]) == MATRIX[address.pattern]


def test_pol_01_the_admin_site_opens_for_nobody(world: World) -> None:
    for address in addresses(admin=True):
        if not address.pattern.startswith("admin/"):
            continue
        path = address.path.replace("<path:object_id>", "1").replace("<int:content_type_id>", "1").replace("<path:object_id>", "1")
        if "<" in path or "(" in path:
            continue
        assert Visitor().client.get(path).status_code in {302, 303, 403, 404}, path
        assert Visitor().client.post(path).status_code in {302, 303, 403, 404, 405}, path


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"])
def test_pol_04_other_methods_do_nothing_anywhere(world: World, method: str) -> None:
    for address in addresses():
        assert Visitor().client.generic(method, address.path).status_code in {302, 303, 400, 403, 404, 405, 415}, address.pattern


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_pol_04_no_header_overrides_the_method(visitor: Visitor, header: str) -> None:
    assert visitor.client.get("/console/sign-out-all", headers={header: "POST"}).status_code == 405
    assert visitor.client.post("/signin/iam?_method=GET", headers={header: "GET"}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "//console/{name}/home",
        "/console//{name}/home",
        "/console/{name}/home/",
        "/console/{name}//home",
        "/Console/{name}/home",
        "/console/{name}/HOME",
        "/console/{name}/home;x.css",
        "/console/{name}/home.css",
        "/console/{name}%2fhome",
        "/console/./{name}/home",
        "/console/x/../{name}/home",
        "/x/%2e%2e/console/{name}/home",
        "/static/../console/{name}/home",
    ],
)
def test_pol_04_another_spelling_of_an_address_opens_nothing(visitor: Visitor, stranger: Visitor, iam_user: Person, path: str) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    assert visitor.is_in(name)
    address = path.format(name=name)
    assert visitor.client.get(address).status_code in ({200} if "%2f" in path else {400, 403, 404}), "one decoding is the server's own"
    answer = stranger.client.get(address)
    assert answer.status_code in {303, 400, 403, 404}
    assert iam_user.username not in answer.content.decode()


def _stands_at(visitor: Visitor, stage: str) -> None:
    """Check that of the pages of all stages only `stage` answers, and every other leads to it, by GET and by POST."""
    for path in sorted(STAGES):
        if path.endswith("/resend"):
            continue
        answer = visitor.get(path)
        expected = (200, None) if path == stage else (303, stage)
        assert (answer.status_code, answer.headers.get("Location")) == expected, path
        if path != stage and path not in NO_FORM:
            answer = visitor.posts_with_token(path, password="x", code="123456", captcha="ABCDEF", new_password="x", confirm_password="x")
            assert (answer.status_code, answer.headers.get("Location")) == (303, stage), path
    if stage != "/signin/verification-code":
        answer = visitor.posts_with_token("/signin/verification-code/resend")
        assert (answer.status_code, answer.headers.get("Location")) == (303, stage)


def _opens_no_console(visitor: Visitor) -> None:
    """Check that half a sign-in opens nothing that the matrix does not open for nobody."""
    for address in addresses():
        if address.path in STAGES | BEGINNINGS or address.pattern.startswith(("training/", "register/")) or address.pattern in PENDING:
            continue
        expected = int(MATRIX[address.pattern].split()[0])
        assert visitor.get(address.path).status_code == expected, address.pattern
    assert not [name for name, morsel in visitor.client.cookies.items() if name.startswith("s-") and morsel.value]


def test_mfa_01_a_root_user_passes_one_stage_after_the_other(visitor: Visitor, root_user: Person) -> None:
    visitor.names_root(root_user)
    _stands_at(visitor, "/signin/security-check")
    _opens_no_console(visitor)
    page = visitor.passes_check(visitor.opens("/signin/security-check"))
    _stands_at(visitor, "/signin/password")
    _opens_no_console(visitor)
    page = visitor.goes(page, "/signin/password")
    visitor.sends(page, password=root_user.password)
    _stands_at(visitor, "/signin/verification-code")
    _opens_no_console(visitor)
    page = visitor.opens("/signin/verification-code")
    visitor.sends(page, code=visitor.newest_mail(root_user.email)["codes"][0])
    _stands_at(visitor, "/signin/mfa/register")
    _opens_no_console(visitor)
    visitor.enters_console(visitor.puts_off_registration(visitor.get("/signin/verification-code")))
    for path in sorted(STAGES - {"/signin/verification-code/resend"}):
        assert visitor.get(path).headers["Location"] == "/console/?timed_out=1", "nothing is left to go back to"


def test_mfa_01_an_iam_user_cannot_pass_by_the_new_password(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    visitor.goes(visitor.gives_iam(iam_user_to_change_password), "/signin/new-password")
    _stands_at(visitor, "/signin/new-password")
    _opens_no_console(visitor)


def challenged(visitor: Visitor, world: World) -> str:
    visitor.gives_iam(world["111122223333", "alice"])
    return "/signin/mfa/"


def to_register(visitor: Visitor, world: World) -> str:
    visitor.gives_iam(world["888888888888", "Diego_Ramirez"])
    return "/signin/mfa/register"


def offered(visitor: Visitor, world: World) -> str:
    root = world["111122223333", "management@example.com"]
    visitor.sends(visitor.reaches_code(root), code=visitor.newest_mail(root.email)["codes"][0])
    return "/signin/mfa/register"


KINDS = {"challenged": (challenged, 0), "to register": (to_register, 2), "offered": (offered, 4)}
"""Who has proved the password alone, and the first of their columns in `PENDING`."""


def _pending(answer: Any, stage: str) -> str:
    location: str = urlsplit(answer.headers.get("Location", "")).path
    if answer.status_code != 303:
        return str(answer.status_code)
    return {stage: ">", "/v1/authorize": "signs-in"}.get(location, ">" + location.removeprefix("/signin/mfa/"))


def test_mfa_01_the_table_of_the_second_factors_pages_is_whole() -> None:
    assert {address.pattern for address in addresses() if address.pattern.startswith("signin/mfa/")} == PENDING.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_mfa_01_the_password_alone_opens_the_second_factors_pages_and_no_others(visitor: Visitor, world: World, kind: str) -> None:
    prove_password, column = KINDS[kind]
    stage = prove_password(visitor, world)
    _stands_at(visitor, stage)
    _opens_no_console(visitor)
    last = "signin/mfa/register/skip"
    for address in sorted((found for found in addresses() if found.pattern in PENDING), key=lambda found: (found.pattern == last, found.pattern)):
        get = _pending(visitor.get(address.path), stage)
        assert get == PENDING[address.pattern].split()[column], f"GET {address.pattern}"
        post = _pending(visitor.posts_with_token(address.path), stage)
        assert post == PENDING[address.pattern].split()[column + 1], f"POST {address.pattern}"


@pytest.mark.parametrize("kind", KINDS)
def test_mfa_01_a_pending_second_factor_is_worth_nothing_after_its_time(visitor: Visitor, world: World, kind: str) -> None:
    prove_password, _column = KINDS[kind]
    prove_password(visitor, world)
    visitor.training("clock", advance_seconds=15 * 60 + 1)
    for address in addresses():
        if address.pattern in PENDING:
            get, _head, post = MATRIX[address.pattern].split()
            assert visitor.get(address.path).status_code == int(get), address.pattern
            answer = visitor.posts_with_token(address.path, code="123456", code2="123456", name="x", credential="{}")
            assert answer.status_code == int(post), address.pattern
            assert answer.headers.get("Location", "/console/?timed_out=1") == "/console/?timed_out=1", address.pattern
    assert not SignInSession.objects.exists()


def test_mfa_01_an_old_session_skips_no_second_factor(visitor: Visitor, world: World) -> None:
    """Who is signed in already, in this very browser, is asked at the next sign-in as everybody is."""
    alice = world["111122223333", "alice"]
    first = visitor.signs_in_as_iam_user(alice)
    answer = visitor.gives_iam(alice, address="/console/?add=1&user=iam")
    visitor.goes(answer, "/signin/mfa/")
    assert visitor.is_in(first)
    assert SignInSession.objects.count() == 1
    visitor.goes(visitor.gives_iam(alice, address="/console/?add=1&user=iam"), "/signin/mfa/")
    assert SignInSession.objects.count() == 1, "nor by sending the password again"


def test_mfa_06_another_spelling_of_the_name_is_asked_all_the_same(visitor: Visitor, world: World) -> None:
    alice = world["111122223333", "alice"]
    for account in (alice.account, "1111-2222-3333", alice.alias.upper(), f" {alice.alias} "):
        for username in ("alice", "ALICE", " Alice "):
            visitor.goes(visitor.gives_iam(alice, account=account, username=username), "/signin/mfa/")
    for username in ("\uff41lice", "al\u0131ce", "alice\u200b"):
        assert visitor.gives_iam(alice, username=username).status_code in {303, 400, 403}
    assert not SignInSession.objects.exists()


def test_mfa_01_a_half_sign_in_is_worth_nothing_after_its_time(visitor: Visitor, root_user: Person) -> None:
    visitor.reaches_code(root_user)
    visitor.training("clock", advance_seconds=15 * 60 + 1)
    for path in sorted(STAGES - {"/signin/verification-code/resend"}):
        assert visitor.get(path).headers["Location"] == "/console/?timed_out=1"


def test_mfa_04_a_code_is_worth_nothing_in_another_attempt(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    visitor.reaches_code(root_user)
    first = visitor.newest_mail(root_user.email)["codes"][0]
    page = stranger.reaches_code(root_user)
    second = visitor.newest_mail(root_user.email)["codes"][0]
    if first != second:
        assert stranger.sends(page, code=first).status_code == 400
    stranger.enters_console(stranger.puts_off_registration(stranger.sends(page, code=second)))
    assert visitor.sends(visitor.opens("/signin/verification-code"), code=second).status_code == 400 or first == second


def test_mfa_04_a_code_of_one_root_user_is_worth_nothing_to_another(
    visitor: Visitor, stranger: Visitor, root_user: Person, standalone_root_user: Person
) -> None:
    visitor.reaches_code(root_user)
    own = visitor.newest_mail(root_user.email)["codes"][0]
    page = stranger.reaches_code(standalone_root_user)
    if visitor.newest_mail(standalone_root_user.email)["codes"][0] != own:
        assert stranger.sends(page, code=own).status_code == 400


def _full_width(code: str) -> str:
    return "".join(chr(0xFF10 + int(digit)) for digit in code)


@pytest.mark.parametrize("spell", [lambda code: f" {code[:3]} {code[3:]} ", lambda code: f"{code[:3]}-{code[3:]}", _full_width])
def test_mfa_03_a_code_has_one_form(visitor: Visitor, root_user: Person, spell: Callable[[str], str]) -> None:
    page = visitor.reaches_code(root_user)
    answer = visitor.sends(page, code=spell(visitor.newest_mail(root_user.email)["codes"][0]))
    visitor.enters_console(visitor.puts_off_registration(answer))


NO_CODES = ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "1" * 17, "1" * 4000, "12 34 5", "-123456-7"]


@pytest.mark.parametrize("typed", NO_CODES)
def test_mfa_03_what_is_no_code_is_no_try(visitor: Visitor, root_user: Person, typed: str) -> None:
    page = visitor.reaches_code(root_user)
    for _ in range(6):
        assert visitor.sends(page, code=typed).status_code == 400
    visitor.enters_console(visitor.gives_mailed_code(page, root_user))
