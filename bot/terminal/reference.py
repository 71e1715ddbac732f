"""The written reference of settings, commands and metrics, made from the code, so that it can't fall behind. `python -m bot.terminal.reference FOLDER` writes it."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from infra.settings import Settings

COLUMNS = 100
"""Width of the written help."""


def settings_lines() -> Iterator[str]:
    """Yield the settings as plain text, two lines each."""
    for name, field in Settings.model_fields.items():
        yield f"{_variable(name)}  ({_kind(field.annotation)}; default: {_default(name, field)})"
        yield f"    {field.description}"


def settings_page() -> str:
    """Return `docs/settings.md`."""
    rows = [
        f"| `{_variable(name)}` | {_kind(field.annotation)} | {_default(name, field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Each stands in the environment, or in a TOML file in lower case without `DEALWRIGHT_`; the environment wins. The file is",
            "`$DEALWRIGHT_CONFIG`, or `dealwright.toml` in `$DEALWRIGHT_HOME`. This page is made from `infra/settings.py` by `make docs`.",
            "",
            "| setting | kind | default | meaning |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def commands_page() -> str:
    """Return `docs/cli.md`."""
    from bot.terminal.main import app

    root = typer.main.get_command(app)
    sections = [
        "# The command line",
        "",
        "Exit status: 0 done; 1 it failed, and something must be changed; 2 refused, or used wrongly; 3 it may work later (the home is",
        "busy, the server is ending); 130 stopped by Ctrl-C. With `--json`, stdout holds one JSON document and nothing else, in failure",
        'too: `{"kind": …, "error": {"sentence", "next_step", "reference"}}`. This page is made by `make docs`.',
        "",
    ]
    for path, command in _commands(("dealwright",), root):
        context = click.Context(
            command, info_name=path[-1], parent=_parents(path[:-1]), terminal_width=COLUMNS, max_content_width=COLUMNS
        )
        sections += [f"## {' '.join(path)}", "", "```", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(sections)


def _commands(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from _commands((*path, name), child)


def _parents(path: tuple[str, ...]) -> click.Context | None:
    context = None
    for name in path:
        context = click.Context(click.Command(name), info_name=name, parent=context)
    return context


def _variable(name: str) -> str:
    return f"DEALWRIGHT_{name.upper()}"


def _kind(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return _kind(next(part for part in typing.get_args(annotation) if part is not type(None)))
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in typing.get_args(annotation))
    if origin is tuple:
        return "list of numbers" if int in typing.get_args(annotation) else "list of texts"
    names = {
        SecretStr: "secret",
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        Path: "path",
    }
    return names.get(annotation, "text")


def _default(name: str, field: FieldInfo) -> str:
    if name == "home":
        return "`~/.dealwright`"
    if field.default is None or field.default is PydanticUndefined:
        return "–"
    value = ",".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def write_pages(folder: Path) -> None:
    """Write the pages into `folder`."""
    from agents.metrics.page import metrics_page

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")
    (folder / "cli.md").write_text(commands_page(), encoding="utf-8")
    (folder / "metrics.md").write_text(metrics_page(), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
