"""LEAK-01 of second factors: secrets, codes, passkeys and tokens of trust are nowhere but where they have to be."""

import html
import json
import logging
import re

import pytest
import redis

from accounts.models import Principal
from mfa.models import Authenticator, Ceremony, Passkey, TrustedDevice
from portal.inbox.models import Message
from portal.world.people import Person
from tests.attacks.test_leaks import dump
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.mfa.codes import app_of, unused_code
from tests.mfa.fido.authenticator import SoftwareAuthenticator
from tests.mfa.trust.conftest import Place

ALLOWED = {Passkey._meta.db_table, Ceremony._meta.db_table}
"""Ids and handles of passkeys, and the challenges that they are asked with: public, and found by what a browser shows."""
OPTIONS = re.compile(r'data-options="([^"]+)"')


@pytest.fixture
def guarded(world: World) -> Person:
    """An IAM user who must register a second factor at the next sign-in."""
    return world["888888888888", "Diego_Ramirez"]


def given_options(visitor: Visitor, path: str) -> str:
    """Return the options that a page gives the browser, for a passkey to be made or shown."""
    found = OPTIONS.search(visitor.opens(path).content.decode())
    assert found
    return html.unescape(found[1])


def test_leak_01_second_factors_leave_nothing_in_tables_logs_cache_events_or_mails(
    visitor: Visitor, stranger: Visitor, guarded: Person, world: World, cache_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    alice = world["111122223333", "alice"]

    page = visitor.goes(visitor.gives_iam(alice), "/signin/mfa/")
    code = unused_code(alice)
    assert visitor.sends(page, code="000000").status_code == 403
    visitor.enters_console(visitor.sends(visitor.opens("/signin/mfa/"), code=code))
    secrets = {alice.totp_secret}

    stranger.goes(stranger.gives_iam(guarded), "/signin/mfa/register")
    answer, secret = stranger.registers_app(stranger.opens("/signin/mfa/register/app"), name="first")
    stranger.enters_console(answer)
    secrets |= {secret, " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))}

    other, key = Visitor(address="192.0.2.9"), SoftwareAuthenticator()
    Authenticator.objects.filter(user__name=guarded.username).delete()
    other.goes(other.gives_iam(guarded), "/signin/mfa/register")
    options = given_options(other, "/signin/mfa/register/passkey")
    posted = key.make(options)
    other.enters_console(other.posts_with_token("/signin/mfa/register/passkey", name="second", credential=json.dumps(posted)))
    public = {posted["id"], json.loads(options)["user"]["id"], json.loads(options)["challenge"]}
    secrets |= {posted["response"]["attestationObject"], posted["response"]["clientDataJSON"]}
    other.client.cookies.clear()
    other.goes(other.gives_iam(guarded), "/signin/mfa/")
    shown = key.show(given_options(other, "/signin/mfa/"))
    other.enters_console(other.posts_with_token("/signin/mfa/", credential=json.dumps(shown)))
    secrets |= {shown["response"]["signature"], shown["response"]["authenticatorData"]}

    nikki = Principal.objects.create(kind="workforce", name="nikki", unique_id="WORK-nikki", directory="d-0123456789")
    app_of(nikki)
    secrets |= {morsel.value for name, morsel in Place().trusts(nikki).cookies.items() if "trust-" in name}

    assert TrustedDevice.objects.exists()
    assert len(secrets) == 8
    for table, rows in dump().items():
        assert not [canary for canary in secrets | (public if table not in ALLOWED else set()) if canary in rows], table
        assert f"'{code}'" not in rows, table
    events = json.dumps(visitor.events())
    for text in (caplog.text, dump()[Message._meta.db_table], events):
        assert not [canary for canary in secrets | public if canary in text]
    assert f'"{code}"' not in events
    for name in cache_client.scan_iter():
        if cache_client.type(name) == b"string":
            held = cache_client.get(name)
            assert isinstance(held, bytes)
            assert not [canary for canary in secrets | public if canary.encode() in held + bytes(name)], name


def test_leak_01_no_page_repeats_a_code_or_a_secret_once_it_is_registered(visitor: Visitor, guarded: Person, world: World) -> None:
    page = visitor.goes(visitor.gives_iam(world["111122223333", "alice"]), "/signin/mfa/")
    answer = visitor.sends(page, code="424242")
    assert answer.status_code == 403
    assert "424242" not in answer.content.decode()

    other = Visitor(address="192.0.2.9")
    other.goes(other.gives_iam(guarded), "/signin/mfa/register")
    answer, secret = other.registers_app(other.opens("/signin/mfa/register/app"))
    name = other.enters_console(answer)
    for path in ("security", "mfa/register", "mfa/register/app", "home"):
        assert secret not in other.opens(f"/console/{name}/{path}").content.decode().replace(" ", ""), path


def test_leak_01_nobody_else_is_shown_the_secret_of_a_registration(visitor: Visitor, stranger: Visitor, guarded: Person) -> None:
    """Who has the password alone, in another browser, begins a registration of its own and is not shown the first one's secret."""
    visitor.goes(visitor.gives_iam(guarded), "/signin/mfa/register")
    shown = visitor.opens("/signin/mfa/register/app").content.decode()
    found = re.search(r'data-testid="secret">([A-Z2-7 ]+)<', shown)
    assert found
    stranger.goes(stranger.gives_iam(guarded), "/signin/mfa/register")
    assert found[1] not in stranger.opens("/signin/mfa/register/app").content.decode()
