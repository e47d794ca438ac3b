"""Whoever types another name of this machine is led to the one origin; programs are answered where they call."""

import pytest
from django.test import Client


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000"])
def test_a_person_is_led_to_the_one_origin(client: Client, host: str) -> None:
    answer = client.get("/console/?user=iam", headers={"host": host, "accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://localhost:8000/console/?user=iam")


def test_a_program_is_answered_where_it_calls(client: Client) -> None:
    assert client.get("/health/live", headers={"host": "127.0.0.1:8000", "accept": "*/*"}).status_code == 200


def test_the_one_origin_answers_itself(client: Client) -> None:
    assert client.get("/console/?user=iam", headers={"host": "localhost:8000", "accept": "text/html"}).status_code == 200
