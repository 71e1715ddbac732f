"""Data quality: open deals that can't be relied on as they stand in the CRM, by rule, against the week before."""

from __future__ import annotations

from agents.answer import Action, Evidence
from agents.digest.ground import Ground, section, told
from agents.digest.record import Line, Section
from agents.hygiene.record import Checked, Hygiene

NAMED = 3
_ASKED = {
    "stale_close_date": "Which open deals have a close date in the past?",
    "no_next_step": "Which open deals have no next step?",
    "zombie": "Which open deals have been silent for 60 days?",
    "blank_fields": "Which open deals have no amount?",
    "stage_outside": "List open deals by stage",
}
_SHORT = {
    "stale_close_date": "a close date that has passed",
    "no_next_step": "no next step with a date",
    "zombie": "nobody has spoken for weeks",
    "blank_fields": "a required field blank",
    "stage_outside": "a stage that the pipeline does not have",
}


def quality_section(ground: Ground, found: Hygiene) -> Section | None:
    """Return the rules that found something, the worst first. What was found a week ago is compared where that week's review is kept."""
    rules = [one for one in found.rules if one.count and one.rule != "quiet_contact" and one.checked is not None]
    lines = sorted((_line(ground, one) for one in rules), key=lambda one: -one.rank)
    if not lines:
        return None
    wanting = found.open_deals - found.clean
    note = f"{told(wanting, 'open deal')} of {found.open_deals:,} {'wants' if wanting == 1 else 'want'} tending."
    return section("quality", "Data quality", lines, total=wanting, note=note)


def _line(ground: Ground, one: Checked) -> Line:
    before = ground.before.get(f"quality:{one.rule}")
    was = "" if before is None or before == one.count else f" (the week before: {before:,})"
    named = [record.name for record in one.records[:NAMED]] if ground.who.names_deals else []
    more = one.count - len(named)
    names = f": {', '.join(named)}{f' and {more:,} more' if more else ''}" if named else ""
    what = _SHORT.get(one.rule, one.label.lower())
    has = "has" if one.count == 1 else "have"
    text = f"{told(one.count, 'deal')}{was} of which {what}" if one.rule == "zombie" else f"{told(one.count, 'deal')}{was} {has} {what}"  # fmt: skip
    evidence = tuple(
        Evidence(source="deal", id=record.record_id, quote=record.value or ", ".join(record.blank) or record.name, url=ground.deal_url(record.record_id), label=record.name)
        for record in (one.records[:NAMED] if ground.who.names_deals else ())
    )  # fmt: skip
    return Line(
        key=f"quality:{one.rule}",
        text=f"{text}{names}.",
        before=str(before) if before is not None else None,
        after=str(one.count),
        evidence=evidence,
        action=Action(label="Show them", verb="ask", value=_ASKED.get(one.rule, _ASKED["no_next_step"])),
        rank=_weight(one),
    )


def _weight(one: Checked) -> float:
    """Order by what a forecast suffers most from: a date that has passed, then an empty field, then the rest, by how many."""
    first = {"stale_close_date": 3.0, "blank_fields": 2.0, "no_next_step": 1.5}.get(one.rule, 1.0)
    return first * one.count / max(1, one.checked or 1)
