"""Operators are made on the command line; a fresh install has none."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Principal
from portal.trail.models import Event
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in
from tests.mfa.codes import code_now, secret_on


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_adm_04_a_fresh_database_has_no_operator(db: None) -> None:
    assert not Principal.objects.exists()


def test_an_operator_is_made_and_signs_in(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, "correct horse battery staple\n")
    call_command("operator", "add", "mary", stdout=io.StringIO())
    browser = OperatorBrowser()
    answer = browser.give_password("Mary", "correct horse battery staple")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signin/mfa/register"), "an operator has a second factor from the beginning"
    assert browser.client.get("/admin/").status_code == 302
    page = "/signin/mfa/register/app"
    code = code_now(secret_on(browser.client.get(page)))
    assert browser.send(page, name="marys-phone", code=code).headers["Location"] == "/admin/"
    assert browser.client.get("/admin/").status_code == 200
    made = json.loads(Event.objects.get(event_name="OperatorAction").record)
    assert (made["userIdentity"]["userName"], made["requestParameters"]["action"]) == ("mary", "operator add")


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("two words", "correct horse battery staple", "cannot be an operator's name"),
        ("mary", "short", "minimum length of 15"),
        ("operator", "correct horse battery staple", "already"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(operator: Person, monkeypatch: pytest.MonkeyPatch, name: str, typed: str, says: str) -> None:
    _type(monkeypatch, typed + "\n")
    with pytest.raises(CommandError, match=says):
        call_command("operator", "add", name)
    assert Principal.objects.filter(kind="operator").count() == 1


def test_a_new_password_ends_the_operators_sessions(operator: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in(operator)
    _type(monkeypatch, "correct horse battery staple\n")
    call_command("operator", "password", "operator", stdout=io.StringIO())
    assert browser.client.get("/admin/").status_code == 302
    answer = OperatorBrowser().give_password("operator", "correct horse battery staple")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signin/mfa/"), "the new password alone opens nothing"
    with pytest.raises(CommandError, match="There is no operator"):
        call_command("operator", "password", "nobody")
