"""`manage.py rehearse`: what it prints where, and what it exits with."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Principal
from policies.models import ConsoleAuthorization, PolicyDocument
from policies.simulator.flows import MOST_PEOPLE
from policies.statements.flows import StatementParameters, put_authorization, put_statement
from portal.conf import BASE_DIR
from tests.policies.enforcement.guarded import DEVELOPMENT, MANAGEMENT, ROOT, STANDALONE, attach, deny, deny_rcp
from tests.policies.simulator.rehearsals import EXAMPLE_1, PRODUCTION, example_2, statement, text

HERE = ("--networks", "office,home")


class Outcome:
    """What a run printed and exited with."""

    def __init__(self, *arguments: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.code = 0
        try:
            call_command("rehearse", *arguments, stdout=out, stderr=err)
        except SystemExit as done:
            self.code = int(done.code or 0)
        except CommandError as error:
            self.code = error.returncode
            err.write(str(error))
        self.out, self.err = out.getvalue(), err.getvalue()


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The guide's second example in a file."""
    return written(tmp_path, example_2())


def written(folder: Path, document: str, name: str = "office.json") -> Path:
    """Return the file of a document."""
    path = folder / name
    path.write_text(document, encoding="utf-8")
    return path


@pytest.mark.usefixtures("world")
def test_all_is_well_while_everybody_can_sign_in_from_somewhere(policy: Path) -> None:
    outcome = Outcome(str(policy))
    assert outcome.code == 0
    assert "Locked out by this change: none" in outcome.out
    assert all(network in outcome.out for network in ("office", "home", "vpc", "vpc-elsewhere", "ipv6"))
    assert "pinned to it by aws:ResourceAccount" in outcome.err
    assert "type resource" in outcome.err
    assert Outcome(str(policy), "--strict").code == 2
    assert Outcome(str(policy), "--strict", "--principals", "EmergencyAdmin").code == 0


@pytest.mark.usefixtures("world")
def test_somebody_who_would_be_locked_out_makes_it_two(policy: Path) -> None:
    outcome = Outcome(str(policy), "--networks", "home,ipv6")
    assert outcome.code == 2
    assert "Locked out by this change: 4" in outcome.out
    assert "user/alice from home, ipv6" in outcome.out
    assert "They read: Your authentication information is incorrect. Please try again." in outcome.out


@pytest.mark.usefixtures("world")
def test_nothing_is_changed(policy: Path) -> None:
    Outcome(str(policy))
    assert not PolicyDocument.objects.filter(type="rcp").exists()
    assert not ConsoleAuthorization.objects.exists()


@pytest.mark.usefixtures("world")
def test_who_is_locked_out_already_is_not_locked_out_by_the_change(policy: Path) -> None:
    put_statement(STANDALONE, StatementParameters(source_ip="192.0.2.0/24"))
    put_authorization(STANDALONE)
    assert Outcome(str(policy), "--networks", "home").code == 0
    assert "Gain a network: 5" in Outcome(str(policy), "--networks", "office").out


@pytest.mark.usefixtures("world")
def test_json_is_all_that_is_printed(policy: Path) -> None:
    outcome = Outcome(str(policy), "--json", "--networks", "home", "--principals", "root,user/alice,Admin")
    made = json.loads(outcome.out)
    assert outcome.code == 2
    assert [each["label"] for each in made["principals"]] == ["root", "user/alice", "role/Admin"]
    assert [each["name"] for each in made["networks"]] == ["home"]
    assert len(made["locked_out"]) == 3


@pytest.mark.usefixtures("world")
def test_networks_can_be_written_out(policy: Path) -> None:
    names = "203.0.113.99,203.0.113.7/us-west-2,vpc-0abc123def456789a/vpce-0fed987cba654321f/10.0.1.25/us-west-2,2001:db8::1"
    made = json.loads(Outcome(str(policy), "--json", "--networks", names, "--principals", "alice").out)
    assert [each["name"] for each in made["networks"]] == names.split(",")
    assert [each["network"] for each in made["losing"]] == names.split(",")[2:]


@pytest.mark.usefixtures("world")
def test_authorization_as_it_is(policy: Path) -> None:
    outcome = Outcome(str(policy), "--authorization", "as-is", "--networks", "home")
    assert outcome.code == 0
    assert "While it is off no policy is evaluated." in outcome.out
    put_authorization(STANDALONE)
    assert Outcome(str(policy), "--authorization", "as-is", "--networks", "home").code == 2


@pytest.mark.usefixtures("world")
def test_an_rcp_is_rehearsed_where_it_is_attached(tmp_path: Path) -> None:
    path = str(written(tmp_path, EXAMPLE_1))
    outcome = Outcome(path, "--account", PRODUCTION, "--networks", "home")
    assert "type rcp" in outcome.err
    assert outcome.code == 2
    assert "Locked out by this change: 2" in outcome.out, "the user and the role that are not excluded"
    assert Outcome(path, "--account", "anycompany", "--type", "rcp", "--networks", "home").code == 0, "no effect on the management account"
    assert "changes nothing here" in Outcome(path, "--account", "anycompany", "--type", "rcp", "--networks", "home").out
    assert Outcome(path, "--account", PRODUCTION, "--target", ROOT, *HERE).code == 0
    assert Outcome(path, "--account", PRODUCTION, "--target", ROOT, *HERE, "--strict").code == 2
    assert "Which account" in Outcome(path).err


@pytest.mark.usefixtures("world")
def test_a_policy_replaces_one_of_its_name(tmp_path: Path) -> None:
    attach(PolicyDocument.Type.RCP, deny_rcp("signin:*"), DEVELOPMENT, name="perimeter")
    put_authorization(DEVELOPMENT)
    path = str(written(tmp_path, deny_rcp("signin:Nothing"), "perimeter.json"))
    assert "Gain a network: 4" in Outcome(path, "--account", "anycompany-dev", "--networks", "home").out
    assert "Gain a network: none" in Outcome(path, "--account", "anycompany-dev", "--networks", "home", "--name", "another").out


@pytest.mark.usefixtures("world")
def test_scps_and_identity_policies(tmp_path: Path) -> None:
    path = str(written(tmp_path, deny("signin:CreateOAuth2Token")))
    scp = Outcome(path, "--account", DEVELOPMENT, "--networks", "office")
    assert ("type scp" in scp.err, scp.code) == (True, 2)
    everybody = Outcome(path, "--account", MANAGEMENT, "--networks", "office", "--json")
    assert "type identity" in everybody.err
    assert f"arn:aws:iam::{MANAGEMENT}:root" not in json.loads(everybody.out)["locked_out"], "a root user has no identity policy"
    alice = Outcome(path, "--target", f"arn:aws:iam::{STANDALONE}:user/alice", "--networks", "office", "--json")
    assert json.loads(alice.out)["locked_out"] == [f"arn:aws:iam::{STANDALONE}:user/alice"]


@pytest.mark.usefixtures("world")
def test_every_problem_of_the_policy_is_told_with_its_place(tmp_path: Path) -> None:
    path = str(written(tmp_path, '{"Version": "2012",\n "Statement": [{"Effect": "deny", "Action": "signin", "Principal": "*"}]}'))
    outcome = Outcome(path, "--account", STANDALONE)
    assert (outcome.code, outcome.out) == (1, "")
    lines = [line for line in outcome.err.splitlines() if line.startswith(path)]
    assert len(lines) == 4
    assert f"{path}: line 1, column 13 ($.Version): `2012` is not valid here. Expected `2012-10-17` or `2008-10-17`." in lines
    assert any("line 2, column" in line and "$.Statement[0].Action" in line for line in lines)


@pytest.mark.usefixtures("world")
def test_what_is_no_json_is_told_before_anything_is_guessed_from_it(tmp_path: Path) -> None:
    path = str(written(tmp_path, '{"Version": "2012-10-17",\n "Statement": [}'))
    outcome = Outcome(path)
    assert (outcome.code, outcome.out) == (1, "")
    assert f"{path}: line 2, column 16" in outcome.err


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--account", "nobody"], "There is no account `nobody`"),
        (["--principals", "nobody"], "has no principal `nobody`"),
        (["--principals", "user/Admin"], "has no principal `Admin`"),
        (["--principals", f"arn:aws:iam::{STANDALONE}:user/nobody"], "has no principal `nobody`"),
        (["--principals", f"arn:aws:iam::{DEVELOPMENT}:root"], "of another account"),
        (["--principals", "arn:aws:s3:::bucket"], "is not the ARN"),
        (["--networks", "nowhere"], "`nowhere`"),
        (["--networks", "203.0.113.0/24"], "`24`"),
        (["--networks", "vpc-0abc123def456789a/10.0.0.1/us-west-2"], "VPC endpoint"),
        (["--region", "mars-1"], "`mars-1` is no Region"),
    ],
)
def test_what_cannot_be_meant_is_told_and_makes_it_one(policy: Path, arguments: list[str], told: str) -> None:
    outcome = Outcome(str(policy), *arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert told in outcome.err


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in Outcome(str(tmp_path / "none.json")).err
    (tmp_path / "latin.json").write_bytes(b'{"Id": "\xe9"}')
    assert "not UTF-8" in Outcome(str(tmp_path / "latin.json")).err
    (tmp_path / "long.json").write_bytes(b" " * 1_000_001)
    assert "more than 1000000" in Outcome(str(tmp_path / "long.json")).err


@pytest.mark.usefixtures("world")
def test_an_account_that_is_not_there(tmp_path: Path) -> None:
    outcome = Outcome(str(written(tmp_path, example_2("999999999999"))), "--networks", "home", "--json")
    assert "There is no account 999999999999 here: only the given document counts." in outcome.err
    made = json.loads(outcome.out)
    assert (outcome.code, made["account_known"]) == (2, False)
    assert [each["label"] for each in made["principals"]] == ["root", "user/EmergencyAdmin", "user/anybody-else"]
    assert len(made["locked_out"]) == 2


@pytest.mark.usefixtures("world")
def test_a_crowd_is_cut_short_and_that_is_said(policy: Path) -> None:
    Principal.objects.bulk_create(
        Principal(kind="iam_user", account_id=STANDALONE, name=f"u{number}", name_key=f"u{number}", unique_id=f"AIDA{number}")
        for number in range(MOST_PEOPLE + 10)
    )
    outcome = Outcome(str(policy), "--networks", "office", "--json")
    assert f"Only the first {MOST_PEOPLE} principals" in outcome.err
    assert len(json.loads(outcome.out)["principals"]) == MOST_PEOPLE
    assert len(json.loads(Outcome(str(policy), *HERE, "--principals", "u209", "--json").out)["principals"]) == 1


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("document", "code"), [(example_2(), 2), ("{", 1), (text(statement(["s3:GetObject"])), 0)])
def test_from_standard_input(monkeypatch: pytest.MonkeyPatch, document: str, code: int) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(document.encode())))
    outcome = Outcome("-", "--account", STANDALONE, "--networks", "198.51.100.7", "--json")
    assert outcome.code == code, outcome.err
    assert (json.loads(outcome.out)["version"] == 1) if code != 1 else outcome.out == ""


def test_in_a_pipeline_without_a_database(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DJANGO_"))}
    done = subprocess.run(  # this project's own command
        [sys.executable, "manage.py", "rehearse", "-", "--account", STANDALONE, "--networks", "198.51.100.7", "--json"],
        cwd=BASE_DIR,
        env=environment | {"PORTAL_DATA": str(tmp_path)},
        input=example_2(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "There is no database yet: only the given document counts." in done.stderr
    assert json.loads(done.stdout)["version"] == 1
    assert not list(tmp_path.glob("*.sqlite3"))
