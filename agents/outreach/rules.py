"""What a team says about its own outreach, in `outreach.toml`: what it offers, limits of words and touches, whether customers are named.

The newest version of the rule file in the spine is in force; where there is none, the defaults below hold.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.signals.rulebook import RuleBook
from infra.spine.models import RuleFile
from sales.icp import Fault, lines_of, syntax_fault
from sales.sequence import GAPS, MOST_TOUCHES, WINDOW_DAYS

FILE = "outreach.toml"

EXAMPLE = """\
# How Dealwright writes for you. Every line may be left out.

# offer = "dock and yard scheduling"   # completes "We do …": what you sell, in the words of a buyer
most_words = 50                         # of the whole mail, greeting and sign-off included
name_customers = true                   # may a mail name a customer of yours as an example?
most_touches = 3
gaps = [3, 5]                           # working days between touches
window_days = 30
most_waiting = 40                       # drafts that may wait for one rep; urgent signals come through
# stopped = ["role"]                    # openers that are used no more, by the names that the figures show
"""
"""What a new file starts with."""


class OutreachRules(BaseModel):
    """The rules of one team. Figures are checked when the file is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: str | None = Field(None, max_length=80)
    most_words: int = Field(50, ge=25, le=150)
    name_customers: bool = True
    most_touches: int = Field(MOST_TOUCHES, ge=1, le=6)
    gaps: tuple[int, ...] = Field(GAPS, min_length=1)
    window_days: int = Field(WINDOW_DAYS, ge=1, le=365)
    most_waiting: int = Field(40, ge=1, le=1_000)
    stopped: tuple[str, ...] = Field((), max_length=40)


def parse_rules(text: str) -> OutreachRules:
    """Read `outreach.toml`. Raises ValueError in words that say what to mend."""
    try:
        return OutreachRules.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"this is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error


def rules_in_force(book: RuleBook, now: datetime) -> OutreachRules:
    """Return the newest rules of `outreach.toml`; the defaults where nobody has written any."""
    found = book.current(now)
    return parse_rules(found.text) if found else OutreachRules()


def rules_in(session: Session) -> OutreachRules:
    """Return the rules as the spine holds them, for work inside a transaction, where no file may be taken up."""
    text = session.scalar(select(RuleFile.text).where(RuleFile.name == FILE).order_by(RuleFile.version.desc()).limit(1))
    return parse_rules(text) if text else OutreachRules()


def faults_of_rules(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text, each with its line, for whoever edits the file; () where it can be used."""
    try:
        OutreachRules.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return (syntax_fault(error, text),)
    except ValidationError as error:
        lines = lines_of(text)
        found = [_fault(dict(one), lines) for one in error.errors()]
        return tuple(sorted(dict.fromkeys(found), key=lambda fault: fault.line))
    return ()


def _fault(told: dict[str, Any], lines: Mapping[tuple[str, str], int]) -> Fault:
    place = told.get("loc") or ("",)
    key = str(place[0])
    line = lines.get(("", key)) or lines.get((key, "")) or 0
    if told.get("type") == "extra_forbidden":
        return Fault(line, f"there is no {key!r}; there are {', '.join(OutreachRules.model_fields)}")
    return Fault(line, f"{key}: {str(told.get('msg', ''))[:1].lower()}{str(told.get('msg', ''))[1:]}")
