"""`dealwright hygiene`: which records can't be relied on, before anybody builds a forecast on them."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json

_SHOWN = 5


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("hygiene")(hygiene)


def hygiene(
    propose: Annotated[
        bool,
        typer.Option("--propose", help="Put tasks forward to the owners, so that ten wait; run it again for the next."),
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every record, not the largest five a rule.")] = False,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show zombie deals, passed close dates, blank fields, missing next steps, stages outside the definition, and quiet contacts."""
    from infra.settings import load_settings

    body = {"propose": propose, "as": asker or load_settings().user, "as_of": as_of}
    told = perform("hygiene", body, as_json=as_json)
    if as_json:
        print_json(told)
        return
    sys.stdout.write(f"{told['clean']} of {told['open_deals']} open deals are clean.\n")
    for rule in told["rules"]:
        sys.stdout.write("\n" + _headline(rule) + "\n")
        shown = rule["records"] if everything else rule["records"][:_SHOWN]
        for one in shown:
            sys.stdout.write("  " + _line(one) + "\n")
        if len(rule["records"]) > len(shown):
            sys.stdout.write(f"  … and {len(rule['records']) - len(shown)} more: --all shows them.\n")
    sys.stdout.write("\n" + _proposals(told) + "\n")


def _headline(rule: dict[str, Any]) -> str:
    if rule["checked"] is None:
        return f"{rule['label']}: not checked. {rule['note']}"
    unknown = f" ({rule['unknown']} more can't be told: nothing of their account is known)" if rule["unknown"] else ""
    return f"{rule['label']}: {rule['count']} of {rule['checked']}{unknown}. {rule['meaning']}"


def _line(one: dict[str, Any]) -> str:
    from bot.terminal.render import safe

    amount = f"{one['currency']} {one['amount']}" if one["amount"] is not None else ""
    wrong = ", ".join(one["blank"]) or (one["value"] or "never")
    parts = (one["name"], one["account"] or "", amount, one["owner"] or "nobody's", wrong)
    return safe(" · ".join(part for part in parts if part))


def _proposals(told: dict[str, Any]) -> str:
    if told["proposed"]:
        return f"{len(told['proposed'])} tasks were put forward to the owners; {told['waiting']} wait now."
    if told["waiting"]:
        return f"{told['waiting']} tasks of an earlier pass still wait for a decision; the next come when there is room for ten."
    return "`dealwright hygiene --propose` puts the first ten tasks forward to the owners."
