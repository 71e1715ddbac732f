"""The labelled questions: what was asked by whom, and what a right answer holds. The format is in `examples/labels/README.md`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from examples.render import render

LABELS = Path(__file__).resolve().parents[2] / "examples" / "labels"


@dataclass(frozen=True)
class Case:
    """One labelled question."""

    id: str
    question: str
    asker: str
    kind: str
    facts: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    evidence: frozenset[str] = frozenset()
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    records: frozenset[str] | None = None
    optional: frozenset[str] = frozenset()
    after: str | None = None
    visibility: str = "all"


def load_cases(today: date, zone: ZoneInfo, folder: Path = LABELS) -> list[Case]:
    """Return all questions as they stand on `today`, in the order of the files; lines that ask none label something else."""
    cases = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in render(path.read_text(encoding="utf-8"), today, zone).splitlines():
            if line.strip() and "question" in (raw := json.loads(line)):
                cases.append(_case(raw, today))
    return cases


def _case(raw: dict[str, Any], today: date) -> Case:
    dated = "loaded" not in raw or raw["loaded"] == today.isoformat()
    records = raw.get("records") if dated else None
    return Case(
        id=raw["id"],
        question=raw["question"],
        asker=raw["as"],
        kind=raw["kind"],
        facts=tuple(raw.get("facts", ())),
        forbidden=tuple(raw.get("not", ())),
        evidence=frozenset(raw.get("evidence", ())),
        figures=raw.get("figures", {}) if dated else {},
        records=frozenset(records) if records is not None else None,
        optional=frozenset(raw.get("records_optional", ())),
        after=raw.get("thread_after"),
        visibility=raw.get("visibility", "all"),
    )


def faults(case: Case, answer: dict[str, Any]) -> list[str]:
    """Return what is wrong with the answer (as its public JSON); empty when it is right."""
    shown = json.dumps({key: answer[key] for key in _SHOWN if key in answer}, ensure_ascii=False)
    found = [f"kind is {answer['kind']}"] if case.kind != answer["kind"] else []
    found += [f"lacks {fact!r}" for fact in case.facts if not re.search(fact, shown, re.IGNORECASE)]
    found += [f"holds {word!r}" for word in case.forbidden if re.search(word, shown, re.IGNORECASE)]
    cited = {evidence["id"] for claim in answer["claims"] for evidence in claim["evidence"]}
    cited |= {str(row.get("record_id")) for row in (answer["table"] or {"rows": []})["rows"]}
    if case.evidence and not case.evidence & cited:
        found.append("cites none of the sources that tell it")
    found += [
        f"figure {name} {figure['value']} is not there"
        for name, figure in case.figures.items()
        if not _has(answer, figure)
    ]
    if case.records is not None:
        found += _records(case, answer)
    return found


_SHOWN = ("headline", "claims", "table", "figures", "rule", "checked", "excluded", "unknown_words", "choices", "notes")


def _records(case: Case, answer: dict[str, Any]) -> list[str]:
    shown = {str(row["record_id"]) for row in (answer["table"] or {"rows": []})["rows"]}
    wanted = case.records or frozenset()
    lacking, extra = wanted - shown, shown - wanted - case.optional
    return ([f"lacks records {sorted(lacking)}"] if lacking else []) + (
        [f"has extra records {sorted(extra)}"] if extra else []
    )


def _has(answer: dict[str, Any], figure: dict[str, str]) -> bool:
    wanted = _number(figure["value"])
    values: list[object] = [one["value"] for one in answer["figures"]]
    values += [value for row in (answer["table"] or {"rows": []})["rows"] for value in row.values()]
    values.append(answer["checked"])
    if answer["table"] is not None and figure.get("unit") == "deals":
        values.append(len(answer["table"]["rows"]))
    if wanted is None:
        return False
    # A label says 58.3 % where the answer says 58.33: as many decimals as the label has must agree.
    numbers = [number for value in values if value is not None and (number := _number(value)) is not None]
    return any(number == wanted or number.quantize(wanted) == wanted for number in numbers)


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
