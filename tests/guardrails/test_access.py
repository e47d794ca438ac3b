"""Rooms that lay other people's things open are for operators unless training is on for everyone."""

import pytest
from django.test import Client

ROOMS = ["/inbox/", "/trail/"]
CALLS = ["/inbox/api/messages", "/trail/api/events"]


@pytest.mark.django_db
@pytest.mark.parametrize("room", ROOMS)
def test_training_opens_the_rooms(client: Client, room: str) -> None:
    assert client.get(room).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("variables", [{"PORTAL_TRAINING": "0"}, {"PORTAL_TRAINING": "1", "PORTAL_TRAINING_OPERATORS": "1"}])
@pytest.mark.parametrize("room", ROOMS)
def test_strangers_are_sent_to_the_operators_sign_in(client: Client, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], room: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    answer = client.get(room)
    assert (answer.status_code, answer.headers["Location"].startswith("/signin/operator")) == (303, True)


@pytest.mark.django_db
@pytest.mark.parametrize("variables", [{"PORTAL_TRAINING": "0"}, {"PORTAL_TRAINING": "1", "PORTAL_TRAINING_OPERATORS": "1"}])
@pytest.mark.parametrize("call", CALLS)
def test_strangers_calls_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], call: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert client.get(call).status_code == 401


@pytest.mark.django_db
def test_the_start_page_hides_the_people_from_strangers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    assert b"Copper-Kettle" not in client.get("/").content
