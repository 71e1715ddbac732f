"""Facts of a deal that nothing speaks against, to be changed by a test in the one piece that it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sales.health.facts import Facts, Mention, Person, Quiet

TODAY = date(2026, 11, 23)


def ago(days: int) -> date:
    """Return the day so many days before today."""
    return TODAY - timedelta(days=days)


def facts(**changed: Any) -> Facts:
    """Return facts of a quiet, healthy deal in an offer's stage."""
    plain = Facts(
        today=TODAY,
        told=True,
        stage="Propose",
        place=5.0,
        created=ago(60),
        close_date=TODAY + timedelta(days=30),
        next_step="Send the contract",
        quiet=Quiet("heard", ago(2), 2, "activity:m1"),
    )
    return replace(plain, **changed)


def said(kind: str, days: int = 3, **more: Any) -> Mention:
    """Return words of the buyer, said some days ago."""
    given: dict[str, Any] = {"quote": "These words were said.", "speaker": "Vera Holm", **more}
    return Mention(f"mention:{kind}-{days}", kind, ago(days), **given)


def person(name: str, **more: Any) -> Person:
    """Return somebody of the buyer who was heard five days ago."""
    return Person(name, name.casefold().replace(" ", "-"), **{"heard": ago(5), "heard_in": f"activity:{name}", **more})
