"""INP: malformed input on every form of every stage is a clear refusal and never an error of the portal."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Principal
from portal.trail.models import Event
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import FORM, Visitor, form_of

VALUES = {
    "missing": "",
    "empty": "{field}=",
    "space": "{field}=%20%20",
    "overlong": "{field}=" + "a" * 4096,
    "far overlong": "{field}=" + "a" * 300_000,
    "nul": "{field}=a%00b",
    "lone surrogate": "{field}=%ED%A0%80",
    "not utf-8": "{field}=%FF%FE%80",
    "replacement character": "{field}=%EF%BF%BD",
    "duplicated": "{field}=a&{field}=b",
    "list": "{field}[]=a",
    "nested": "{field}[a][b]=c",
    "line breaks": "{field}=a%0D%0Ab",
    "right to left": "{field}=%E2%80%AEa",
    "combining": "{field}=" + "e%CC%81" * 300,
    "emoji": "{field}=%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB",
    "template": "{field}=%7B%7B1337*7331%7D%7D%7B%25%20x%20%25%7D%25(x)s",
    "markup": "{field}=%3Cscript%3Ealert(1)%3C/script%3E",
    "sql": "{field}=%27%20OR%201=1--",
    "semicolons": "{field}=a;{field}=b",
    "plus": "{field}=+++",
    "number": "{field}=1e309",
}


def post(visitor: Visitor, path: str, token: str, body: str) -> Any:
    """Send a body with a right token and the other fields as given."""
    visitor.client.raise_request_exception = False
    return visitor.client.post(path, f"csrfmiddlewaretoken={token}&{body}", content_type=FORM)


def at_root_password(visitor: Visitor, world: World) -> str:
    visitor.reaches_root_password(world["111122223333", "management@example.com"])
    return "/signin/password"


def at_code(visitor: Visitor, world: World) -> str:
    visitor.reaches_code(world["111122223333", "management@example.com"])
    return "/signin/verification-code"


def at_check(visitor: Visitor, world: World) -> str:
    visitor.goes(visitor.names_root(world["111122223333", "management@example.com"]), "/signin/security-check")
    return "/signin/security-check"


def at_new_password(visitor: Visitor, world: World) -> str:
    visitor.gives_iam(world["111122223333", "Martha_Rivera"])
    return "/signin/new-password"


def at_reset(visitor: Visitor, world: World) -> str:
    email = "management@example.com"
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=email), "/password/forgot/security-check")
    visitor.passes_check(page)
    visitor.get(visitor.newest_mail(email)["links"][0])
    return "/password/new"


def beginning(path: str) -> Callable[[Visitor, World], str]:
    return lambda _visitor, _world: path


FORMS: dict[str, tuple[Callable[[Visitor, World], str], dict[str, str]]] = {
    "root": (beginning("/signin/root"), {"email": "nobody@example.com"}),
    "iam": (beginning("/signin/iam"), {"account": "123456789012", "username": "Nobody", "password": "x"}),
    "operator": (beginning("/signin/operator"), {"username": "nobody", "password": "x"}),
    "forgot": (beginning("/password/forgot"), {"email": "nobody@example.com"}),
    "check": (at_check, {"captcha": "AAAAAA"}),
    "password": (at_root_password, {"password": "x"}),
    "code": (at_code, {"code": "000000"}),
    "new password": (at_new_password, {"new_password": "Fresh-Harbor-2217", "confirm_password": "Fresh-Harbor-2218"}),
    "reset": (at_reset, {"new_password": "Fresh-Harbor-2217", "confirm_password": "Fresh-Harbor-2218"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_inp_no_field_of_any_stage_breaks_on_malformed_input(visitor: Visitor, world: World, form: str) -> None:
    stand, right = FORMS[form]
    path = stand(visitor, world)
    token = form_of(visitor.opens(path)).fields["csrfmiddlewaretoken"]
    for field in right:
        others = "&".join(f"{name}={value}" for name, value in right.items() if name != field)
        for kind, value in VALUES.items():
            answer = post(visitor, path, token, f"{others}&{value.format(field=field)}")
            assert answer.status_code < 500, f"{form}.{field} {kind}: {answer.status_code}"
            assert "<script>alert" not in answer.content.decode(), kind
            assert "9801547" not in answer.content.decode(), "a template was computed"
            if kind in {"nul", "lone surrogate", "not utf-8", "duplicated", "list", "nested", "far overlong"}:
                assert 400 <= answer.status_code < 500, f"{form}.{field} {kind}: {answer.status_code}"
            if kind in {"missing", "empty"}:
                assert answer.status_code in {400, 303}, f"{form}.{field} {kind}"
    assert not Event.objects.filter(event_name="ConsoleLogin", succeeded=True).exists()
    assert Principal.objects.get(kind="root", account_id="111122223333").credential_epoch == 0


TYPES = [
    "application/json",
    "text/plain",
    "application/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "",
    "nonsense",
    FORM + "; charset=utf-7",
]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("form", ["root", "iam", "operator", "forgot", "password"])
def test_inp_a_body_of_another_type_is_refused(visitor: Visitor, world: World, form: str, content_type: str) -> None:
    stand, right = FORMS[form]
    path = stand(visitor, world)
    token = form_of(visitor.opens(path)).fields["csrfmiddlewaretoken"]
    visitor.client.raise_request_exception = False
    body = '{"password": ["x"], "email": {"a": 1}}' if "json" in content_type else "&".join(f"{name}={value}" for name, value in right.items())
    for headers in ({}, {"X-CSRFToken": token}):
        answer = visitor.client.generic("POST", path, body.encode(), content_type=content_type, headers=headers)
        assert 400 <= answer.status_code < 500, content_type


QUERIES = [
    "region=%00",
    "region=us-east-1&region=eu-west-1",
    "account[]=1",
    "account=" + "1" * 5000,
    "user[]=root",
    "email=%ED%A0%80",
    "username=%FF",
]


@pytest.mark.parametrize("query", QUERIES)
def test_inp_no_query_breaks_a_page(visitor: Visitor, query: str) -> None:
    visitor.client.raise_request_exception = False
    for path in ("/console/", "/signin/", "/signin/root", "/signin/iam", "/signin/operator", "/password/forgot", "/password/forgot/iam-user"):
        assert visitor.get(f"{path}?{query}").status_code in {200, 400}, path


def test_pol_05_fields_that_a_form_does_not_have_change_nothing(visitor: Visitor, iam_user: Person) -> None:
    extra = dict.fromkeys(("is_staff", "principal", "password_proved", "check_passed", "code_proved"), "1")
    extra |= {"kind": "operator", "credential_epoch": "9", "journey": "root"}
    token = form_of(visitor.opens("/signin/iam")).fields["csrfmiddlewaretoken"]
    fields = {"csrfmiddlewaretoken": token, "account": iam_user.account, "username": iam_user.username, "password": "Not-the-password-1"}
    assert visitor.posts("/signin/iam", fields | extra).status_code == 403
    assert not Principal.objects.get(kind="iam_user", account_id=iam_user.account, name=iam_user.username).is_staff
    assert visitor.get("/signin/new-password").headers["Location"] == "/signin/iam"
