"""Where Chromium is, and how it comes here.

The headless shell is Chromium without the window around the page: the same engine, for a quarter of the processor time.
The whole browser serves as well.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELLS_OF_PLAYWRIGHT = ("chromium_headless_shell-*/*/headless_shell", "chromium_headless_shell-*/*/chrome-headless-shell")
OF_PLAYWRIGHT = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium")
SHELL = "chromium-headless-shell"
FONTS = "fonts-noto-cjk"
HOW_TO_GET = (
    f"No Chromium for the browser tests: apt install {SHELL} {FONTS}, or run `.venv/bin/playwright install {SHELL}`. The package chromium does, too."
)


def find_chromium() -> str | None:
    """Return the path of a Chromium, the headless shell before the whole browser: the system's, or one of Playwright's; None where there is none."""
    return _find(SHELLS, SHELLS_OF_PLAYWRIGHT) or _find(NAMES, OF_PLAYWRIGHT)


def ensure_chromium() -> str:
    """Return an empty text when there is a Chromium, after installing the shell where that is possible; else one line how to get it."""
    if _find(SHELLS, SHELLS_OF_PLAYWRIGHT):
        return ""
    said = _install() if can_install() else ""
    return "" if find_chromium() else f"{HOW_TO_GET}{said}"


def can_install() -> bool:
    """Tell whether this process may install packages of the system."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _find(names: Iterable[str], patterns: Iterable[str]) -> str | None:
    for name in names:
        if found := shutil.which(name):
            return found
    stores = (os.environ.get("PLAYWRIGHT_BROWSERS_PATH", ""), "~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
    for store in filter(None, stores):
        for pattern in patterns:
            for program in sorted(Path(store).expanduser().glob(pattern), reverse=True):
                return str(program)
    return None


def _install() -> str:
    """Install the shell, and the fonts where no Chromium came with them yet; return what the package manager complained of."""
    packages = (SHELL,) if find_chromium() else (SHELL, FONTS)
    print(f"Installing {' and '.join(packages)} with the system's package manager, for the browser tests …", file=sys.stderr, flush=True)
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-q"), ("install", "-q", "-y", "--no-install-recommends", *packages)):
        done = subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments], env=variables, capture_output=True, text=True, check=False)
    return f" apt-get said: {' '.join(done.stderr.split())[-200:]}" if done.returncode else ""
