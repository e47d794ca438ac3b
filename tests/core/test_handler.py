"""The portal's own way from the web server to a view does what Django's does, for the requests that the portal has."""

import io
from typing import Any, cast

import pytest
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import RequestFactory

from portal.core import connections
from portal.core.handler import Handler, Handling, Request


def environ(**given: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/console/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "localhost:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(b"name=value&more"),
        "wsgi.url_scheme": "http",
        **given,
    }


@pytest.mark.parametrize("path", ["/", "/console/", "//evil.example", "/a%20b", "/a\u00e9", "/\u00e3\u0081\u0082", "/\u00ff", "", "console"])
@pytest.mark.parametrize("method", ["GET", "get", "POST"])
def test_a_request_reads_its_address_as_djangos_does(path: str, method: str) -> None:
    ours, theirs = (kind(environ(PATH_INFO=path, REQUEST_METHOD=method)) for kind in (Request, WSGIRequest))
    assert (ours.path, ours.path_info, ours.method, ours.META["PATH_INFO"]) == (
        theirs.path,
        theirs.path_info,
        theirs.method,
        theirs.META["PATH_INFO"],
    )
    assert ours.get_full_path() == theirs.get_full_path()


@pytest.mark.parametrize("length", ["", "10", "0", "-1", "999"])
@pytest.mark.parametrize("kind", ["", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8", "text/plain"])
def test_a_request_reads_its_body_as_djangos_does(length: str, kind: str) -> None:
    ours, theirs = (request(environ(REQUEST_METHOD="POST", CONTENT_LENGTH=length, CONTENT_TYPE=kind)) for request in (Request, WSGIRequest))
    assert (ours.content_type, ours.encoding) == (theirs.content_type, theirs.encoding)
    assert ours.body == theirs.body
    assert ours.POST == theirs.POST


QUERIES = [
    "",
    "a=1",
    "a=1&a=2&b",
    "&&a==&=x",
    "a+b=%2B+%41",
    "%61=%e3%81%82&x=%ff%00",
    "a=%",
    "a=%zz",
    "\u00e3\u0081\u0082=1",
    "a=1;b=2",
    "=",
    "a=1#x",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_read_as_django_reads_it(query: str) -> None:
    ours, theirs = (kind(environ(QUERY_STRING=query)).GET for kind in (Request, WSGIRequest))
    assert ours == theirs
    assert ours.urlencode() == theirs.urlencode()
    with pytest.raises(AttributeError):
        ours["a"] = "changed"  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize("form", QUERIES)
def test_a_form_is_read_as_django_reads_it(form: str) -> None:
    body = form.encode("iso-8859-1")
    given = environ(REQUEST_METHOD="POST", CONTENT_TYPE="application/x-www-form-urlencoded", CONTENT_LENGTH=str(len(body)))
    ours, theirs = (kind(given | {"wsgi.input": io.BytesIO(body)}) for kind in (Request, WSGIRequest))
    assert ours.POST == theirs.POST
    assert ours.FILES == theirs.FILES
    assert ours.body == theirs.body


def test_a_form_that_is_too_large_is_refused() -> None:
    size = str(10**9)
    given = environ(REQUEST_METHOD="POST", CONTENT_TYPE="application/x-www-form-urlencoded", CONTENT_LENGTH=size)
    with pytest.raises(RequestDataTooBig):
        _ = Request(given).POST


def test_a_query_of_too_many_names_is_refused() -> None:
    with pytest.raises(TooManyFieldsSent):
        _ = Request(environ(QUERY_STRING="&".join(f"a{number}=1" for number in range(501)))).GET


def test_a_prefix_that_a_client_or_server_names_is_no_part_of_any_address() -> None:
    assert Request(environ(SCRIPT_NAME="/elsewhere")).path == "/console/"


@pytest.mark.django_db
def test_a_finished_answer_leaves_in_one_piece_and_is_over_by_then() -> None:
    finished: list[object] = []

    def note(sender: object, **_: object) -> None:
        finished.append(sender)

    request_finished.connect(note)
    try:
        given = Handler()(environ(PATH_INFO="/health/live"), lambda *_: None)
    finally:
        request_finished.disconnect(note)
    assert isinstance(given, list)
    assert len(given) == 1
    assert finished == [Handler]


@pytest.mark.django_db
def test_the_threads_connection_is_looked_at_before_a_request_and_when_its_answer_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(connections, "begin", lambda: order.append("begin"))
    monkeypatch.setattr(connections, "end", lambda: order.append("end"))
    Handler()(environ(PATH_INFO="/health/live"), lambda *_: order.append("answer"))
    assert order == ["begin", "answer", "end"]


def answered(handler: Handler | WSGIHandler, **given: str) -> tuple[str, dict[str, str], list[str], int]:
    told: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
        told.extend((status, headers))

    response = handler(environ(**given), start)
    length = len(b"".join(response))
    if closing := getattr(response, "close", None):  # PEP 3333: what has a close() is closed
        closing()
    cookies = [value.partition("=")[0].strip() for name, value in told[1] if name == "Set-Cookie"]
    return told[0], {name: value for name, value in told[1] if name != "Set-Cookie"}, cookies, length


@pytest.mark.parametrize("address", ["/console/?user=iam", "/nowhere", "/console/111122223333-abcdefgh/home", "/misuse", "/v1/authorize"])
@pytest.mark.django_db
def test_an_answer_is_what_django_would_have_sent(address: str) -> None:
    path, _, query = address.partition("?")
    given = {"PATH_INFO": path, "QUERY_STRING": query}
    assert answered(Handler(), **given) == answered(WSGIHandler(), **given)


def test_addresses_with_parameters_are_not_kept() -> None:
    handling = Handling()
    for path in ("/console/", "/console/", "/console/111122223333-abcdefgh/home", "/console/111122223333-abcdefgi/home"):
        match = handling.resolve_request(RequestFactory().get(path))
        assert match.url_name in {"entry", "home"}
    assert {path for _, path in handling._matches} == {"/console/"}
    assert handling.resolve_request(RequestFactory().get("/console/111122223333-abcdefgi/home")).kwargs == {"name": "111122223333-abcdefgi"}


def test_a_page_that_is_rendered_late_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    handling = Handling()
    handling.load_middleware()

    def view(request: HttpRequest) -> HttpResponse:
        return TemplateResponse(request, engines["django"].from_string("late {{ text }}"), {"text": "but here"})

    match = handling.resolve_request(RequestFactory().get("/misuse"))
    monkeypatch.setattr(match, "func", view)
    monkeypatch.setattr(handling, "resolve_request", lambda _: match)
    response = cast("HttpResponse", handling._get_response(RequestFactory().get("/misuse")))
    assert response.content == b"late but here"
