"""An answer that is set up at once is the one that Django's constructor makes."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from portal.core.answers import Finished, Html
from portal.core.http import SeeOther


def parts(response: HttpResponse) -> dict[str, Any]:
    return vars(response) | {"headers": list(response.headers.items()), "cookies": response.cookies.output()}


def test_a_page_has_every_part_that_djangos_own_has() -> None:
    assert parts(Html("<p>é</p>")) == parts(HttpResponse("<p>é</p>"))
    assert Html("<p>é</p>").content == "<p>é</p>".encode()
    assert Html("x").charset == "utf-8"


def test_a_redirect_has_every_part_that_djangos_own_has() -> None:
    other = SeeOther("/console/?user=iam")
    assert parts(other) == parts(HttpResponseRedirect("/console/?user=iam"))
    assert (other.status_code, other.url, other.reason_phrase) == (303, "/console/?user=iam", "See Other")


def test_an_answer_of_another_type_has_every_part_that_djangos_own_has() -> None:
    made = Finished("{}", status=400, kind="application/json", headers={"x-amzn-RequestId": "1", "Cache-Control": "no-store"})
    own = HttpResponse("{}", status=400, content_type="application/json", headers={"x-amzn-RequestId": "1", "Cache-Control": "no-store"})
    assert (sorted(made.headers.items()), made.status_code) == (sorted(own.headers.items()), own.status_code)
    assert {**parts(made), "headers": None} == {**parts(own), "headers": None}


def test_two_answers_share_nothing_that_is_changed() -> None:
    one, two = Html("a"), Html("b")
    one.headers["X-One"] = "1"
    one.cookies["one"] = "1"
    one.write("more")
    assert (dict(two.headers), two.cookies.output(), two.content) == ({"Content-Type": "text/html; charset=utf-8"}, "", b"b")
