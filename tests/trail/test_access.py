"""Who may see the event log: everyone in training, else operators alone."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import Principal
from accounts.sessions.flows import open_session
from accounts.sessions.middleware import OPERATOR_COOKIE
from portal.core.http import cookie_name
from portal.network.origin import Origin
from tests.trail.conftest import Happened


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training is off."""
    monkeypatch.setenv("PORTAL_TRAINING", "0")


def test_training_lets_everyone_look(client: Client, db: None) -> None:
    assert client.get("/trail/").status_code == 200
    assert client.get("/trail/api/events").status_code == 200


def test_strangers_are_sent_to_the_operators_sign_in(client: Client, happened: Happened, no_training: None) -> None:
    event = happened()
    for address in ("/trail/?account=111122223333", f"/trail/{event.event_id}", f"/trail/{event.event_id}.json"):
        response = client.get(address)
        assert response.status_code == 303
        target = urlsplit(response.headers["Location"])
        assert (target.path, parse_qs(target.query)) == ("/signin/operator", {"next": [address]})


def test_strangers_get_401_of_the_api(client: Client, happened: Happened, no_training: None) -> None:
    happened()
    response = client.get("/trail/api/events")
    assert response.status_code == 401
    assert response.json()["error"] == "unauthorized"
    assert "111122223333" not in response.content.decode()


def test_an_operator_may_look(client: Client, happened: Happened, origin: Origin, no_training: None) -> None:
    happened()
    operator = Principal.objects.create(kind=Principal.Kind.OPERATOR, name="ops", is_staff=True)
    _, secret = open_session(operator, origin=origin, factor="operator/phone")
    client.cookies[cookie_name(OPERATOR_COOKIE)] = secret
    assert client.get("/trail/").status_code == 200
    assert client.get("/trail/api/events").json()["events"]
