"""The library as answers: counts with quotes, answers that worked with their numbers, what loses deals, and how the asker's own people do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from agents.answer import Action, Answer, Cell, Claim, Column, Evidence, Figure, Table, Tone
from agents.freshness import freshness_of
from agents.links import Links
from agents.narrative.phrasing import calendar_day, flat, short_day
from agents.objections.asked import Wish
from agents.objections.library import Before, Reading
from agents.objections.record import AnswerKind, Heard, PersonCount, Said, TopicCount
from agents.question import Question
from infra.settings import Settings
from infra.spine.models import User
from infra.spine.scope import coached_by
from sales.objection_answers import OTHER
from sales.objection_outcome import FEWEST, RULE, told
from sales.objections import LABELS

COUNTED = "What the buyer held against buying, in calls and meetings whose notes are made; what stands in one stretch about one topic counts once."
_SMALL = f"Rates of fewer than {FEWEST} deals are not told."
_QUOTES, _QUOTED_TOPICS, _EXAMPLES = 2, 5, 2
_TOGETHER = {"went_on": "its deal went on", "stalled": "its deal stalled", "lost": "its deal was lost"}
_NOT_FOR_YOU = "How people do with objections is for themselves and for whoever leads them."
_ROW: tuple[Column, ...] = (
    Column(key="label", label="Objection", type="text"),
    Column(key="count", label="Heard", type="integer"),
    Column(key="before", label="Before", type="integer"),
    Column(key="deals", label="Deals", type="integer"),
    Column(key="went_on", label="Went on", type="text"),
    Column(key="lost", label="Lost", type="text"),
)


def library_answer(session: Session, question: Question, wish: Wish, settings: Settings, links: Links) -> Answer:
    """Return the answer to a wish, inside the question's scope. Its claims are still to be checked."""
    reading = Reading(session, question.scope, question.as_of, settings.zone, links)
    if wish.kind == "people":
        return _people(session, question, wish, reading)
    made = (
        _answers(reading, wish, question, settings.zone)
        if wish.kind == "answers"
        else _counts(reading, wish, question, settings.zone)
    )
    accounts = (wish.looked.account_id,) if wish.looked.account_id else ()
    return made.model_copy(
        update={
            "freshness": freshness_of(session, question.scope, as_of=question.as_of, accounts=accounts),
            "unknown_words": wish.unknown,
        }
    )


def _where(wish: Wish) -> str:
    of = f" · {wish.of}" if wish.of else ""
    return f"{wish.window}{of}"


def _what(wish: Wish) -> str:
    """Name the objection that is asked for, in the asker's words where they quoted some."""
    label = LABELS.get(wish.looked.topic or "")
    if wish.words:
        return f"“{wish.words}”" + (f" ({label})" if label else "")
    return f"{label or 'Objections'}"


def _nothing(wish: Wish) -> Answer:
    kind = "No objections were found" if not wish.looked.topic and not wish.words else f"{_what(wish)}: not heard"
    return Answer(
        kind="not_found",
        headline=f"{kind} — {_where(wish)}",
        notes=(f"Looked for: {COUNTED}",),
        actions=(Action(label="The last 90 days", verb="ask", value="What objections came up in the last 90 days?"),),
    )


def _none_ended(wish: Wish) -> Answer:
    headline = f"No deal in which an objection was heard has ended yet — {_where(wish)}"
    return Answer(kind="not_found", headline=headline, notes=(f"Looked for: {COUNTED}",))


def _counts(reading: Reading, wish: Wish, question: Question, zone: ZoneInfo) -> Answer:
    topics = reading.topics(wish.looked, wish.before)
    losing = wish.kind == "losing"
    if losing:
        topics = sorted((one for one in topics if one.results.ended), key=_most_lost)
    total = sum(one.count for one in topics)
    if not topics:
        return _none_ended(wish) if losing else _nothing(wish)
    shown = [one.topic for one in topics if one.count][:_QUOTED_TOPICS]
    quotes = [one for one in reading.quotes(wish.looked, each=_QUOTES if len(shown) > 1 else 2 * _QUOTES + 1) if one.topic in shown]  # fmt: skip
    quotes.sort(key=lambda one: shown.index(one.topic))
    today = question.as_of.astimezone(zone).date()
    figures = [Figure(key="objections", value=total, unit="objections", label=f"Heard, {_where(wish)}")]
    if wish.before is not None:
        before = sum(one.before or 0 for one in topics)
        figures.append(Figure(key="before", value=before, unit="objections", label=_span(wish.before, zone, question)))
    sections = {one.topic: _section(one, losing=losing) for one in topics}
    return Answer(
        kind="structured",
        headline=_headline(wish, topics, total),
        claims=tuple(_heard(one, sections[one.topic], zone, today) for one in quotes),
        figures=tuple(figures) if not losing else (),
        table=_table(topics, compared=wish.before is not None),
        rule=f"{COUNTED} {RULE}",
        checked=total,
        notes=_notes(wish, topics),
        actions=_ways_on(topics),
    )


def _most_lost(one: TopicCount) -> tuple[bool, int, int, str]:
    percent = one.results.lost_rate
    return percent is None, -(percent or 0), -one.results.lost_at_last, one.topic


def _headline(wish: Wish, topics: Sequence[TopicCount], total: int) -> str:
    if wish.kind == "losing":
        worst = next((one for one in topics if one.results.lost_rate), None)
        if worst is None:
            return f"No objection has lost enough deals to tell, {_where(wish)}"
        return f"{worst.label}: {told(worst.results.lost_at_last, worst.results.ended, 'lost')} — {_where(wish)}"
    times = "1 time" if total == 1 else f"{total} times"
    if wish.looked.topic or wish.words:
        changed = ""
        if wish.before is not None:
            changed = f", {sum(one.before or 0 for one in topics)} in the same span before"
        return f"{_what(wish)}: heard {times}{changed} — {_where(wish)}"
    noun = "objection" if total == 1 else "objections"
    if not total:
        return f"No objections, {sum(one.before or 0 for one in topics)} in the same span before — {_where(wish)}"
    led = ", ".join(f"{one.label.lower()} {one.count}" for one in topics[:3] if one.count)
    return f"{total} {noun}: {led} — {_where(wish)}"


def _section(one: TopicCount, *, losing: bool) -> str:
    if losing:
        return f"{one.label} · {told(one.results.lost_at_last, one.results.ended, 'lost')}"
    change = ""
    if one.before is not None:
        change = " · as often as before" if one.before == one.count else f" · was {one.before}"
    return f"{one.label} · {one.count} ×{change}"


def _table(topics: Sequence[TopicCount], *, compared: bool) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "record_id": one.topic,
            "label": one.label,
            "count": one.count,
            "before": one.before,
            "deals": one.results.deals,
            "went_on": _share(one.results.went_on, one.results.told),
            "lost": _share(one.results.lost_at_last, one.results.ended),
        }
        for one in topics
    ]
    return Table(columns=tuple(one for one in _ROW if compared or one.key != "before"), rows=tuple(rows))


def _share(count: int, of: int) -> str:
    return f"{count} of {of}" if of else "–"


def _notes(wish: Wish, topics: Sequence[TopicCount]) -> tuple[str, ...]:
    made = ["“Went on” is of the deals of which it can be told, “lost” of those that have ended."]
    if any(0 < one.results.told < FEWEST for one in topics):
        made.append(_SMALL)
    early = sum(one.results.too_early for one in topics)
    if early:
        made.append(f"{early} {'deal' if early == 1 else 'deals'} had too little time since: they count neither way.")
    if wish.words and wish.looked.topic:
        made.append(f"Counted are all objections about {LABELS[wish.looked.topic].lower()}, in whatever words.")
    return tuple(made)


def _ways_on(topics: Sequence[TopicCount]) -> tuple[Action, ...]:
    most = next((one for one in topics if one.count), None)
    if most is None:
        return ()
    name = most.label.lower()
    return (Action(label=f"What works against {name}?", verb="ask", value=f"What works against the {name} objection?"),)


def _answers(reading: Reading, wish: Wish, question: Question, zone: ZoneInfo) -> Answer:
    topics = reading.topics(wish.looked)
    kinds = reading.answers(wish.looked, each=_EXAMPLES)
    if not kinds:
        return _nothing(wish)
    today = question.as_of.astimezone(zone).date()
    claims = [_answered(one, _kind_section(kind), zone, today) for kind in kinds for one in kind.examples]
    heard = sum(one.count for one in topics)
    early = sum(one.results.too_early for one in topics)
    notes = [f"Heard {heard} times in {sum(one.results.deals for one in topics)} deals." if len(topics) == 1 else f"Heard {heard} times."]  # fmt: skip
    if any(one.results.told < FEWEST for one in kinds):
        notes.append(_SMALL)
    if early:
        notes.append(f"{early} {'deal' if early == 1 else 'deals'} had too little time since: they count neither way.")
    if any(not one.examples for one in kinds):
        notes.append("Of answers that nobody let stand, or whose deals were lost, no words are shown.")
    return Answer(
        kind="structured",
        headline=_best(wish, kinds),
        claims=tuple(claims),
        table=_answer_table(kinds),
        rule=f"{RULE} An answer is of one kind, told by its words. What came of a deal has other reasons too.",
        checked=heard,
        notes=tuple(notes),
    )


def _best(wish: Wish, kinds: Sequence[AnswerKind]) -> str:
    best = kinds[0]
    told_of = best.results
    if told_of.went_on_rate is None or best.kind == OTHER:
        given = sum(one.count for one in kinds)
        return f"{_what(wish)}: {given} {'answer' if given == 1 else 'answers'}, too few of one kind for a rate — {_where(wish)}"
    return f"{_what(wish)}: {best.label.lower()} {told(told_of.went_on, told_of.told, 'went on in')} — {_where(wish)}"


def _kind_section(kind: AnswerKind) -> str:
    return f"{kind.label} · {told(kind.results.went_on, kind.results.told, 'went on in')}"


def _answer_table(kinds: Sequence[AnswerKind]) -> Table:
    columns = (
        Column(key="label", label="Answer", type="text"),
        Column(key="count", label="Given", type="integer"),
        Column(key="taken", label="Taken in the call", type="integer"),
        Column(key="went_on", label="Went on", type="text"),
        Column(key="lost", label="Lost", type="text"),
        Column(key="too_early", label="Too early", type="integer"),
    )
    rows: list[dict[str, Cell]] = [
        {
            "record_id": one.kind,
            "label": one.label,
            "count": one.count,
            "taken": one.taken,
            "went_on": _share(one.results.went_on, one.results.told),
            "lost": _share(one.results.lost, one.results.told),
            "too_early": one.results.too_early,
        }
        for one in kinds
    ]
    return Table(columns=columns, rows=tuple(rows))


def _people(session: Session, question: Question, wish: Wish, reading: Reading) -> Answer:
    """Return how the asker's own people do; in private only, and to nobody who leads nobody."""
    asker = session.get(User, question.user_id) if question.user_id else None
    # A channel's scope is nobody's own: what is said there is read by others.
    private = asker is not None and question.scope.user_id == asker.id
    seen = coached_by(session, asker) if asker is not None and private else frozenset()
    if asker is None or not seen - {asker.id}:
        ask = f"What works against the {LABELS[wish.looked.topic].lower()} objection?" if wish.looked.topic else "Which objections came up?"  # fmt: skip
        next_step = "Ask me in private, if you lead people." if asker is not None and not private else "Ask for what works instead: that is for everybody."  # fmt: skip
        return Answer(
            kind="refused",
            headline=_NOT_FOR_YOU,
            notes=(next_step,),
            actions=(Action(label="What works", verb="ask", value=ask),),
        )
    people = reading.people(wish.looked, seen)
    if not people:
        return _nothing(wish)
    best = people[0]
    sure = best.results.went_on_rate is not None
    point = f"{best.name}: {told(best.results.went_on, best.results.told, 'went on in')}" if sure else "Too few deals to tell who does best"  # fmt: skip
    return Answer(
        kind="structured",
        headline=f"{_what(wish)}: {point} — your own people, {_where(wish)}",
        table=_people_table(people),
        rule=f"Whoever of your people gave the answer themselves. {RULE}",
        checked=sum(one.count for one in people),
        notes=(_SMALL, "For your eyes: what came of a deal has other reasons than one answer."),
        unknown_words=wish.unknown,
        freshness=freshness_of(session, question.scope, as_of=question.as_of),
    )


def _people_table(people: Sequence[PersonCount]) -> Table:
    columns = (
        Column(key="name", label="Who", type="text"),
        Column(key="count", label="Answers", type="integer"),
        Column(key="taken", label="Taken in the call", type="integer"),
        Column(key="went_on", label="Went on", type="text"),
    )
    rows: list[dict[str, Cell]] = [
        {
            "record_id": one.user,
            "name": one.name,
            "count": one.count,
            "taken": one.taken,
            "went_on": _share(one.results.went_on, one.results.told),
        }
        for one in people
    ]
    return Table(columns=columns, rows=tuple(rows))


def _heard(one: Heard, section: str, zone: ZoneInfo, today: date) -> Claim:
    evidence = [_evidence(one, one.said)]
    text = f"{_day(one.at, zone, today)} · {one.said.speaker or 'They'}: “{flat(one.said.quote)}”"
    if one.answer is not None:
        evidence.append(_evidence(one, one.answer))
        text += f" · answered: “{flat(one.answer.quote)}”"
    return Claim(text=text, evidence=tuple(evidence), section=section, tone=_tone(one))


def _answered(one: Heard, section: str, zone: ZoneInfo, today: date) -> Claim:
    assert one.answer is not None
    came = f" · {_TOGETHER[one.outcome]}" if one.outcome in _TOGETHER else ""
    text = f"{_day(one.at, zone, today)} · {one.answer.speaker or 'We'}: “{flat(one.answer.quote)}” · to “{flat(one.said.quote)}”{came}"
    return Claim(text=text, evidence=(_evidence(one, one.answer), _evidence(one, one.said)), section=section)


def _tone(one: Heard) -> Tone:
    return "trouble" if one.handled == "open" and one.outcome != "went_on" else "plain"


def _day(at: datetime, zone: ZoneInfo, today: date) -> str:
    return short_day(at.astimezone(zone).date(), today)


def _evidence(one: Heard, said: Said) -> Evidence:
    return Evidence(
        source="call",
        id=one.call,
        quote=said.quote,
        speaker=said.speaker,
        at=one.at,
        url=said.url,
        turns=(said.turn,) if said.turn is not None else (),
        label=one.title,
    )


def _span(before: Before, zone: ZoneInfo, question: Question) -> str:
    today = question.as_of.astimezone(zone).date()
    first = before.since.astimezone(zone).date()
    last = (before.until - timedelta(microseconds=1)).astimezone(zone).date()
    return f"Before ({calendar_day(first, today)} to {calendar_day(last, today)})"
