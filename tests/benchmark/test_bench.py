"""The bench drives the journeys as they are, and leaves nothing of itself behind."""

import json
import subprocess
import sys

import pytest

from accounts.models import Principal
from mfa.models import Authenticator, AuthenticatorApp
from portal.benchmark.bench_users import bench_users, principal_of
from portal.benchmark.costs import Processes
from portal.benchmark.second_factors import fido_verify_ms, totp_verify_ms
from portal.bootstrap import CHECKOUT
from portal.conf import conf
from portal.world.people import Person
from tests.fixtures.server import Live, demo_environment
from tests.mfa.codes import secret_in

HERE = Processes([], "")


def test_verifications_are_measured_and_their_users_gone_afterwards(world: dict[str, Person]) -> None:
    before = Principal.objects.count(), Authenticator.objects.count()
    with bench_users("111122223333", 7) as users:
        assert [person.totp_secret for person in users.plain] == [""] * 7
        for person in users.with_app:
            assert secret_in(AuthenticatorApp.objects.get(user=principal_of(person))) == person.totp_secret
        assert 0 < totp_verify_ms(users, HERE) < 1000
        assert 0 < fido_verify_ms(principal_of(users.plain[0]), HERE, count=7) < 1000
        assert not AuthenticatorApp.objects.filter(user__name__startswith="bench-", last_step=0).exists()
    assert (Principal.objects.count(), Authenticator.objects.count()) == before


def test_a_refused_answer_is_no_figure(world: dict[str, Person]) -> None:
    with bench_users("111122223333", 7) as users:
        totp_verify_ms(users, HERE)
        with pytest.raises(RuntimeError, match="7 of 7 right answers were refused"):
            totp_verify_ms(users, HERE)


def test_the_bench_of_programs_asks_for_tokens_and_signs_calls(live: Live) -> None:
    if conf.database_url.startswith("postgres"):
        pytest.skip("the bench reads the demo's database address from the environment that the demo was started in")
    command = [sys.executable, "manage.py", "bench", "oauth", "--data", str(live.folder), "--count", "20", "--seconds", "0.2", "--json"]
    done = subprocess.run(command, cwd=CHECKOUT, env=demo_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert {label: values["count"] for label, values in figures["steps"].items()} == {"code": 20, "refresh": 20, "identity": 20}
    assert (figures["caller_identity_reads"], figures["caller_identity_events"]) == (0, 1)
    assert figures["refresh_p99_ms_at_half"] > 0


def test_the_bench_walks_every_journey_of_the_running_demo(live: Live) -> None:
    if conf.database_url.startswith("postgres"):
        pytest.skip("the bench reads the demo's database address from the environment that the demo was started in")
    command = [sys.executable, "manage.py", "bench", "signin", "--data", str(live.folder), "--count", "10", "--seconds", "1"]
    done = subprocess.run([*command, "--past", "0", "--json"], cwd=CHECKOUT, env=demo_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["requests_per_signin"], figures["totp_requests_per_signin"], figures["root_requests_per_signin"]) == (5, 7, 9)
    assert figures["steps"]["totp code"]["count"] == 10
    assert figures["totp_verify_ms"] > 0
    assert figures["fido_verify_ms"] > 0
