"""Scorecards for whoever asks for their own, or for those of their people. It blocks; what comes of it is for the asker's eyes alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from agents.coaching.record import Clip, Measure, Scorecard
from bot.app import App
from bot.asker import Door, find_asker
from bot.compose import View
from bot.message import Fold, Message, Part, Quote, Text, fixed, plain
from infra.errors import Denied, Fatal
from infra.spine.models import Account, Activity, User
from sales.names import account_key, person_key

if TYPE_CHECKING:
    from infra.spine.people import User as Person

_RECENT = timedelta(days=90)
_ASKED = re.compile(
    r"\s*(?:how\s+did\s+(?P<who>i|.{2,60}?)\s+do\s+(?:on|in|at)\s+(?:(?:the|my|our|her|his|their)\s+)?(?:(?:last|latest|recent)\s+)?(?:call|meeting)"
    r"|(?:show\s+(?:me\s+)?)?(?:(?P<whose>my|[\w'’ -]{2,60}?['’]s)\s+|the\s+)?score\s*cards?)"
    r"(?:\s+(?:with|for|of|on|about)\s+(?P<account>.{2,80}?))?\s*[?.!]*\s*",
    re.IGNORECASE,
)
_NAMES_NOBODY = "A scorecard is for whoever led a call, and for their manager."


def scorecards_of(app: App, email: str | None, door: Door, call_id: str) -> tuple[Scorecard, ...]:
    """Return the scorecards of a call that the asker may see. Raises Denied for somebody who is nobody in person, Fatal (404) where there is none for them."""
    asker = find_asker(app, email, door)
    user = _person(app, asker.user_id)
    # A scorecard counts on the notes: on demand they are made now.
    app.notes.of(call_id, scope=asker.scope)
    return app.coaching.of(call_id, user)


def shown_to(app: App, user_id: str | None, call_id: str, view: View) -> tuple[Message, ...]:
    """Return the scorecards of a call as its page shows them to one person: none for somebody who did not lead it and leads nobody in it."""
    with app.database.session() as session:
        user = session.get(User, user_id) if user_id else None
    if user is None:
        return ()
    try:
        found = app.coaching.of(call_id, user)
    except Fatal:
        return ()
    return tuple(message_of(one, view) for one in found)


def _person(app: App, user_id: str | None) -> Person:
    with app.database.session() as session:
        user = session.get(User, user_id) if user_id else None
    if user is None:
        raise Denied(_NAMES_NOBODY, "Say who asks: their mail address.")
    return user


def answer(app: App, words: str, user: Person, view: View) -> Message | None:
    """Return the scorecard that a line of chat asks for, None where it asks for none."""
    found = _ASKED.fullmatch(words)
    if found is None:
        return None
    who = (found["who"] or found["whose"] or "i").strip()
    person = _named(app, re.sub(r"['’]s$", "", who), user)
    if person is None:
        return None
    cards = app.coaching.latest(user, view.now - _RECENT, person)
    if found["account"] is not None:
        wanted = _calls_with(app, found["account"], [one.call for one in cards])
        cards = tuple(one for one in cards if one.call in wanted)
    told = next((one for one in cards if one.reason is None), None)
    if told is None:
        return fixed("There is no scored call of the last 90 days that I can show you.", _NAMES_NOBODY)
    return message_of(told, view)


def _named(app: App, words: str, user: Person) -> str | None:
    """Return the id of whom the words mean: the asker, or the one user of that name."""
    if words.casefold() in ("i", "my"):
        return user.id
    with app.database.session() as session:
        alike = [
            one.id
            for one in session.scalars(select(User))
            if one.name_key == person_key(words) or one.name.casefold().split()[:1] == [words.casefold()]
        ]
    return alike[0] if len(alike) == 1 else None


def _calls_with(app: App, account: str, calls: list[str]) -> set[str]:
    key = account_key(account)
    with app.database.session() as session:
        rows = session.execute(
            select(Activity.id, Account.name_key)
            .join(Account, Account.id == Activity.account_id)
            .where(Activity.id.in_(calls))
        )
        return {call for call, name_key in rows if name_key == key or name_key.startswith(key)}


def message_of(card: Scorecard, view: View) -> Message:
    """Return a scorecard as a message: the point first, then the figures, the track, and two or three moments with their words."""
    title = f"{card.name} · {card.title or 'call'}"
    when = f" · {view.calendar.moment(card.at)}" if card.at else ""
    parts: list[Part] = [Text(f"**{plain(title)}**{when}", "heading")]
    if card.reason is not None:
        return Message(title, (*parts, Text(plain(card.reason))))
    if card.estimate is not None:
        because = f": {'; '.join(card.estimate.reasons)}" if card.estimate.reasons else ""
        parts.append(Text(f"**{plain(card.estimate.label)}**{plain(because)}. *An estimate from what was said.*"))
    parts += [Text(_figure(one), "bullet") for one in card.measures if one.value is not None]
    step = f"“{plain(card.next_step.quote)}”" if card.next_step else "none"
    parts.append(Text(f"Next step set: {step}", "bullet", "plain" if card.next_step else "trouble"))
    if card.elements:
        covered = f": {', '.join(card.covered)}" if card.covered else ""
        parts.append(Text(f"Framework: {len(card.covered)} of {card.elements} elements{plain(covered)}", "bullet"))
    missing = [one.label for one in card.track if not one.taken]
    taken = len(card.track) - len(missing)
    left = f"; not heard: {', '.join(missing)}" if missing else ""
    parts.append(Text(f"Talk track: {taken} of {len(card.track)} steps{plain(left)}", "bullet"))
    parts += _moments(card)
    if not card.timed:
        parts.append(Text("*This transcript has no times: lengths are told by the number of words.*", "quiet"))
    return Message(title, tuple(parts))


def _moments(card: Scorecard) -> list[Part]:
    made: list[Part] = []
    for number, one in enumerate(card.moments, 1):
        made.append(Text(f"**{plain(one.label)}**{_at(one)} [{number}]: {plain(one.stronger)}"))
    quotes = tuple(
        Quote(number, one.said.quote, one.said.speaker, card.at, card.title, one.said.url)
        for number, one in enumerate(card.moments, 1)
    )
    return [*made, Fold("The words", quotes)] if quotes else made


def _at(clip: Clip) -> str:
    if clip.start_s is None:
        return ""
    until = f"–{_clock(clip.end_s)}" if clip.end_s is not None else ""
    return f" at {_clock(clip.start_s)}{until}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _figure(one: Measure) -> str:
    assert one.value is not None
    if one.unit == "seconds":
        value, usual = f"{_clock(one.value)} min", f"up to {_clock(one.high or 0)}"
    else:
        unit = {"percent": " %", "count": "", "per hour": "", "per 100 words": " in 100 words"}[one.unit]
        value = f"{one.value:g}{unit}"
        usual = f"usual {one.low:g} to {one.high:g}{unit}" if one.low is not None and one.high is not None else ""
    marked = f" (**{one.standing}**; {usual}, {one.source})" if one.standing in ("low", "high") else ""
    return f"{plain(one.label)}: {value}{marked}"
