"""Hearing what comes in: each activity is read once for what bears on a deal's health, and each account's promises are followed anew."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from agents.health.pieces import Source, Words, of_deal, read_sources, waiting, waiting_together
from agents.narrative.case import read_case
from agents.narrative.promises import Owed, owed_in
from agents.notes.house import House, house_of
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Heard, Mentioned
from infra.spine.scope import EVERYTHING
from sales.clock import Clock
from sales.health.hearing import is_of, kinds_of, says_self_leaves
from sales.health.signing import dated_in
from sales.names import account_key
from sales.rivals import rivals_in
from sales.sentences import is_signature, sentences

VERSION = "h2"
"""The version of what is heard. Raise it with every change of the rules, so that activities are heard anew."""

PROMISES = ("promise_by_us", "promise_by_buyer")
_STANCES = {"supporter": 1.0, "neutral": 0.0, "against": -1.0}
_OPEN_OBJECTIONS = {"price": "price", "budget": "budget"}
_BATCH = 200
_FOUND_AT_ONCE = 100_000
_LONGEST = 600


class Hearing:
    """Reads what waits. It blocks; each batch is a transaction of its own, so that a kill loses and doubles nothing."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._found: deque[str] = deque()
        self._turn = Lock()

    def read_waiting(self, limit: int = _BATCH) -> int:
        """Read up to `limit` activities that wait. Returns how many were read."""
        with self._turn:
            if len(self._found) < limit:
                # To find what waits the whole company is gone through: once for many rounds of a backlog.
                with self._database.session() as session:
                    self._found = deque(waiting_together(session, VERSION, max(limit, _FOUND_AT_ONCE)))
            ids = [self._found.popleft() for _ in range(min(limit, len(self._found)))]
        return self._read(ids)

    def count_waiting(self) -> int:
        """Return how many activities nobody has read yet."""
        with self._database.session() as session:
            return session.scalar(select(func.count()).select_from(waiting(VERSION).subquery())) or 0

    def read_deal(self, deal_id: str) -> int:
        """Read what waits of one deal and its account. Returns how many activities were read."""
        with self._database.session() as session:
            ids = list(session.scalars(waiting(VERSION).where(of_deal(deal_id))))
        return self._read(ids)

    def _read(self, ids: Sequence[str]) -> int:
        if not ids:
            return 0
        with self._database.session() as session:
            house = house_of(session, self._settings)
        for start in range(0, len(ids), _BATCH):
            self._batch(ids[start : start + _BATCH], house)
        return len(ids)

    def _batch(self, ids: Sequence[str], house: House) -> None:
        now = self._clock.now()
        with self._database.session() as session:
            sources = read_sources(session, ids, VERSION)
            owed = _promises(session, self._settings, sources, now)
        rows = [row for source in sources for row in self._heard(source, house)]
        with self._database.transaction() as session:
            taken = [source.id for source in sources]
            session.execute(delete(Mentioned).where(Mentioned.activity_id.in_(taken), Mentioned.kind.not_in(PROMISES)))
            accounts = {source.account_id for source in sources if source.account_id}
            of_accounts = select(Activity.id).where(Activity.account_id.in_(accounts))
            session.execute(
                delete(Mentioned)
                .where(Mentioned.kind.in_(PROMISES), Mentioned.activity_id.in_(of_accounts))
                .execution_options(synchronize_session=False)
            )
            session.execute(delete(Heard).where(Heard.activity_id.in_(taken)))
            if rows or owed:
                session.execute(insert(Mentioned), _each_once([*rows, *owed]))
            session.execute(
                insert(Heard),
                [{"activity_id": one.id, "made_from": one.made_from, "made_at": now} for one in sources],
            )

    def _heard(self, source: Source, house: House) -> Iterator[dict[str, Any]]:
        for words in source.words:
            yield from self._said(source, words)
        if source.notes is not None:
            yield from _noted(source, source.notes, house)
        else:
            yield from _rivals(source, house)

    def _said(self, source: Source, words: Words) -> Iterator[dict[str, Any]]:
        side = "buyer" if words.side == "unknown" and source.kind == "mail" else words.side
        parts = sentences(words.text)
        for sentence in parts:
            if words.position is None and is_signature(sentence.text):
                continue
            for kind in kinds_of(sentence.text, side):
                if kind in _OPEN_OBJECTIONS and source.notes is not None:
                    continue
                row = _row(source, words, kind, sentence.text, side=side)
                if kind == "departure":
                    who = _who_left(source, words, sentence.text)
                    if who is None:
                        continue
                    row["contact_id"], row["name"] = who
                yield row
        if side == "buyer":
            for dated in dated_in(parts, source.at.astimezone(self._settings.zone).date()):
                yield _row(source, words, "date", dated.sentence.text, day=dated.first, sure=dated.sure)


def _row(
    source: Source,
    words: Words,
    kind: str,
    quote: str,
    *,
    side: str = "buyer",
    day: Any = None,
    name: str | None = None,
    sure: bool = True,
    done_at: datetime | None = None,
) -> dict[str, Any]:
    short = quote[:_LONGEST]
    digest = hashlib.sha256(f"{source.id}|{kind}|{words.position}|{name}|{short}".encode()).hexdigest()[:40]
    return {
        "id": f"m-{digest}", "activity_id": source.id, "kind": kind, "quote": short, "position": words.position, "speaker": words.speaker,
        "contact_id": words.contact_id, "side": side, "sure": sure, "day": day, "name": name, "at": source.at, "done_at": done_at,
    }  # fmt: skip


def _who_left(source: Source, words: Words, text: str) -> tuple[str, str] | None:
    """Return the buyer's person whom a sentence says to have left: the one it names, or who says it of themselves."""
    if words.contact_id is not None and says_self_leaves(text):
        return words.contact_id, source.people.get(words.contact_id, words.speaker or "")
    named = [(id_, name) for id_, name in source.people.items() if id_ != words.contact_id and is_of(text, name)]
    chosen = [one for one in named if one[1] in text] or named
    return chosen[0] if len(chosen) == 1 else None


def _noted(source: Source, notes: dict[str, Any], house: House) -> Iterator[dict[str, Any]]:
    """Return what a call's notes hold of rivals, of objections to the money that are open, and of how each person stood to it."""
    for rival in notes.get("competitors", ()):
        said = rival["said"][0]
        yield _row(
            source, _of_note(said), "competitor", said["quote"], name=rival["name"], sure=_known(rival["name"], house)
        )
    for objection in notes.get("objections", ()):
        if objection["topic"] in _OPEN_OBJECTIONS and objection["handled"] != "answered":
            said = objection["said"][0]
            yield _row(source, _of_note(said), _OPEN_OBJECTIONS[objection["topic"]], said["quote"])
    known = []
    for feeling in notes.get("sentiment", ()):
        if feeling["stance"] not in _STANCES:
            continue
        known.append(_STANCES[feeling["stance"]])
        for said in feeling["said"][:1]:
            words = Words("", "buyer", said["position"], feeling["name"], feeling["contact"])
            yield _row(source, words, "stance", said["quote"], name=feeling["stance"])
        if not feeling["said"]:
            yield _row(
                source,
                Words("", "buyer", None, feeling["name"], feeling["contact"]),
                "stance",
                "",
                name=feeling["stance"],
            )
    if known:
        yield _row(source, Words("", "buyer"), "feeling", "", name=f"{sum(known) / len(known):.3f}")


def _of_note(said: dict[str, Any]) -> Words:
    return Words("", "buyer", said["position"], said["speaker"])


def _rivals(source: Source, house: House) -> Iterator[dict[str, Any]]:
    """Return the competitors that a mail of the buyer names."""
    if source.kind != "mail" or source.automatic:
        return
    said = [_Spoken(place, one) for place, one in enumerate(source.words) if one.side == "buyer"]
    if not said:
        return
    never = [*house.names, *source.people.values(), *(one.name for one in house.colleagues)]
    for rival in rivals_in(said, house.rivals, never=never):
        position, sentence = rival.words[0]
        words = next(one.words for one in said if one.position == position)
        yield _row(source, words, "competitor", sentence.text, name=rival.name, sure=_known(rival.name, house))


def _known(name: str, house: House) -> bool:
    """Whether a deal of ours has named this competitor: a name that came up by itself may be a site or a system of theirs."""
    return account_key(name) in {account_key(one) for one in house.rivals}


class _Spoken:
    """A mail as the rule on rivals sees it: one turn."""

    def __init__(self, position: int, words: Words) -> None:
        self.position = position
        self.words = words
        self.speaker = words.speaker
        self.side = words.side
        self.text = words.text


def _promises(session: Session, settings: Settings, sources: Sequence[Source], now: datetime) -> list[dict[str, Any]]:
    """Return the promises of the accounts of these activities, each with the moment at which it was kept."""
    rows: list[dict[str, Any]] = []
    for account_id in sorted({one.account_id for one in sources if one.account_id}):
        case = read_case(session, EVERYTHING, as_of=now, zone=settings.zone, account_id=account_id)
        rows += [_promise(one) for one in owed_in(case)]
    return rows


def _promise(owed: Owed) -> dict[str, Any]:
    piece, happening = owed.piece, owed.piece.happening
    person = piece.person.contact_id if piece.person else None
    words = Words("", piece.side, piece.order if piece.turn is not None else None, piece.speaker, person)
    source = Source(
        happening.id, happening.kind, happening.account_id, happening.deal_id, happening.at, happening.automatic, "", ()
    )
    about = owed.about.sentence.text if owed.about is not None and owed.promise.vague else None
    return _row(
        source,
        words,
        PROMISES[0] if owed.by_us else PROMISES[1],
        owed.promise.sentence.text,
        side=piece.side,
        day=owed.due,
        name=about or owed.promise.act,
        # A promise without a day is broken only where the other side has asked for it since.
        sure=owed.due is not None or owed.reminder is not None,
        done_at=owed.kept_by.at if owed.kept_by is not None else None,
    )


def _each_once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({row["id"]: row for row in rows}.values())
