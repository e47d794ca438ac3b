"""Which Python `.venv` is made of: the quickest of the running version, unless somebody names one."""

import sys
from pathlib import Path

import pytest

from portal import interpreter
from tests.demo.checkout import VERSION, a_python, make_checkout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the path; nothing is looked for in the usual places."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(interpreter, "USUAL_PLACES", ())
    monkeypatch.delenv(interpreter.CHOSEN, raising=False)
    return tmp_path


def test_a_much_quicker_python_is_taken_and_named(folder: Path) -> None:
    quick = a_python(folder, seconds=0.000001)
    python, why = interpreter.choose()
    assert python == quick
    assert why.startswith(f"Using {quick}: here it is ")
    assert why.endswith(f"PORTAL_PYTHON={sys.executable} keeps that one.")


@pytest.mark.parametrize(
    "other",
    [{"seconds": 1000}, {"seconds": 0.000001, "version": "3.10"}, {"seconds": 0.000001, "free_threaded": True}],
    ids=["slower", "another version", "another kind of build"],
)
def test_any_other_python_is_left_alone(folder: Path, other: dict[str, object]) -> None:
    a_python(folder, **other)  # type: ignore[arg-type]  # the parameters of one case
    assert interpreter.choose() == (sys.executable, "")


def test_a_program_that_is_no_python_is_left_alone(folder: Path) -> None:
    program = folder / f"python{VERSION}"
    program.write_text("not a program")
    program.chmod(0o755)
    assert interpreter.choose() == (sys.executable, "")


def test_whoever_names_a_python_gets_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_python(folder, seconds=0.000001)
    monkeypatch.setenv(interpreter.CHOSEN, sys.executable)
    assert interpreter.choose() == (sys.executable, "")


@pytest.mark.parametrize("named", ["/nowhere/python3", "/bin/true"])
def test_a_named_python_that_cannot_serve_is_refused_in_one_line(tmp_path: Path, named: str) -> None:
    started = make_checkout(tmp_path / "checkout").run("demo", PORTAL_PYTHON=named)
    assert started.returncode == 1
    assert started.stderr == f"PORTAL_PYTHON={named} is no Python {VERSION} with the venv module: name one, or unset it.\n"


def test_the_python_of_an_environment_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = folder / "bin"
    programs.mkdir()
    (folder / "pyvenv.cfg").touch()
    a_python(programs, seconds=0.000001)
    monkeypatch.setenv("PATH", str(programs))
    assert interpreter.choose() == (sys.executable, "")
