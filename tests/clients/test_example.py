"""The example for authors of client tools runs as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.bootstrap import CHECKOUT
from tests.fixtures.server import Prepared, demo_environment

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]  # it starts a portal of its own


def test_the_example_that_is_to_be_copied_runs(aws: Path, prepared: Prepared, tmp_path: Path) -> None:
    example = tmp_path / "test_with_vestibule.py"
    example.write_text((CHECKOUT / "docs/examples/test_with_vestibule.py").read_text("utf-8"), encoding="utf-8")
    kept = tmp_path / "kept"
    prepared.copy_to(kept)
    environment = demo_environment() | {
        "VESTIBULE": str(CHECKOUT),
        "VESTIBULE_DATA": str(kept),
        "PATH": f"{aws.parent}:{os.environ['PATH']}",
        "PORTAL_DATA": str(kept),  # what it asks for anyhow: `aws-env` need not start once more for another folder
    }
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "no:django", "-p", "no:xdist", "-p", "no:playwright", "-p", "no:hypothesispytest")
    command = [sys.executable, "-m", "pytest", *quiet, f"--basetemp={tmp_path / 'made'}", example.name]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 passed" in run.stdout
