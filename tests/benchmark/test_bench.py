"""The bench drives the journeys as they are, and leaves nothing of itself behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Principal
from mfa.models import Authenticator, AuthenticatorApp
from portal.benchmark.bench_users import bench_users, principal_of
from portal.benchmark.costs import Processes
from portal.benchmark.processes import environment_of
from portal.benchmark.second_factors import fido_verify_ms, totp_verify_ms
from portal.bootstrap import CHECKOUT
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


def bench(folder: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    """Run the bench in a plain shell, with the portal's `variables` that somebody left there, and return its figures."""
    command = [sys.executable, "manage.py", "bench", *arguments, "--data", str(folder), "--json"]
    done = subprocess.run(command, cwd=CHECKOUT, env=demo_environment() | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "it tells the demo's own cache of what it changes"
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def test_the_bench_of_programs_asks_for_tokens_and_signs_calls(live: Live) -> None:
    web = live.processes["web"]
    assert isinstance(web, int)
    # In the demo's own environment the bench need not start once more, as the one of sign-ins below has to.
    theirs = {name: value for name, value in environment_of(web).items() if name.startswith("PORTAL_")}
    figures = bench(live.folder, "oauth", "--count", "20", "--seconds", "0.2", **theirs)
    assert {label: values["count"] for label, values in figures["steps"].items()} == {"code": 20, "refresh": 20, "identity": 20}
    assert (figures["caller_identity_reads"], figures["caller_identity_events"]) == (0, 1)
    assert all(figures[name] > 0 for name in ("refresh_p99_ms_at_half", "refresh_per_s_per_core", "caller_identity_per_s_per_core", "hash_ms"))


def test_the_bench_walks_every_journey_of_the_running_demo(live: Live) -> None:
    elsewhere = {
        "PORTAL_REDIS_URL": "redis://127.0.0.1:1/0",
        "PORTAL_SECRET_KEYS": "Wp8Jm3-of-another-portal-Zt5Qx1Lr7Vd2",
        "PORTAL_DATABASE_URL": "sqlite:////nowhere/x",
    }
    figures = bench(live.folder, "signin", "--count", "10", "--seconds", "0.7", "--clients", "2", "--past", "0", **elsewhere)
    assert (figures["requests_per_signin"], figures["totp_requests_per_signin"], figures["root_requests_per_signin"]) == (5, 7, 9)
    assert figures["steps"]["totp code"]["count"] == 10
    for name in ("totp_verify_ms", "fido_verify_ms", "ratio", "ratio_saturated", "cpu_ms_per_signin_saturated", "signins_per_s"):
        assert figures[name] > 0, name


WITHOUT_DEMO = """
import sys, django
from django.core.management import CommandError, call_command
django.setup()
for folder in sys.argv[1:]:
    try:
        call_command("bench", "oauth", "--data", folder)
    except CommandError as error:
        print(error)
"""
"""Runs the bench on folder after folder in one process, and prints what it says."""


def test_without_a_demo_one_line_says_so(tmp_path: Path) -> None:
    """No notes, notes of a process that is gone, and notes whose number another process has got since."""
    folders = [tmp_path / name for name in ("no-notes", "gone", "another")]
    for folder, pid in zip(folders, (None, 2**22 + 1, os.getpid()), strict=True):
        (folder / "run").mkdir(parents=True)
        if pid is not None:
            (folder / "run" / "processes.json").write_text(json.dumps({"web": pid, "web_workers": [], "base_url": "http://localhost:1"}), "utf-8")
    command = [sys.executable, "-c", WITHOUT_DEMO, *map(str, folders)]
    variables = demo_environment() | {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_DATA": str(tmp_path)}
    done = subprocess.run(command, cwd=CHECKOUT, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = [f"No demo is running on {folder}" for folder in folders]
    assert [line[: len(beginning)] for line, beginning in zip(done.stdout.splitlines(), told, strict=True)] == told
