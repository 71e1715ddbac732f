"""Elements of the qualification that `fields.toml` lets be written without asking: planned when a call's notes are brought to its card."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from agents.closing.changes import elements_of
from agents.closing.facts import facts_of
from agents.crm.qualified import qualified
from agents.crm.rules import ownership_in_force
from agents.crm.writes import NewWrite, plan
from agents.intake.identity import stable_id
from agents.notes.record import CallNotes
from infra.settings import Settings
from sales.fields import QUALIFICATION

_WHY = "Said on a call."


def write_unasked(session: Session, notes: CallNotes, settings: Settings, now: datetime) -> int:
    """Plan a write of each element that this call leaves otherwise than the CRM has it, where its rule says auto; return how many. Twice is once."""
    rules = ownership_in_force(session)
    auto = {key for (kind, key), rule in rules.rules.items() if kind == "deal" and rule.writes == "auto"}
    if notes.state != "ready" or not any(key.startswith(QUALIFICATION) for key in auto):
        return 0
    facts = facts_of(session, notes, settings, now.astimezone(settings.zone).date())
    deal = facts.call.deal if facts is not None else None
    if facts is None or deal is None:
        return 0
    count = 0
    for one, new, old in elements_of(facts, qualified(session, rules, deal.id)):
        key = f"{QUALIFICATION}{one.element}"
        if key in auto:
            name = f"qualified:{stable_id('qualified', notes.call, key, new)}"
            write = NewWrite(name, "update", "deal", deal.id, {key: new}, {key: old}, why=_WHY)
            plan(session, write, settings=settings, now=now)
            count += 1
    return count
