"""The fields of a CRM that hold the qualification of a deal, one an element: which of them are there, and what stands in them as far as we know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.crm.writes import crm_of
from infra.spine.crm import Connection, CrmLink, CrmWrite
from integrations.connectors.writing import Property
from sales.fields import QUALIFICATION
from sales.ownership import Ownership

_KEPT = "qualification"
_LONGEST = 255
"""Letters of a value: so many fit into any text field of either system."""


@dataclass(frozen=True)
class Qualified:
    """The elements that the connected CRM has a field for, and what stands in each of them for one deal (None: nothing)."""

    fields: Mapping[str, str | None]

    def takes(self, element: str) -> bool:
        """Whether there is a field for an element."""
        return f"{QUALIFICATION}{element}" in self.fields


NOWHERE = Qualified({})
"""No CRM is connected, or it has no such field."""


def fields_there(rules: Ownership, system: str, properties: Mapping[str, Property]) -> list[str]:
    """Return the keys of those elements whose field a system has, as text and to be written, and that the rules let be written."""
    found = []
    for (kind, key), rule in rules.rules.items():
        known = properties.get(rule.names.get(system, ""))
        usable = known is not None and known.type == "text" and not known.read_only
        if kind == "deal" and key.startswith(QUALIFICATION) and rule.writes != "never" and usable:
            found.append(key)
    return sorted(found)


def keep_fields(session: Session, system: str, keys: Collection[str]) -> None:
    """Keep which of these fields a system has, as its schema told just now."""
    row = session.get(Connection, system)
    if row is not None and list(keys) != row.config.get(_KEPT, []):
        row.config = {**row.config, _KEPT: sorted(keys)}
        session.flush()


def qualified(session: Session, rules: Ownership, deal_id: str | None) -> Qualified:
    """Return the fields of the connected CRM for a deal's qualification, with what stands in them: what was read, or written since."""
    system = crm_of(session)
    row = session.get(Connection, system) if system is not None else None
    keys = row.config.get(_KEPT, []) if row is not None else []
    keys = [key for key in keys if rules.rule("deal", key).writes != "never"]
    link = session.scalars(
        select(CrmLink)
        .where(
            CrmLink.system == system,
            CrmLink.kind == "deal",
            CrmLink.record_id == deal_id,
            CrmLink.deleted.is_(False),
        )
        .order_by(CrmLink.external_id)
        .limit(1)
    ).first()
    if not keys or link is None or system is None:
        return NOWHERE
    told = {key: link.seen.get(rules.rule("deal", key).names.get(system, "")) or None for key in keys}
    written = session.execute(
        select(CrmWrite.fields)
        .where(
            CrmWrite.kind == "deal",
            CrmWrite.record_id == deal_id,
            CrmWrite.system == system,
            CrmWrite.operation == "update",
            CrmWrite.state == "done",
            CrmWrite.done_at >= link.at,
        )
        .order_by(CrmWrite.done_at)
    )
    for (fields,) in written:
        told |= {key: value for key, value in fields.items() if key in told}
    return Qualified(told)


def in_their_words(quote: str, speaker: str | None, day: date) -> str:
    """Return what is written into such a field: the buyer's words, whose they are and when they were said, in one line."""
    who = f"{speaker}, " if speaker else ""
    said = f" ({who}{day.day} {day:%b %Y})"
    words = " ".join(quote.split())
    room = _LONGEST - len(said) - 2
    if len(words) > room:
        words = words[: room - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
    return f"“{words}”{said}"
