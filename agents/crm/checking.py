"""Comparing the rules of field ownership with a system's actual schema: what is missing, of another type, without an option that is used, or not to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.crm.drift import Drift
from agents.crm.stage_drift import of_stages
from infra.spine.models import Deal
from integrations.connectors.writing import FieldType, Property, Writer
from sales.fields import FieldType as OurType
from sales.fields import field_of
from sales.ownership import KINDS, FieldRule, Ownership, is_own

_FITTING: Mapping[str, frozenset[FieldType]] = {
    "text": frozenset(("text", "choice", "choices")),
    "list": frozenset(("text", "choice", "choices")),
    "email": frozenset(("text",)),
    "money": frozenset(("number",)),
    "number": frozenset(("number",)),
    "integer": frozenset(("number",)),
    "percent": frozenset(("number",)),
    "date": frozenset(("date", "datetime")),
    "datetime": frozenset(("datetime",)),
    "bool": frozenset(("bool",)),
}
_MADE_AS: Mapping[str, FieldType] = {
    "text": "text",
    "list": "text",
    "email": "text",
    "money": "number",
    "number": "number",
    "integer": "number",
    "percent": "number",
    "date": "date",
    "datetime": "datetime",
    "bool": "bool",
}
_CHOSEN = ("forecast_category", "type")
"""Fields whose values are to be options of a choice there."""


def check(session: Session, rules: Ownership, writer: Writer, stages: Sequence[str] = ()) -> list[Drift]:
    """Return how the rules and the system's schema differ, in the rules' order, then how stages do. Asks the system for its schema.

    `stages` are those that the settings name, none where they leave it to the system.
    """
    found: list[Drift] = []
    for rule in rules.rules.values():
        if rule.kind in KINDS:
            found += _of_rule(session, rule, writer)
    for kind in KINDS:
        if not writer.carries_marker(kind):
            marker = writer.marker_property(kind)
            found.append(
                Drift(
                    kind,
                    "",
                    marker.name,
                    "marker",
                    f"{writer.title} has no {marker.name} for a {kind}: one whose making breaks off can't be found again. "
                    "`dealwright fields create` adds it.",
                )
            )
    return found + of_stages(session, writer, stages)


def _of_rule(session: Session, rule: FieldRule, writer: Writer) -> list[Drift]:
    name = rule.names.get(writer.name)
    if name is None or rule.writes == "never":
        return []
    where = f"{writer.title}’s {name}, which {rule.kind}.{rule.key} is written to"

    def drift(what: str, said: str) -> Drift:
        return Drift(rule.kind, rule.key, name, what, said)

    known = writer.properties(rule.kind).get(name)
    if known is None:
        said = f"{where}, is not there. Create it, name another in fields.toml, or take the name out."
        if is_own(rule.kind, rule.key):
            said = f"{where}, is not there, so it is not written. `dealwright fields create` adds it."
        return [drift("missing", said)]
    found: list[Drift] = []
    if known.read_only:
        found.append(drift("read_only", f"{where}, can’t be written. Let the rule say never."))
    type_ = _type_of(rule)
    if not fits(rule, known):
        found.append(drift("type", f"{where}, holds a {known.type}, where a {type_} is needed."))
    missing = _missing_options(session, rule, known)
    if missing:
        listed = ", ".join(f"“{one}”" for one in missing[:5])
        found.append(drift("option", f"{where}, has no option {listed}. Add it there, or use another word here."))
    return found


def fits(rule: FieldRule, known: Property) -> bool:
    """Whether a field of the system can hold what a rule has written into it."""
    return known.type in _FITTING[_type_of(rule)]


def _type_of(rule: FieldRule) -> OurType:
    known = field_of(KINDS[rule.kind], rule.key)
    return known.type if known is not None else "text"


def _missing_options(session: Session, rule: FieldRule, known: Property) -> list[str]:
    """Return the values that the spine's open deals have and the choice there does not know."""
    if rule.kind != "deal" or rule.key not in _CHOSEN or not known.options:
        return []
    column = getattr(Deal, rule.key)
    used = session.scalars(select(column).where(column.is_not(None), Deal.status == "open").distinct())
    there = {one.casefold() for pair in known.options.items() for one in pair}
    return sorted(str(value) for value in used if str(value).casefold() not in there)


def to_create(rules: Ownership, writer: Writer) -> list[tuple[str, Property]]:
    """Return the fields that the rules name and the system lacks, and the markers: what a person is asked to agree to."""
    found: list[tuple[str, Property]] = []
    for rule in rules.rules.values():
        name = rule.names.get(writer.name)
        if rule.kind not in KINDS or name is None or rule.writes == "never" or name in writer.properties(rule.kind):
            continue
        known = field_of(KINDS[rule.kind], rule.key)
        if known is not None:
            found.append((rule.kind, Property(name, known.label, _MADE_AS[known.type])))
    kinds = (kind for kind in (*KINDS, *_LOGGED) if not writer.carries_marker(kind))
    return [*found, *((kind, writer.marker_property(kind)) for kind in kinds)]


_LOGGED = ("call", "mail", "meeting", "note", "task")
