"""POL-01, POL-04, MFA-01: every address by every method, for nobody and for somebody half-way."""

from collections.abc import Callable

import pytest

from portal.world.people import Person
from tests.attacks.addresses import Address, addresses
from tests.attacks.matrix import MATRIX
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor

STAGES = {"/signin/security-check", "/signin/password", "/signin/verification-code", "/signin/verification-code/resend", "/signin/new-password"}
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
        if path != stage:
            answer = visitor.posts_with_token(path, password="x", code="123456", captcha="ABCDEF", new_password="x", confirm_password="x")
            assert (answer.status_code, answer.headers.get("Location")) == (303, stage), path
    if stage != "/signin/verification-code":
        answer = visitor.posts_with_token("/signin/verification-code/resend")
        assert (answer.status_code, answer.headers.get("Location")) == (303, stage)


def _opens_no_console(visitor: Visitor) -> None:
    """Check that half a sign-in opens nothing that the matrix does not open for nobody."""
    for address in addresses():
        if address.path in STAGES | BEGINNINGS or address.pattern.startswith(("training/", "register/")):
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
    visitor.enters_console(visitor.gives_mailed_code(page, root_user))
    for path in sorted(STAGES - {"/signin/verification-code/resend"}):
        assert visitor.get(path).headers["Location"] == "/console/?timed_out=1", "nothing is left to go back to"


def test_mfa_01_an_iam_user_cannot_pass_by_the_new_password(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    visitor.goes(visitor.gives_iam(iam_user_to_change_password), "/signin/new-password")
    _stands_at(visitor, "/signin/new-password")
    _opens_no_console(visitor)


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
    stranger.enters_console(stranger.sends(page, code=second))
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
    visitor.enters_console(visitor.sends(page, code=spell(visitor.newest_mail(root_user.email)["codes"][0])))


NO_CODES = ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "1" * 17, "1" * 4000, "12 34 5", "-123456-7"]


@pytest.mark.parametrize("typed", NO_CODES)
def test_mfa_03_what_is_no_code_is_no_try(visitor: Visitor, root_user: Person, typed: str) -> None:
    page = visitor.reaches_code(root_user)
    for _ in range(6):
        assert visitor.sends(page, code=typed).status_code == 400
    visitor.enters_console(visitor.gives_mailed_code(page, root_user))
