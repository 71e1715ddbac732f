"""Reading `workflow.toml`: every fault with its line, and nothing half-read in force."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sales.icp import Fault, syntax_fault
from sales.qualifying.extract import TABLES
from sales.workflow.delay import Delay, parse_delay
from sales.workflow.example import EXAMPLE
from sales.workflow.rules import DOINGS, FIELDS, TRIGGERS, Rule, Rules, StageRule, stage_key

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST, _MOST_WORDS, _MOST_NAMES = 160, 60, 60
_MOST_STAGES, _MOST_RULES = 20, 40
_STAGE_KEYS = ("key", "label", "names", "exit", "met_by", "needs", "ask")
_RULE_KEYS = ("key", "trigger", "action", "within", "stages", "words", "after_days")


class WorkflowError(ValueError):
    """The file can't be used; `faults` says what to mend."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.text() for fault in faults))
        self.faults = faults


@lru_cache(maxsize=16)
def parse_workflow(text: str) -> Rules:
    """Read `workflow.toml`. Raises WorkflowError with every fault and its line."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkflowError((syntax_fault(error, text),)) from error
    reader = _Reader(text)
    made = reader.rules(told)
    if reader.faults:
        raise WorkflowError(tuple(sorted(dict.fromkeys(reader.faults), key=lambda fault: fault.line)))
    return made


def faults_of_workflow(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text, each with its line; () where it can be used."""
    try:
        parse_workflow(text)
    except WorkflowError as error:
        return error.faults
    return ()


def workflow_in_force(text: str | None) -> Rules:
    """Return the workflow of the text in force, the usual one where there is none."""
    return parse_workflow(text or EXAMPLE)


class _Reader:
    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self._lines = _lines(text)

    def rules(self, told: Mapping[str, Any]) -> Rules:
        for key in told.keys() - {"look_back_days", "stage", "rule"}:
            self._fault((key,), f"{key}: a workflow has look_back_days, [[stage]] and [[rule]], and nothing else")
        days = told.get("look_back_days", 14)
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 90:
            self._fault(("look_back_days",), "look_back_days is a number from 1 to 90")
            days = 14
        stages = tuple(
            stage for n, one in enumerate(self._tables(told, "stage", _MOST_STAGES)) if (stage := self._stage(n, one))
        )
        known = {stage.key for stage in stages}
        rules = tuple(
            rule for n, one in enumerate(self._tables(told, "rule", _MOST_RULES)) if (rule := self._rule(n, one, known))
        )
        self._once("stage", [stage.key for stage in stages])
        self._once("rule", [rule.key for rule in rules])
        self._names(stages)
        return Rules(stages, rules, days)

    def _tables(self, told: Mapping[str, Any], kind: str, most: int) -> list[Mapping[str, Any]]:
        found = told.get(kind)
        if not isinstance(found, list) or not found or not all(isinstance(one, Mapping) for one in found):
            self._fault((kind,), f"a workflow has at least one [[{kind}]]")
            return []
        if len(found) > most:
            self._fault((kind,), f"there are at most {most} [[{kind}]]")
        return found[:most]

    def _stage(self, number: int, told: Mapping[str, Any]) -> StageRule | None:
        place = ("stage", str(number))
        key = self._key(place, told, _STAGE_KEYS)
        if key is None:
            return None
        met_by = self._words(place, told, "met_by", _MOST_WORDS)
        for one in met_by:
            if one not in DOINGS and one not in TABLES:
                self._fault((*place, "met_by"), f"{key}: met_by knows {', '.join([*DOINGS, *TABLES])}; not {one}")
        needs = self._words(place, told, "needs", len(FIELDS), empty=True)
        for one in needs:
            if one not in FIELDS:
                self._fault((*place, "needs"), f"{key}: needs knows {', '.join(FIELDS)}; not {one}")
        label = self._text(place, told, "label") or key
        names = self._words(place, told, "names", _MOST_NAMES, empty=True)
        return StageRule(
            key, label, names, self._text(place, told, "exit"), met_by, needs, self._text(place, told, "ask")
        )

    def _rule(self, number: int, told: Mapping[str, Any], stages: set[str]) -> Rule | None:
        place = ("rule", str(number))
        key = self._key(place, told, _RULE_KEYS)
        if key is None:
            return None
        trigger = told.get("trigger")
        if trigger not in TRIGGERS:
            self._fault((*place, "trigger"), f"{key}: trigger is one of {', '.join(TRIGGERS)}")
            return None
        only = self._words(place, told, "stages", _MOST_STAGES, empty=True)
        for one in only:
            if one not in stages:
                self._fault((*place, "stages"), f"{key}: there is no stage {one}")
        words = self._words(place, told, "words", _MOST_WORDS, empty=trigger != "asks_for")
        if words and trigger != "asks_for":
            self._fault((*place, "words"), f"{key}: words belong to the trigger asks_for")
        return Rule(
            key,
            trigger,
            self._text(place, told, "action"),
            self._delay(place, key, told.get("within")),
            only,
            tuple(" ".join(one.casefold().split()) for one in words),
            self._days(place, key, trigger, told.get("after_days")),
        )

    def _days(self, place: tuple[str, ...], key: str, trigger: str, value: Any) -> int:
        if trigger != "silence":
            if value is not None:
                self._fault((*place, "after_days"), f"{key}: after_days belongs to the trigger silence")
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 180:
            self._fault((*place, "after_days"), f"{key}: after_days is a number from 1 to 180")
            return 1
        return value

    def _delay(self, place: tuple[str, ...], key: str, value: Any) -> Delay:
        try:
            return parse_delay(value if isinstance(value, str) else "")
        except ValueError as error:
            self._fault((*place, "within"), f"{key}: {error}")
            return Delay(0, "same day")

    def _key(self, place: tuple[str, ...], told: Mapping[str, Any], known: tuple[str, ...]) -> str | None:
        for name in told.keys() - set(known):
            self._fault((*place, name), f"{name}: a {place[0]} has {', '.join(known)}, and nothing else")
        key = told.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            self._fault((*place, "key"), f"a {place[0]} has a key of small letters, digits and _")
            return None
        return key

    def _text(self, place: tuple[str, ...], told: Mapping[str, Any], name: str) -> str:
        value = told.get(name)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST:
            self._fault((*place, name), f"{told['key']}: {name} has 1 to {_LONGEST} letters")
            return ""
        return " ".join(value.split())

    def _words(
        self, place: tuple[str, ...], told: Mapping[str, Any], name: str, most: int, *, empty: bool = False
    ) -> tuple[str, ...]:
        value = told.get(name, [])
        good = isinstance(value, list) and all(isinstance(one, str) and 0 < len(one.strip()) <= 80 for one in value)
        if not good or len(value) > most or not (value or empty):
            self._fault((*place, name), f'{told["key"]}: {name} is a list of {0 if empty else 1} to {most} words, like ["one", "two words"]')  # fmt: skip
            return ()
        return tuple(" ".join(one.split()) for one in value)

    def _once(self, kind: str, keys: list[str]) -> None:
        for number, key in enumerate(keys):
            if key in keys[:number]:
                self._fault((kind, str(number), "key"), f"two of the [[{kind}]] have the key {key}")

    def _names(self, stages: tuple[StageRule, ...]) -> None:
        seen: dict[str, str] = {}
        for number, stage in enumerate(stages):
            for name in (stage.key, stage.label, *stage.names):
                owner = seen.setdefault(stage_key(name), stage.key)
                if owner != stage.key:
                    self._fault(("stage", str(number), "names"), f'"{name}" is a name of {owner} and of {stage.key}')

    def _fault(self, place: tuple[str, ...], message: str) -> None:
        line = next((self._lines[place[:size]] for size in range(len(place), 0, -1) if place[:size] in self._lines), 0)
        self.faults.append(Fault(line, message))


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Return on which line each `[[table]]`, counted from 0, and each of its keys stands."""
    lines: dict[tuple[str, ...], int] = {}
    counts: dict[str, int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if opened := re.match(r"\s*\[\[\s*([\w-]+)\s*\]\]", line):
            count = counts.get(opened[1], 0)
            counts[opened[1]] = count + 1
            table = (opened[1], str(count))
            lines.setdefault(table, number)
        elif key := re.match(r"\s*\"?([\w-]+)\"?\s*=", line):
            lines.setdefault((*table, key[1]), number)
    return lines
