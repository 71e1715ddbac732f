"""`signals.toml`: which sources are asked, and how signals age where that differs from the settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.models import RuleFile
from integrations.signals.boards import BOARDS
from sales.freshness import Curve, curves_with
from sales.icp import Fault, lines_of, syntax_fault
from sales.signals import Kind

FILE = "signals.toml"

EXAMPLE = """\
# Where signals come from, and how they age. Every line may be left out.

inside = []   # origins inside your own network that may be fetched, such as "http://10.0.0.5:8080"

# [[source]]
# name = "copperline-jobs"
# kind = "greenhouse"         # or lever, ashby
# board = "copperline"
# account = "Copperline Electronics"
# roles = ["operations", "logistics manager"]

# [[source]]
# name = "freight-news"
# kind = "feed"               # or form_d
# url = "https://news.example/freight.rss"

# [curves.funding]            # any kind of signal
# late_h = 24                 # from then on it is late
# expire_h = 72               # and over
# half_life_h = 72            # half as much worth after so long
"""
"""What a new file starts with."""


class Source(BaseModel):
    """One source. `kind` is feed, form_d, greenhouse, lever or ashby; boards have a `board`, the others a `url`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")
    kind: Literal["feed", "form_d", "greenhouse", "lever", "ashby"]
    url: str | None = None
    board: str | None = Field(None, min_length=1, max_length=100)
    account: str | None = None
    domain: str | None = None
    says: Kind | None = None
    roles: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Source:
        if self.kind in BOARDS:
            if not self.board:
                raise ValueError("a job board needs `board`, the company's name in its address")
            if not (self.account or self.domain):
                raise ValueError("a job board needs `account` or `domain`: whose board it is")
        elif not self.url:
            raise ValueError("this kind of source needs `url`")
        return self


class Sources(BaseModel):
    """All of `signals.toml`. `inside` are origins inside the own network that may be fetched; `curves` say by kind how signals age."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inside: tuple[str, ...] = ()
    source: tuple[Source, ...] = ()
    curves: dict[str, dict[str, float]] = Field(default_factory=dict)

    @field_validator("curves")
    @classmethod
    def _usable(cls, told: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        curves_with(told)
        return told

    @model_validator(mode="after")
    def _named_once(self) -> Sources:
        names = [one.name for one in self.source]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two sources are called {twice[0]}")
        return self


def parse_sources(text: str) -> Sources:
    """Read `signals.toml`. Raises Fatal, with what to mend."""
    try:
        return Sources.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Fatal(f"{FILE} can't be read.", "It must be TOML in UTF-8.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise Fatal(
            f"{FILE} can't be used: {place}: {_said(dict(first))}.", "Mend it and try again.", status=422
        ) from error


def faults_of_sources(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text, each with its line; () where it can be used."""
    try:
        Sources.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return (syntax_fault(error, text),)
    except ValidationError as error:
        found = [_fault(dict(one), text) for one in error.errors()]
        return tuple(sorted(dict.fromkeys(found), key=lambda fault: fault.line))
    return ()


def _said(told: Mapping[str, Any]) -> str:
    return str(told.get("msg", "")).removeprefix("Value error, ")


def _fault(told: Mapping[str, Any], text: str) -> Fault:
    place: tuple[Any, ...] = told.get("loc", ())
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
    said = _said(told)
    return Fault(_line(place, said, text), f"{where}: {said[:1].lower()}{said[1:]}" if where else said)


def _line(place: tuple[Any, ...], said: str, text: str) -> int:
    if len(place) > 1 and place[0] == "source" and isinstance(place[1], int):
        begins = [
            number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*source\s*\]\]", line)
        ]
        if place[1] >= len(begins):
            return 0
        within = text.splitlines()[begins[place[1]] : begins[place[1] + 1] - 1 if place[1] + 1 < len(begins) else None]
        keys = [
            number
            for number, line in enumerate(within, begins[place[1]] + 1)
            if len(place) > 2 and re.match(rf"\s*{re.escape(str(place[2]))}\s*=", line)
        ]
        return keys[0] if keys else begins[place[1]]
    if place and place[0] == "curves":
        named = re.search(r"'([\w-]+)'|^([\w-]+):", said)
        kind = re.escape((named[1] or named[2]) if named else "")
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(rf"\s*\[\s*curves\s*\.\s*\"?{kind}\"?\s*\]|\s*\"?{kind}\"?\s*=", line):
                return number
    lines = lines_of(text)
    key = str(place[0]) if place else ""
    return lines.get(("", key)) or lines.get((key, "")) or 0


def curves_in_force(session: Session, settings: Settings) -> dict[Kind, Curve]:
    """Return how signals age: the settings' curves, with what the newest `signals.toml` changes. Raises ValueError for settings that can't be used."""
    text = session.scalar(select(RuleFile.text).where(RuleFile.name == FILE).order_by(RuleFile.version.desc()).limit(1))
    return curves_with({**settings.signal_curves, **_curves_of(text)} if text else settings.signal_curves)


@lru_cache(maxsize=8)
def _curves_of(text: str) -> dict[str, dict[str, float]]:
    try:
        return parse_sources(text).curves
    except Fatal:
        # A text with faults is never kept; one of an older release may not be readable any more, and changes nothing.
        return {}
