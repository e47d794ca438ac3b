"""The portal's cookies say what Django's say, but for the date that Max-Age makes needless."""

import pytest
from django.http import HttpResponse, parse_cookie

from portal.core.cookies import make_cookie


@pytest.mark.parametrize("value", ["", "plain-Value_1", "a:b:c", "111122223333|a.b", "x,y@z=", 'q"u;o te', "é"])
@pytest.mark.parametrize("max_age", [None, 0, 60])
@pytest.mark.parametrize("secure", [True, False])
def test_a_cookie_is_djangos(value: str, max_age: int | None, secure: bool) -> None:
    response = HttpResponse()
    response.set_cookie("name", value, max_age=max_age, secure=secure, httponly=True, samesite="Lax", path="/")
    response.cookies["name"]["expires"] = ""
    ours, theirs = make_cookie("name", value, max_age=max_age, secure=secure, samesite="Lax"), response.cookies["name"]
    assert ours.OutputString() == theirs.OutputString()
    assert dict(ours) == dict(theirs) | {"secure": ours["secure"], "max-age": ours["max-age"]}
    assert parse_cookie(ours.OutputString().partition(";")[0] if ";" not in value else f"name={ours.coded_value}")["name"] == value
