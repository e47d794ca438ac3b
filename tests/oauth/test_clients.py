"""OA-01: which redirect URIs the clients may name."""

import pytest

from accounts.oauth.clients import CROSS_DEVICE_ID, SAME_DEVICE_ID, Client, client_of


def client(client_id: str) -> Client:
    found = client_of(client_id)
    assert found is not None
    return found


@pytest.mark.parametrize("port", [1, 80, 49152, 65535])
def test_oa_01_same_device_takes_its_callback_at_any_port(port: int) -> None:
    assert client(SAME_DEVICE_ID).takes(f"http://127.0.0.1:{port}/oauth/callback")


WRONG = [
    "",
    "http://127.0.0.1/oauth/callback",
    "http://127.0.0.1:/oauth/callback",
    "http://127.0.0.1:0/oauth/callback",
    "http://127.0.0.1:080/oauth/callback",
    "http://127.0.0.1:65536/oauth/callback",
    "http://127.0.0.1:99999/oauth/callback",
    "http://127.0.0.1:8a/oauth/callback",
    "http://127.0.0.1:８０/oauth/callback",
    "https://127.0.0.1:49152/oauth/callback",
    "HTTP://127.0.0.1:49152/oauth/callback",
    "http://127.0.0.1:49152/oauth/callback/",
    "http://127.0.0.1:49152/oauth/Callback",
    "http://127.0.0.1:49152/oauth/callback?x=1",
    "http://127.0.0.1:49152/oauth/callback#x",
    "http://127.0.0.1:49152/oauth/../oauth/callback",
    "http://127.0.0.1:49152/oauth/%63allback",
    "http://127.0.0.1:49152//oauth/callback",
    "http://127.0.0.1:49152/oauth/callback\n",
    " http://127.0.0.1:49152/oauth/callback",
    "http://127.0.0.1:49152\\@elsewhere.example/oauth/callback",
    "http://127.0.0.1:49152@elsewhere.example/oauth/callback",
    "http://elsewhere.example:49152/oauth/callback",
    "http://127.0.0.1.elsewhere.example:49152/oauth/callback",
    "http://user@127.0.0.1:49152/oauth/callback",
    "http://127.0.0.2:49152/oauth/callback",
    "http://127x0x0x1:49152/oauth/callback",
    "http://2130706433:49152/oauth/callback",
    "http://localhost:49152/oauth/callback",
    "http://[::1]:49152/oauth/callback",
    "http://127.0.0.1:49152/*",
    "http://127.0.0.1:49152/",
    "//127.0.0.1:49152/oauth/callback",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("address", WRONG)
def test_oa_01_same_device_takes_nothing_else(address: str) -> None:
    assert not client(SAME_DEVICE_ID).takes(address)
    assert not client(CROSS_DEVICE_ID).takes(address)


def test_oa_01_cross_device_takes_the_portals_own_page_by_each_name_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = client(CROSS_DEVICE_ID)
    assert remote.takes("http://localhost:8000/v1/sessions/confirmation")
    assert remote.takes("http://127.0.0.1:8000/v1/sessions/confirmation")
    for wrong in (
        "https://localhost:8000/v1/sessions/confirmation",
        "http://localhost:8001/v1/sessions/confirmation",
        "http://localhost:8000/v1/sessions/confirmation/",
        "http://localhost:8000/v1/sessions/confirmation?x",
        "http://elsewhere.example/v1/sessions/confirmation",
    ):
        assert not remote.takes(wrong)
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example")
    assert remote.takes("https://portal.example/v1/sessions/confirmation")
    assert not remote.takes("http://localhost:8000/v1/sessions/confirmation")


@pytest.mark.parametrize("client_id", ["", "arn:aws:signin:::devtools/same-device/", "arn:aws:signin:::devtools/Same-Device", "same-device", "*"])
def test_oa_15_what_looks_like_a_client_is_none(client_id: str) -> None:
    assert client_of(client_id) is None
