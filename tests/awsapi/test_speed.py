"""Calls with temporary credentials need nothing of the database but their event, and what is kept at hand for that holds no longer than it may."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access_keys import temporary
from accounts.access_keys.temporary import PrincipalSession
from accounts.models import Principal
from portal.conf import conf
from portal.core import clock
from tests.awsapi.program import Failed, Program
from tests.fixtures.people import World


def session_of(principal: Principal) -> PrincipalSession:
    now = clock.now()
    ends_at = now + timedelta(minutes=15)
    return PrincipalSession(principal.unique_id, str(principal.account_id), now, ends_at, principal.credential_epoch, standing=principal.standing)


@pytest.fixture
def alice(world: World) -> Principal:
    return Principal.objects.get(account_id="111122223333", kind="iam_user", name="alice")


@pytest.fixture
def program(alice: Principal) -> Program:
    made = temporary.issue(session_of(alice))
    return Program(made.key_id, made.secret, made.token)


def test_a_call_with_temporary_credentials_asks_the_database_nothing(program: Program) -> None:
    program.calls("sts", "GetCallerIdentity")
    with CaptureQueriesContext(connection) as captured:
        program.calls("sts", "GetCallerIdentity")
    assert [query["sql"].split()[0] for query in captured.captured_queries] == ["INSERT"]


def test_who_was_switched_off_is_refused_at_once_all_the_same(program: Program, alice: Principal) -> None:
    assert not isinstance(program.calls("sts", "GetCallerIdentity"), Failed)
    alice.is_active = False
    alice.save()
    answer = program.calls("sts", "GetCallerIdentity")
    assert isinstance(answer, Failed)
    assert answer.code == "InvalidClientTokenId"


def test_a_token_that_was_opened_is_worth_nothing_under_other_secrets(alice: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    made = temporary.issue(session_of(alice))
    assert temporary.open_token(made.token, key_id=made.key_id) is not None
    assert temporary.open_token(made.token, key_id=made.key_id[:-1] + ("A" if made.key_id[-1] != "A" else "B")) is None
    monkeypatch.setenv("PORTAL_SECRET_KEYS", "another")
    conf.reread()
    assert temporary.open_token(made.token, key_id=made.key_id) is None
    monkeypatch.undo()
    conf.reread()
