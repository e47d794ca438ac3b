"""Which names the portal answers to, and the entry points under `localhost`."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_the_portals_own_hosts_are_answered(client: Client, host: str) -> None:
    assert client.get("/misuse", HTTP_HOST=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "signin.aws.amazon.com",
        "console.aws.amazon.com:8000",
        "d-1234567890.awsapps.com",
        "sts.amazonaws.com",
        "signin.aws",
        "us-east-1.signin.aws.",
        "evil.example",
        "localhost.evil.example",
        "localhost@evil.example",
        "evil.example#localhost",
        "local host",
        "localhost:port",
        "..",
    ],
)
def test_foreign_hosts_are_refused_and_not_repeated(client: Client, host: str) -> None:
    response = client.get("/misuse", HTTP_HOST=host)
    assert response.status_code == 400
    assert b"evil" not in response.content
    assert b"amazon" not in response.content
    assert response.headers["X-Simulation"] == "1"


@pytest.mark.parametrize(
    ("host", "path", "target"),
    [
        ("111122223333.signin.localhost:8000", "/console", "http://localhost:8000/console/?account=111122223333"),
        ("anycompany.signin.localhost", "/console/", "http://localhost:8000/console/?account=anycompany"),
        ("AnyCompany.Signin.LocalHost", "/", "http://localhost:8000/console/?account=anycompany"),
        ("anycompany.signin.localhost", "/console?region=us-west-2", "http://localhost:8000/console/?account=anycompany&region=us-west-2"),
        ("anycompany.signin.localhost", "/console?region=evil&next=//evil.example", "http://localhost:8000/console/?account=anycompany"),
    ],
)
def test_an_accounts_own_address_leads_to_its_sign_in(client: Client, host: str, path: str, target: str) -> None:
    response = client.get(path, HTTP_HOST=host)
    assert (response.status_code, response.headers["Location"]) == (302, target)


@pytest.mark.parametrize(
    "host", ["x.signin.localhost", "-bad-.signin.localhost", "a.b.signin.localhost", "anycompany.awsapps.localhost", "other.localhost"]
)
def test_other_names_under_localhost_lead_nowhere(client: Client, host: str) -> None:
    assert client.get("/console", HTTP_HOST=host).status_code == 404


def test_an_accounts_own_address_has_no_other_pages(client: Client) -> None:
    assert client.get("/signin/root", HTTP_HOST="anycompany.signin.localhost").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "nobody.localhost"])
def test_a_refusal_speaks_the_visitors_language_and_not_the_one_before(client: Client, host: str) -> None:
    client.get("/misuse", headers={"accept-language": "ja"})
    english = client.get("/misuse", HTTP_HOST=host, headers={"accept-language": "en"})
    assert '<html lang="en"' in english.content.decode()
    assert '<html lang="ja"' in client.get("/misuse", HTTP_HOST=host, headers={"accept-language": "ja"}).content.decode()
