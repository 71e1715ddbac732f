"""The JSON schema of a plan as a model sees it: flat and short, as it is sent with every call.

LangChain writes every reference of a schema out in full, so that the plan's own schema would cost more than all evidence. What a model makes of this
one is validated as a `Plan` nevertheless, strictly; words for people (`shown`, `label`, `defaults`) are left out, as they are ours to choose.
"""

from __future__ import annotations

from typing import Any, get_args

from agents.structured.catalog import Subject
from agents.structured.plan import Aggregate, Grain, Op, Plan, Quantity, Silence


def _one_of(literal: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(get_args(literal))}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_FLAG = {"type": "boolean"}


def plan_schema() -> dict[str, Any]:
    """Return the schema."""
    condition = _object(
        {
            "kind": {"type": "string", "enum": ["predicate", "within", "any_of", "related"]},
            "field": _TEXT,
            "op": _one_of(Op),
            "values": {**_list(_TEXT), "description": "Of a predicate: names, plain decimals or ISO dates."},
            "currency": _TEXT,
            "first": {"type": "string", "description": "Of within: the first day, or none."},
            "until": {"type": "string", "description": "Of within: the first day that is out, or none."},
            "negated": _FLAG,
            "of": {**_list({"type": "object"}), "description": "Of any_of: two or more conditions of which one holds."},
            "where": {**_list({"type": "object"}), "description": "Of related: conditions on the record's deals."},
            "quantity": _one_of(Quantity),
            "count": _WHOLE,
        },
        "kind",
    )
    conditions = _list(condition)
    plain = {**_list({"type": "object"}), "description": "Conditions as in where."}
    measure = _object(
        {
            "aggregate": _one_of(Aggregate),
            "field": _TEXT,
            "of": {"type": "string", "enum": ["count", "sum"]},
            "part": {**plain, "description": "Of a share: the conditions of its part."},
        },
        "aggregate",
    )
    group = _object({"field": _TEXT, "grain": _one_of(Grain)}, "field")
    having = _object(
        {"measure": _WHOLE, "op": {"type": "string", "enum": ["gt", "ge", "lt", "le", "eq"]}, "value": _TEXT},
        "op",
        "value",
    )
    silence = _object(
        {
            "by": _one_of(Silence.model_fields["by"].annotation),
            "at_least_days": _WHOLE,
            "with_meeting": {**_FLAG, "description": "Keep deals with a meeting booked."},
        }
    )
    return _object(
        {
            "subject": _one_of(Subject),
            "shape": _one_of(Plan.model_fields["shape"].annotation),
            "measures": _list(measure),
            "where": conditions,
            "group_by": _list(group),
            "having": _list(having),
            "order": _object({"measure": _WHOLE, "field": _TEXT, "descending": _FLAG}),
            "branches": {**_list(_object({"where": plain})), "description": "The sides of a comparison."},
            "columns": _list(_TEXT),
            "silence": silence,
            **_plain_fields(),
        }
    )


def _plain_fields() -> dict[str, Any]:
    """Return the plan's numbers and flags, each with its own description."""
    made: dict[str, Any] = {}
    for name, field in Plan.model_fields.items():
        if field.annotation in (bool, int | None):
            told = {"description": field.description} if field.description else {}
            made[name] = {**(_FLAG if field.annotation is bool else _WHOLE), **told}
    return made
