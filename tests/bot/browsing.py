"""A real headless Chromium, and pages in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).resolve().parents[2] / "artifacts" / "console"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_FOUND_BY_SETUP = os.environ.get("DEALWRIGHT_BROWSER")
_PICTURES_KEPT = bool(os.environ.get("DEALWRIGHT_PICTURES"))
_WAIT_MS = 60_000
"""A busy machine takes its time; what comes at once is not waited for."""


def find_browser() -> str | None:
    """Return the Chromium that the set-up found or this machine has, or None for the one that Playwright installed itself."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return _FOUND_BY_SETUP or next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """A headless Chromium, until the block ends."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=_WAIT_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_browser(), args=_ARGUMENTS)
        yield opened
        opened.close()


class Pages:
    """Opens pages of a given width and colours, and remembers what went wrong in them: a script's error, a refusal of the content policy."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._pages: list[Page] = []
        self.wrong: list[str] = []

    def open(self, width: int = 1280, height: int = 860, **context: Any) -> Page:
        """Open an empty page; `context` are options of Playwright's browser contexts."""
        made = self._browser.new_context(viewport={"width": width, "height": height}, **context)
        page = made.new_page()
        page.set_default_timeout(_WAIT_MS)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console", lambda line: self.wrong.append(line.text) if "Content Security Policy" in line.text else None
        )
        self._pages.append(page)
        return page

    def close(self, name: str) -> None:
        """Close all pages; where DEALWRIGHT_PICTURES is set, keep a picture of each under `name`."""
        if _PICTURES_KEPT:
            PICTURES.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self._pages):
            if _PICTURES_KEPT:
                page.screenshot(path=PICTURES / f"{name}{f'-{number}' if number else ''}.png")
            page.context.close()
