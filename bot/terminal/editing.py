"""Letting a person change a text in their own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.errors import Fatal


def edit_text(text: str, *, suffix: str) -> str:
    """Return `text` as the person left it. Raises Fatal where there is no editor or terminal, or the editor failed."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor or not sys.stdin.isatty():
        raise Fatal("There is no editor to open.", "Set EDITOR, or give the new text with --text.")
    with tempfile.TemporaryDirectory(prefix="dealwright-edit-") as folder:
        path = Path(folder) / f"text{suffix}"
        path.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 - the person's own editor
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise Fatal("The editor failed, so nothing was changed.", "Check EDITOR, or give --text.") from error
