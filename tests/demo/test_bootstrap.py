"""`manage.py` on a fresh checkout: it makes its environment, mends it, and says in one line what stands in its way."""

import shutil
from pathlib import Path

import pytest

from tests.demo.checkout import MiniCheckout, a_python, make_checkout

pytestmark = pytest.mark.xdist_group("bootstrap")  # an environment takes seconds to make: one test process makes it for all


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> MiniCheckout:
    """A checkout whose first start went well."""
    checkout = make_checkout(tmp_path_factory.mktemp("installed"))
    first = checkout.run("demo", "--port", "1")
    assert first.returncode == 7, first.stderr
    assert first.stdout.split() == ["served", "on", str(checkout.environment), "--port", "1"]
    return checkout


def empty(environment: Path) -> None:
    """Leave an environment as a first start leaves it that ends before pip is done: neither packages nor stamps."""
    for left in (*environment.glob(".installed-*"), *environment.glob("lib/*/site-packages/lantern*")):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


@pytest.fixture
def unfinished(installed: MiniCheckout, tmp_path: Path) -> MiniCheckout:
    """A checkout whose environment was made and not filled yet: a copy, because making one takes seconds."""
    checkout = make_checkout(tmp_path / "checkout")
    shutil.copytree(installed.environment, checkout.environment, symlinks=True)
    empty(checkout.environment)
    return checkout


def one_line(text: str) -> str:
    """The last line of standard error, after those that tell of the installation and of the Python that was chosen for it."""
    lines = [line for line in text.splitlines() if line and not line.startswith(("Installing packages", "Using "))]
    assert len(lines) == 1, text
    return lines[0]


def test_a_second_start_installs_nothing(installed: MiniCheckout) -> None:
    log = installed.environment / "install.log"
    before = log.stat().st_mtime_ns
    second = installed.run("demo")
    assert (second.returncode, second.stderr) == (7, "")
    assert log.stat().st_mtime_ns == before


def test_a_changed_requirement_is_installed(installed: MiniCheckout) -> None:
    log = installed.environment / "install.log"
    before = log.stat().st_mtime_ns
    requirements = installed.folder / "requirements.txt"
    requirements.write_text(f"{requirements.read_text()}# changed\n")
    assert installed.run("demo").returncode == 7
    assert log.stat().st_mtime_ns > before


def test_an_environment_without_its_stamp_is_completed(installed: MiniCheckout) -> None:
    empty(installed.environment)
    assert installed.run("demo").returncode == 7


def test_an_environment_without_a_python_is_made_anew_of_the_quickest(installed: MiniCheckout, tmp_path: Path) -> None:
    fresh, places = tmp_path / "fresh", tmp_path / "bin"
    shutil.copytree(installed.environment, fresh, symlinks=True)
    empty(fresh)
    places.mkdir()
    quick = a_python(places, seconds=0.000001, environment=fresh)
    for program in (installed.environment / "bin").glob("python*"):
        program.unlink()
    left = installed.environment / "left-from-before"
    left.touch()
    started = installed.run("demo", PATH=f"{places}:/usr/bin:/bin", PORTAL_PYTHON="")
    assert started.returncode == 7, started.stderr
    assert started.stderr.startswith(f"Using {quick}: ")
    assert not left.exists()


def test_no_network_at_the_first_start(unfinished: MiniCheckout) -> None:
    checkout = unfinished
    (checkout.folder / "requirements.txt").write_text("vestibule-needs-the-index\n")
    started = checkout.run("demo", PIP_RETRIES="0")
    assert started.returncode == 1
    assert one_line(started.stderr).startswith("No network: pip cannot reach the package index.")
    assert not list(checkout.environment.glob(".installed-*"))


def test_no_compiler_for_a_package_that_must_be_built(unfinished: MiniCheckout) -> None:
    started = unfinished.run("demo", LANTERN_NEEDS_COMPILER="1")
    assert started.returncode == 1
    assert "no compiler could build it: install one" in one_line(started.stderr)


def test_no_venv_module(tmp_path: Path) -> None:
    blocker = tmp_path / "blocked"
    blocker.mkdir()
    hide = "import sys, importlib.util as u\nfind = u.find_spec\nu.find_spec = lambda name, *a: None if name == 'ensurepip' else find(name, *a)\n"
    (blocker / "sitecustomize.py").write_text(hide)
    started = make_checkout(tmp_path / "checkout").run("demo", PYTHONPATH=str(blocker))
    assert started.returncode == 1
    assert one_line(started.stderr).startswith("Python's venv module is missing: install it")


def test_an_old_python_is_told_so(tmp_path: Path) -> None:
    pretend = tmp_path / "old"
    pretend.mkdir()
    (pretend / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 9, 0, 'final', 0)\n")
    started = make_checkout(tmp_path / "checkout").run("demo", PYTHONPATH=str(pretend))
    assert started.returncode == 1
    assert one_line(started.stderr) == "Python 3.11 or newer is needed; this is 3.9. Run, for example: python3.12 manage.py demo"


def test_an_environment_that_is_a_file_is_left_alone(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path)
    checkout.environment.write_text("mine")
    started = checkout.run("demo")
    assert started.returncode == 1
    assert "is not a folder: move it away" in one_line(started.stderr)
    assert checkout.environment.read_text() == "mine"
