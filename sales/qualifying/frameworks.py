"""Frameworks of qualification as a team writes them in `frameworks.toml`: MEDDPICC, BANT, SPIN or its own, element by element."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sales.fields import FIELDS
from sales.icp import Fault, syntax_fault
from sales.qualifying.example import EXAMPLE
from sales.qualifying.extract import TABLES
from sales.records import RecordKind

FILE = "frameworks.toml"
_KEYS = ("label", "meaning", "kinds", "cues", "crm", "ask")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,23}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_LETTERS = 300
_CRM_FIELDS = frozenset(field.key for field in FIELDS[RecordKind.DEAL])


class FrameworkError(ValueError):
    """The file can't be used; `faults` says what to mend."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.text() for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class ElementRule:
    """One element: what fills it (`kinds` of `extract.TABLES`, or the team's `cues`), its field in the CRM, and what to ask while it is open."""

    key: str
    label: str
    meaning: str = ""
    kinds: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    crm: str | None = None
    ask: str | None = None


@dataclass(frozen=True)
class Framework:
    """A framework and its elements, in the file's order."""

    name: str
    elements: tuple[ElementRule, ...]

    def element(self, key: str) -> ElementRule | None:
        """Return the element of a key."""
        return next((one for one in self.elements if one.key == key), None)


@dataclass(frozen=True)
class Frameworks:
    """All frameworks of a file; `used` is the one that counts."""

    used: str
    all: tuple[Framework, ...]

    def named(self, name: str | None) -> Framework | None:
        """Return the framework of a name, whatever its case; the used one where none is named."""
        wanted = (name or self.used).casefold()
        return next((one for one in self.all if one.name.casefold() == wanted), None)

    @property
    def current(self) -> Framework:
        """The framework that counts."""
        return next(one for one in self.all if one.name == self.used)


@lru_cache(maxsize=16)
def parse_frameworks(text: str) -> Frameworks:
    """Read `frameworks.toml`. Raises FrameworkError with every fault and its line."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FrameworkError((syntax_fault(error, text),)) from error
    reader = _Reader(_lines(text))
    made = reader.frameworks(told)
    if reader.faults or made is None:
        raise FrameworkError(tuple(sorted(dict.fromkeys(reader.faults), key=lambda fault: fault.line)))
    return made


def faults_of_frameworks(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text, each with its line; () where it can be used."""
    try:
        parse_frameworks(text)
    except FrameworkError as error:
        return error.faults
    return ()


def standard() -> Frameworks:
    """Return the frameworks that everybody starts with."""
    return parse_frameworks(EXAMPLE)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Return on which line each `[framework.element]` and each of its keys stands."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if opened := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            table = tuple(part.strip().strip('"') for part in opened[1].split("."))
            lines.setdefault(table, number)
            lines.setdefault(table[:1], number)
        elif key := re.match(r"\s*\"?([\w-]+)\"?\s*=", line):
            lines.setdefault((*table, key[1]), number)
    return lines


class _Reader:
    """Turns what TOML gave into frameworks, and gathers faults."""

    def __init__(self, lines: Mapping[tuple[str, ...], int]) -> None:
        self._lines = lines
        self.faults: list[Fault] = []

    def frameworks(self, told: Mapping[str, Any]) -> Frameworks | None:
        made = []
        for name, table in told.items():
            if name == "use":
                continue
            if not isinstance(table, dict) or not _NAME.fullmatch(name):
                self._fault((name,), f'{name!r} is no framework; write `[NAME.element]` tables and `use = "NAME"`')
                continue
            made.append(Framework(name, tuple(self._elements(name, table))))
        used = told.get("use", made[0].name if made else None)
        found = next((one for one in made if isinstance(used, str) and one.name.casefold() == used.casefold()), None)
        if found is None:
            names = ", ".join(one.name for one in made) or "none"
            self._fault(("use",), f"use: there is no framework {used!r}; there are {names}")
            return None
        return Frameworks(found.name, tuple(made))

    def _elements(self, name: str, table: Mapping[str, Any]) -> list[ElementRule]:
        made = []
        for key, told in table.items():
            place = (name, key)
            if not isinstance(told, dict):
                self._fault(place, f"{name}: {key} is no element; elements are tables, `[{name}.{key}]`")
            elif not _KEY.fullmatch(key):
                self._fault(place, f"{name}: an element's key is small letters, digits and _, at most 40; not {key!r}")
            else:
                made.append(self._element(place, key, told))
        if not made:
            self._fault((name,), f"{name} has no elements")
        return made

    def _element(self, place: tuple[str, str], key: str, told: Mapping[str, Any]) -> ElementRule:
        for extra in told:
            if extra not in _KEYS:
                self._fault((*place, extra), f"{key}: there is no {extra!r}; there are {', '.join(_KEYS)}")
        kinds = self._words(place, "kinds", told)
        cues = self._words(place, "cues", told)
        for kind in kinds:
            if kind not in TABLES:
                self._fault(
                    (*place, "kinds"), f"{key}: there is no kind {kind!r}; there are {', '.join(sorted(TABLES))}"
                )
        if not kinds and not cues and not {"kinds", "cues"} & set(told):
            self._fault(place, f"{key}: say what fills it: kinds = [...], or cues = [...] in your own words")
        crm = self._text(place, "crm", told)
        if crm and crm not in _CRM_FIELDS:
            self._fault(
                (*place, "crm"), f"{key}: a deal has no field {crm!r}; there are {', '.join(sorted(_CRM_FIELDS))}"
            )
        return ElementRule(
            key,
            self._text(place, "label", told) or key.replace("_", " ").capitalize(),
            self._text(place, "meaning", told) or "",
            kinds,
            cues,
            crm,
            self._text(place, "ask", told),
        )

    def _text(self, place: tuple[str, str], name: str, told: Mapping[str, Any]) -> str | None:
        value = told.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > _MOST_LETTERS:
            self._fault((*place, name), f"{place[1]}: {name} is a text of at most {_MOST_LETTERS} letters")
            return None
        return value.strip()

    def _words(self, place: tuple[str, str], name: str, told: Mapping[str, Any]) -> tuple[str, ...]:
        value = told.get(name)
        if value is None:
            return ()
        good = isinstance(value, list) and value and all(isinstance(one, str) and len(one.strip()) > 1 for one in value)
        if not good:
            self._fault((*place, name), f'{place[1]}: {name} is a list of words, like ["one", "two words"]')
            return ()
        return tuple(one.strip() for one in value)

    def _fault(self, place: tuple[str, ...], message: str) -> None:
        line = next((self._lines[place[:size]] for size in range(len(place), 0, -1) if place[:size] in self._lines), 0)
        self.faults.append(Fault(line, message))
