"""The training page and the demo's people on the first page, without JavaScript."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import SignInSession
from portal.core import clock
from portal.world.people import Person, people
from tests.console.browsing import Browser

World = dict[tuple[str, str], Person]


def _number(person: Person) -> str:
    return str(people().index(person))


def test_the_first_page_leads_each_kind_to_its_sign_in(db: None) -> None:
    text = Client().get("/").content.decode()
    assert 'href="/console/?user=root"' in text
    assert 'href="/console/?user=iam"' in text
    assert 'href="/admin/"' in text


def test_the_first_page_lists_the_people_with_their_passwords(world: World) -> None:
    text = Client().get("/").content.decode()
    for person in people():
        assert (person.email if person.kind == "root" else person.username) in text
        assert person.password in text


def test_the_first_page_speaks_japanese(world: World) -> None:
    text = Client(headers={"Accept-Language": "ja"}).get("/").content.decode()
    assert "管理者アクセス権を持つ IAM ユーザー。" in text


def test_no_password_is_shown_while_training_is_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    text = Client().get("/").content.decode()
    assert not [person for person in people() if person.password and person.password in text]
    assert "/training/" not in text
    for path in ("/training/", "/training/clock", "/training/reset", "/training/fill", "/training/clock/reset"):
        assert Client().get(path).status_code == 404
        assert Client().post(path).status_code == 404


def test_where_training_is_for_operators_the_people_are_hidden(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    text = Client().get("/").content.decode()
    assert not [person for person in people() if person.password and person.password in text]
    for path in ("/training/", "/training/fill"):
        answer = Client().post(path) if path.endswith("fill") else Client().get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/signin/operator?next=%2Ftraining%2F")


@pytest.mark.parametrize(
    ("who", "page", "fields"),
    [
        (("111122223333", "management@example.com"), "/console/?add=1&user=root", {"email": "management@example.com"}),
        (("111122223333", "Carlos"), "/console/?add=1&user=iam", {"account": "anycompany", "username": "Carlos", "password": "Copper-Kettle-2381"}),
        (("777788889999", "Nikki_Wolf"), "/console/?add=1&user=iam", {"account": "777788889999", "username": "Nikki_Wolf"}),
        (("", "operator"), "/signin/operator", {"username": "operator", "password": "Turbine-Acorn-7051-Maple"}),
    ],
)
def test_the_button_opens_the_sign_in_form_filled_in(world: World, who: tuple[str, str], page: str, fields: dict[str, str]) -> None:
    browser = Browser()
    answer = browser.send("/training/fill", page="/", person=_number(world[who]))
    assert answer.status_code == 303
    assert answer.headers["Location"] == page
    form = browser.get(page).content.decode()
    for name, value in fields.items():
        assert f'name="{name}"' in form
        assert f'value="{value}"' in form
    again = browser.get(page).content.decode()
    assert not fields.get("password") or fields["password"] not in again


def test_filling_needs_the_form_of_the_page(world: World) -> None:
    assert Client(enforce_csrf_checks=True).post("/training/fill", {"person": "0"}).status_code == 403


@pytest.mark.parametrize("person", ["", "-1", "9999", "1e3", "x", "10000000000000000000000"])
def test_only_listed_people_are_filled_in(world: World, person: str) -> None:
    assert Browser().send("/training/fill", page="/", person=person).status_code == 400


def test_the_page_shows_the_simulated_time_and_moves_it(db: None) -> None:
    browser = Browser()
    assert "The simulated clock shows real time." in browser.get("/training/").content.decode()
    answer = browser.send("/training/clock", page="/training/", amount="90", unit="86400")
    assert answer.status_code == 303
    assert clock.offset() == timedelta(days=90)
    text = browser.get(answer.headers["Location"]).content.decode()
    assert "The clock has been moved." in text
    assert "ahead." in text
    assert (clock.now()).strftime("%Y-%m-%d") in text
    assert browser.send("/training/clock/reset", page="/training/").status_code == 303
    assert clock.offset() == timedelta(0)


@pytest.mark.parametrize(
    ("amount", "unit"),
    [("", "1"), ("x", "1"), ("1.5", "1"), ("99999999999999999999", "1"), ("1", "7"), ("1", ""), ("3651", "86400"), ("-3651", "86400")],
)
def test_the_page_refuses_what_is_no_distance(db: None, amount: str, unit: str) -> None:
    answer = Browser().send("/training/clock", page="/training/", amount=amount, unit=unit)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert clock.offset() == timedelta(0)


def test_the_world_is_reset_only_when_the_box_is_ticked(world: World, iam_user: Person) -> None:
    browser = Browser()
    browser.opens(iam_user)
    refused = browser.send("/training/reset", page="/training/")
    assert refused.status_code == 400
    assert "Tick the box first" in refused.content.decode()
    assert SignInSession.objects.count() == 1
    done = browser.send("/training/reset", page="/training/", confirm="on")
    assert done.status_code == 303
    assert not SignInSession.objects.exists()
    assert "The world is as it was loaded." in browser.get(done.headers["Location"]).content.decode()


def test_what_was_done_is_told_from_a_fixed_list(db: None) -> None:
    text = Client().get("/training/?done=<script>").content.decode()
    assert "script>alert" not in text
    assert "alert--success" not in text
