"""RED: one checker of redirect targets, and every address that takes one."""

import pytest
from django.test import Client

from portal.core.errors import BadInput
from portal.core.http import is_local_path, see_other
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, form_of

ELSEWHERE = [
    "",
    "https://evil.example/",
    "http://evil.example",
    "HTTPS://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    " /console/",
    "/console/ ",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x7f/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:x",
    "mailto:a@example.com",
    "evil.example",
    "console/",
    "./console/",
    "?next=/",
    "#x",
    "http:evil.example",
    "http:/evil.example",
    "https:///evil.example",
    "://evil.example",
    ":80/",
    "@evil.example",
    "/x" * 1200,
    "//[::1",
    "http://[evil",
    "//localhost:8000/console/",
    "http://localhost:8000/console/",
]
HERE = [
    "/",
    "/console/",
    "/trail/?account=111122223333",
    "/console/#x",
    "/a/b/../c",
    "/%2f%2fevil.example",
    "/x?next=//evil.example",
    "/@evil.example",
    "/x:y",
    "/\u00e9",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_red_01_elsewhere_is_refused(target: str) -> None:
    assert not is_local_path(target)
    with pytest.raises(BadInput):
        see_other(target)


@pytest.mark.parametrize("target", HERE)
def test_red_01_a_path_of_the_portal_is_taken(target: str) -> None:
    assert is_local_path(target)
    assert see_other(target).status_code == 303


@pytest.mark.parametrize("target", [target for target in ELSEWHERE if target and len(target) < 2000])
def test_red_02_no_page_carries_a_target_elsewhere(world: World, target: str) -> None:
    browser = Client(HTTP_HOST="localhost:8000")
    for address in ("/console/", "/console/?user=iam", "/console/?user=root", "/signin/", "/signin/iam", "/signin/root", "/signin/operator"):
        path, _, query = address.partition("?")
        answer = browser.get(path, {"next": target} | dict([query.split("=")] if query else []))
        if answer.status_code == 200:
            page = answer.content.decode().partition('<form id="preferences"')[0]  # that form leads back to this very address
            assert 'href="' + target not in page
            assert "next=http" not in page
            assert "next=%2F%2F" not in page
            assert "next=javascript" not in page.lower()
        else:
            assert answer.status_code == 400


@pytest.mark.parametrize("address", ["/language", "/theme"])
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", ""])
def test_red_02_language_and_theme_lead_nowhere_else(visitor: Visitor, address: str, target: str) -> None:
    fields = {"language": "ja"} if address == "/language" else {"theme": "dark"}
    answer = visitor.posts_with_token(address, next=target, **fields)
    assert answer.status_code in {302, 303, 400}
    assert answer.headers.get("Location", "/").startswith("/")
    assert not answer.headers.get("Location", "/").startswith(("//", "/\\"))


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/admin/", "/\\evil.example", "javascript:x"])
def test_red_03_an_operator_ends_up_at_the_admin_site(visitor: Visitor, operator: Person, target: str) -> None:
    page = visitor.client.get("/signin/operator", {"next": target})
    fields = form_of(page).fields | {"username": operator.username, "password": operator.password}
    answer = visitor.shows_factor(visitor.client.post("/signin/operator", fields, query_params={"next": target}), operator)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")


def test_red_04_a_forged_destination_of_the_callback_is_not_followed(visitor: Visitor, iam_user: Person) -> None:
    answer = visitor.get(visitor.gives_iam(iam_user).headers["Location"])
    value = visitor.client.cookies["authorization"].value
    visitor.client.cookies["authorization"] = "W10" + value[3:]
    passed, _ = visitor.walks(answer)
    assert passed == ["/console/callback", "/console/"]


def test_red_05_forms_are_redirected_by_303_alone(visitor: Visitor, root_user: Person, iam_user: Person) -> None:
    """A 307 would send the password on (RFC 9700, §4.12)."""
    assert visitor.names_root(root_user).status_code == 303
    assert visitor.gives_iam(iam_user).status_code == 303
