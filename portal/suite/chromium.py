"""Where Chromium is, and how it comes here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
HOW_TO_GET = "No Chromium for the browser tests: apt install chromium fonts-noto-cjk, or run `.venv/bin/playwright install chromium`."


def find_chromium() -> str | None:
    """Return the path of a Chromium: the system's, or the one that Playwright installed; None where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    stores = (os.environ.get("PLAYWRIGHT_BROWSERS_PATH", ""), "~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium")
    for store in filter(None, stores):
        for pattern in patterns:
            for program in sorted(Path(store).expanduser().glob(pattern), reverse=True):
                return str(program)
    return None


def ensure_chromium() -> str:
    """Return an empty text when there is a Chromium, after installing it where that is possible; else one line how to get it."""
    if find_chromium():
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return HOW_TO_GET
    print(f"Installing {' and '.join(PACKAGES)} with the system's package manager, for the browser tests …", file=sys.stderr, flush=True)
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-q"), ("install", "-q", "-y", "--no-install-recommends", *PACKAGES)):
        done = subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments], env=variables, capture_output=True, text=True, check=False)
    if done.returncode or not find_chromium():
        return f"{HOW_TO_GET} apt-get said: {' '.join(done.stderr.split())[-200:]}"
    return ""
