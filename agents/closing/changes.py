"""The CRM changes of a call, row by row: old → new → why, each with the words that it rests on. What the CRM has already is no row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from agents.closing.facts import Facts, Shelf, said_in
from agents.closing.tasks import Undertaking
from agents.closing.wording import can_be_told, capital, dated, flipped, told_of
from agents.crm.qualified import NOWHERE, Qualified, in_their_words
from agents.crm.spine_side import shown
from agents.notes.call import Guest
from agents.notes.record import Attendee, ElementNote, Said
from agents.proposals.record import Change
from sales.fields import FIELDS, QUALIFICATION
from sales.forecast_words import day_in, move_in, stage_for, sum_in
from sales.mail_words import plain_line
from sales.names import fold
from sales.ownership import KINDS, Ownership, moves_forecast
from sales.sentences import sentences
from sales.standing_of_people import NEVER_OVERWRITTEN, role_named, role_word, stance_named

_OF_MYSELF = re.compile(
    r"\b(?:I (?:sign|approve|decide|own|control|have (?:the )?(?:final|budget))|my (?:budget|decision|call|signature|sign-off))\b",
    re.I,
)
_FEWEST_WORDS = 4
_MOST_ROWS = 40
_STAGE_WORDS = {
    "pilot": "they agreed to a pilot",
    "proposal": "they asked for the proposal",
    "contract": "they are at the contract",
    "won": "they said yes",
    "lost": "they said no",
}

Rows = tuple[tuple[Change, ...], tuple[Change, ...]]


def changes_of(
    facts: Facts, shelf: Shelf, made: Sequence[Undertaking], rules: Ownership, qualified: Qualified = NOWHERE
) -> Rows:
    """Return the rows, and those that the rules leave to a person. `qualified` are the CRM's fields for the qualification."""
    rows: list[Change] = []
    by_hand: list[Change] = []
    seen: set[tuple[str, str | None, str, str]] = set()
    for change in (*_found(facts, shelf, made), *_elements(facts, shelf, rules, qualified)):
        name = (change.record, change.record_id, change.field, change.new if change.record_id is None else "")
        if name in seen or not change.new or _equal(change.old, change.new):
            continue
        seen.add(name)
        never = change.record_id is not None and rules.rule(change.record, change.field).writes == "never"
        (by_hand if never else rows).append(change)
    return _numbered("r", rows), _numbered("h", by_hand)


def _numbered(letter: str, rows: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(
        one.model_copy(update={"id": f"{letter}{number}"}) for number, one in enumerate(rows[:_MOST_ROWS], start=1)
    )


def _equal(old: str | None, new: str) -> bool:
    return " ".join((old or "").split()).casefold() == " ".join(new.split()).casefold()


def _found(facts: Facts, shelf: Shelf, made: Sequence[Undertaking]) -> Iterator[Change]:
    if facts.call.deal is not None:
        yield from _next_step(facts, shelf, made)
        yield from _competitor(facts, shelf)
    yield from _people(facts, shelf)
    yield from _newcomers(facts, shelf)
    if facts.call.deal is not None and facts.call.deal.status == "open":
        yield from _forecast(facts, shelf)


def _next_step(facts: Facts, shelf: Shelf, made: Sequence[Undertaking]) -> Iterator[Change]:
    solid = [one for one in made if one.names_something]
    dated_ones = [one for one in solid if one.due is not None and one.due >= facts.day]
    ours = [one for one in solid if one.side == "seller"]
    step = min(dated_ones, key=lambda one: (one.due, one.side != "seller"), default=None)
    step = step or next(iter(ours or solid), None)
    if step is None:
        return
    who = "" if step.side == "seller" else f"{step.by or facts.who}: "
    told = dated(step.text, step.due, facts.day) if step.due else step.text
    evidence = shelf.cite(*step.said)
    told = (
        told_of(told, facts.who) if step.side == "seller" else flipped(told) if can_be_told(told, theirs=True) else told
    )
    yield _of_deal(facts, "next_step", capital(f"{who}{told}"), "agreed on the call", evidence)
    if step.due is not None:
        yield _of_deal(facts, "next_step_date", step.due.isoformat(), "the day that was named", evidence)


def _competitor(facts: Facts, shelf: Shelf) -> Iterator[Change]:
    deal = facts.call.deal
    assert deal is not None
    known = fold(deal.competitor or "")
    fresh = [one for one in facts.notes.competitors if fold(one.name) not in known]
    if fresh:
        names = ", ".join([*([deal.competitor] if deal.competitor else []), *(one.name for one in fresh)])
        yield _of_deal(
            facts,
            "competitor",
            names,
            "named on the call",
            shelf.cite(*(said for one in fresh for said in one.said[:1])),
        )


def elements_of(facts: Facts, qualified: Qualified) -> Iterator[tuple[ElementNote, str, str | None]]:
    """Yield the elements that this call leaves otherwise than they stand in the CRM: as noted, what is to stand there, and what stands there now."""
    for one in facts.notes.qualification.elements if facts.notes.qualification else ():
        if one.said and one.state != "open" and qualified.takes(one.element) and one.element in facts.counting:
            said = one.said[0]
            new = plain_line(in_their_words(said.quote, said.speaker, facts.day))
            old = qualified.fields[f"{QUALIFICATION}{one.element}"]
            if not _equal(old, new):
                yield one, new, old


def _elements(facts: Facts, shelf: Shelf, rules: Ownership, qualified: Qualified) -> Iterator[Change]:
    """Yield a row for each element whose field a person is asked for; what is written without asking is none."""
    deal, notes = facts.call.deal, facts.notes.qualification
    for one, new, old in elements_of(facts, qualified):
        key = f"{QUALIFICATION}{one.element}"
        if deal is None or notes is None or rules.rule("deal", key).writes == "auto":
            continue
        against = f"against {one.against.label}: {one.against.value}" if one.against else "in their words"
        yield Change(
            id="",
            record="deal",
            record_id=deal.id,
            name=deal.name,
            field=key,
            label=plain_line(f"{notes.framework} · {one.label}"),
            old=plain_line(old) if old else None,
            new=new,
            why=plain_line(against),
            evidence=shelf.cite(*one.said[:1]),
        )


def _people(facts: Facts, shelf: Shelf) -> Iterator[Change]:
    contacts = {one.contact_id: one for one in (*facts.call.people, *facts.call.participants) if one.contact_id}
    for feeling in facts.notes.sentiment:
        contact = contacts.get(feeling.contact or "")
        if contact is None or not feeling.said or feeling.stance == "unknown":
            continue
        was = stance_named(contact.stance)
        if was == feeling.stance or (feeling.stance == "neutral" and was is None):
            continue
        yield _of_contact(contact, "stance", feeling.stance, "how they spoke of it", shelf.cite(*feeling.said[:2]))
    for element in facts.notes.qualification.elements if facts.notes.qualification else ():
        yield from _role(element, contacts, shelf)


def _role(element: ElementNote, contacts: Mapping[str, Guest], shelf: Shelf) -> Iterator[Change]:
    word = role_word("economic_buyer" if element.element == "authority" else element.element)
    contact = _named_in(element, contacts)
    if word is None or contact is None or element.state == "open" or not element.said:
        return
    has = role_named(contact.role)
    if has == role_named(word) or has in NEVER_OVERWRITTEN:
        return
    yield _of_contact(contact, "role", word, f"{element.label.lower()} by their words", shelf.cite(*element.said[:2]))


def _named_in(element: ElementNote, contacts: Mapping[str, Guest]) -> Guest | None:
    """Return the one contact whom the words of an element speak of: by name, or the speaker of themselves."""
    words = fold(" ".join([element.text or "", *(one.quote for one in element.said)]))
    named = [one for one in contacts.values() if one.name and fold(one.name) in words]
    if not named:
        firsts = [one for one in contacts.values() if one.name and re.search(rf"\b{re.escape(fold(one.name).split()[0])}\b", words)]  # fmt: skip
        named = firsts if len(firsts) == 1 else []
    if not named and element.said and _OF_MYSELF.search(element.said[0].quote):
        named = [one for one in contacts.values() if one.name and one.name == element.said[0].speaker]
    return named[0] if len(named) == 1 else None


def _newcomers(facts: Facts, shelf: Shelf) -> Iterator[Change]:
    for there in facts.notes.participants:
        if not there.proposed or there.side == "seller" or not there.name or facts.call.account_id is None:
            continue
        also = {"email": there.email} if there.email else {}
        said = _first_words(facts, there)
        yield Change(
            id="",
            record="contact",
            record_id=None,
            name=facts.call.account_name or "",
            field="name",
            label="New contact",
            new=there.name,
            also=also,
            why="spoke on the call" if said else "was invited",
            evidence=shelf.cite(*said),
        )


def _first_words(facts: Facts, there: Attendee) -> tuple[Said, ...]:
    for turn in facts.call.turns:
        if turn.speaker and there.name and fold(turn.speaker) == fold(there.name):
            for sentence in sentences(turn.text):
                if len(sentence.text.split()) >= _FEWEST_WORDS:
                    return (said_in(turn, sentence.text),)
    return ()


def _forecast(facts: Facts, shelf: Shelf) -> Iterator[Change]:
    """Yield what the buyer's own words say of the forecast: the last word of each counts."""
    deal = facts.call.deal
    assert deal is not None
    turns = tuple(reversed(facts.turns_of_buyers()))
    for turn in turns:
        if (moved := move_in(turn.text)) is not None:
            stage = stage_for(moved.move, facts.stages, deal.stage)
            if stage is not None:
                yield _of_deal(facts, "stage", stage, _STAGE_WORDS[moved.move], shelf.cite(said_in(turn, moved.quote)))
            break
    for turn in turns:
        if (closes := day_in(turn.text, facts.day)) is not None:
            evidence = shelf.cite(said_in(turn, closes.quote))
            yield _of_deal(facts, "close_date", closes.day.isoformat(), "the day that they named", evidence)
            break
    for turn in turns:
        agreed = sum_in(turn.text)
        if agreed is not None:
            if agreed.currency in (None, deal.currency) and agreed.amount != deal.amount:
                evidence = shelf.cite(said_in(turn, agreed.quote))
                yield _of_deal(facts, "amount", str(shown(agreed.amount)), "the sum that they agreed to", evidence)
            break


def _of_deal(facts: Facts, field: str, new: str, why: str, evidence: tuple[int, ...]) -> Change:
    deal = facts.call.deal
    assert deal is not None
    old = shown(getattr(deal, field))
    return Change(
        id="",
        record="deal",
        record_id=deal.id,
        name=deal.name,
        field=field,
        label=label_of("deal", field),
        old=None if old is None else str(old),
        new=new,
        why=why,
        evidence=evidence,
        forecast=moves_forecast("deal", field),
    )


def _of_contact(
    contact: Guest, field: Literal["role", "stance"], new: str, why: str, evidence: tuple[int, ...]
) -> Change:
    return Change(
        id="",
        record="contact",
        record_id=contact.contact_id,
        name=contact.name or "",
        field=field,
        label=f"{label_of('contact', field)} of {contact.name}",
        old=getattr(contact, field),
        new=new,
        why=why,
        evidence=evidence,
    )


def label_of(kind: str, field: str) -> str:
    """Return what people call a field."""
    return next((one.label for one in FIELDS[KINDS[kind]] if one.key == field), field)
