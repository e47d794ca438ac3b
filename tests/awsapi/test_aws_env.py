"""`manage.py aws-env`: lines for a shell, and nothing else."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AccessKey, Principal
from portal.bootstrap import CHECKOUT
from portal.conf import conf
from portal.trail.models import Event
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program
from tests.fixtures.people import World


def lines(*arguments: str, **before: str) -> dict[str, str]:
    """Run the command and let a shell, where `before` is set, read its lines; return what is set then."""
    written = io.StringIO()
    call_command("aws_env", *arguments, stdout=written)
    assert all(line.startswith(("export AWS_", "unset AWS_")) for line in written.getvalue().splitlines())
    command = ["sh", "-c", 'eval "$1"; env', "sh", written.getvalue()]
    shell = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"], **before})
    return dict(line.split("=", 1) for line in shell.stdout.splitlines() if line.startswith("AWS_"))


def test_the_lines_lead_a_client_here_with_a_key_that_is_made_once(world: World) -> None:
    found = lines("--as", "EmergencyAdmin", "--account", "111122223333")
    assert found["AWS_ENDPOINT_URL"] == conf.base_url
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "us-east-1"
    assert (Path(found["AWS_DATA_PATH"]) / "signin" / "2023-01-01" / "endpoint-rule-set-1.json").is_file()
    assert found["AWS_SESSION_TOKEN"] == ""
    program = Program(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"])
    assert program.answered("sts", "GetCallerIdentity")["Arn"] == "arn:aws:iam::111122223333:user/EmergencyAdmin"
    assert lines("--as", "EmergencyAdmin", "--account", "anycompany") == found
    assert AccessKey.objects.count() == 1
    made = Event.objects.get(event_name="CreateAccessKey")
    assert found["AWS_SECRET_ACCESS_KEY"] not in made.record


def test_without_a_person_a_shell_is_ready_for_a_sign_in_and_keeps_no_key(world: World) -> None:
    left_over = {"AWS_ACCESS_KEY_ID": "SKIAEXAMPLEEXAMPLE22", "AWS_SECRET_ACCESS_KEY": "x" * 40, "AWS_SESSION_TOKEN": "x", "AWS_PROFILE": "mine"}
    found = lines("--region", "eu-west-1", **left_over)
    assert found == {
        "AWS_ENDPOINT_URL": conf.base_url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_DATA_PATH": found["AWS_DATA_PATH"],
        "AWS_SDK_LOAD_CONFIG": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CLI_AGENT_TOOLKIT_HINT_DISABLED": "true",
        "AWS_PROFILE": "mine",
    }
    assert not AccessKey.objects.exists()


def test_of_several_of_one_name_the_management_accounts_is_meant(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    found = lines("--as", "alice")
    program = Program(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"])
    assert program.answered("sts", "GetCallerIdentity")["Arn"] == "arn:aws:iam::111122223333:user/alice"
    assert "123456789012 has the name too: --account." in capsys.readouterr().err


def test_a_root_user_is_named_by_its_address(world: World) -> None:
    found = lines("--as", "standalone@example.com", "--region", "eu-west-1", "--url", "http://portal.example:9000/")
    assert (found["AWS_ENDPOINT_URL"], found["AWS_REGION"]) == ("http://portal.example:9000", "eu-west-1")
    program = Program(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"])
    assert program.answered("sts", "GetCallerIdentity")["Arn"] == "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--as", "Nobody"), "There is no IAM user or root user `Nobody`"),
        (("--as", "twice"), "several accounts: 123456789012, 444455556666. Choose one with --account"),
        (("--as", "Carlos", "--account", "444455556666"), "There is no IAM user or root user `Carlos` in account `444455556666`"),
        (("--account", "444455556666"), "give --as too"),
        (("--region", "nowhere"), "no Region"),
        (("--data", "/nowhere/at/all"), "There is no folder"),
    ],
)
def test_what_is_wrong_is_one_sentence(world: World, arguments: tuple[str, ...], words: str) -> None:
    for account in ("123456789012", "444455556666"):
        Principal.objects.create(kind=Principal.Kind.IAM_USER, account_id=account, name="twice")
    with pytest.raises(CommandError, match=words):
        lines(*arguments)


def test_ak_nobody_has_more_than_two_keys(world: World) -> None:
    for _ in range(2):
        key_of("111122223333", "Carlos")
    AccessKey.objects.update(is_active=False)
    with pytest.raises(CommandError, match="has 2 access keys"):
        lines("--as", "Carlos")


def test_ak_keys_whose_secret_is_lost_make_room(world: World) -> None:
    for _ in range(2):
        key_of("111122223333", "Carlos")
    AccessKey.objects.update(sealed_secret="sealed under a secret that is gone")
    found = lines("--as", "Carlos")
    assert [key.pk for key in AccessKey.objects.all()] == [found["AWS_ACCESS_KEY_ID"]]


def test_the_command_is_called_with_a_hyphen(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DJANGO_"))}
    run = subprocess.run(
        [sys.executable, "manage.py", "aws-env", "--region", "nowhere"],
        cwd=CHECKOUT,
        env=kept | {"PORTAL_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert "`nowhere` is no Region" in run.stderr
