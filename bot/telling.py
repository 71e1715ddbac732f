"""Telling people unasked: cards, reminders, replies and alarms, each to one person, on every surface that reaches them, once.

What is to be told waits as a notice (`agents.notices`) for the person's hours. When it is due it is handed over as durable work: each
surface posts in a step of its own, and where a card stands is kept as a copy, so that every copy shows what came of it.
"""

from __future__ import annotations

import contextlib
import queue
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.notices import NewNotice, Settled, due, put, settle, something_waits
from agents.proposals import book
from agents.proposals.due import stale_copies
from agents.proposals.record import ProposalOut
from agents.proposals.rights import receivers
from agents.proposals.timing import timed
from bot.cards import card
from bot.compose import View, view_at
from bot.copies import as_it_stands, note_of, stand
from bot.message import Button, Buttons, Message, Part, Text, plain
from bot.work import Work
from infra.errors import DealwrightError
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.outbound import Notice
from infra.spine.people import User
from infra.spine.proposals import Copy, Decision, Proposal
from infra.spine.scope import EVERYTHING
from infra.spine.signals import Signal
from sales.clock import Clock
from sales.proposal import WAITING

if TYPE_CHECKING:
    from bot.stepping import Step

NOTICE, REDRAW = "notice", "redraw"
AT_ONCE = frozenset({"demo_request"})
"""Kinds of signals whose card is urgent: somebody asked us, and waits."""

_ATTEMPTS = 5
_SWEEP_TICKS = 15
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long a notice waits that no surface could carry, time after time; after the last it counts as unreached."""

_UNTOLD_AFTER, _UNTOLD_FOR = timedelta(minutes=1), timedelta(days=3)
_TRIED = "tried"
_LOG = logger("telling")
_CHOICES = {"stop": "Stop the sequence", "pause": "Pause it", "continue": "Go on"}


class Courier(Protocol):
    """A surface's way to a person who did not ask. Blocks; both ways are safe to repeat."""

    surface: str

    def place_of(self, user_id: str) -> str | None:
        """Return where this person can be told alone, or None where the surface does not reach them."""
        ...

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Post the message unless what has this key stands there already; return where it stands, as plain JSON. Raises DealwrightError."""
        ...

    def redraw(self, ref: Mapping[str, Any], message: Message) -> None:
        """Put the message in the place of what stands there. One that a person deleted stays deleted. Raises DealwrightError."""
        ...


Compose = Callable[[str, Mapping[str, Any], str], "Step | None"]
"""Makes the message of a notice from its kind, payload and user when it is told; None where it is not worth telling any more."""

COMPOSED = frozenset({"feed", "review"})
"""The kinds of notices that are composed."""


class Telling:
    """The announcer of all chat surfaces, and the road of every notice. `start` is the server's; before it nothing is posted."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, work: Work, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._work = work
        self._couriers: list[Courier] = []
        self._wake = wake
        self._changed: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._ticks = 0
        self._handed: set[str] = set()
        self._stale: dict[str, int] = {}
        self.compose: Compose | None = None
        work.register(NOTICE, self._tell)
        work.register(REDRAW, self._redraw)

    def add(self, courier: Courier) -> None:
        """Let a surface carry from now on."""
        self._couriers.append(courier)

    def offer(self, proposal_id: str) -> None:
        """Have the card shown to whoever decides on it, in their hours. One that came back from a snooze is shown anew."""
        now = self._clock.now()
        with self._database.transaction() as session:
            row = session.get(Proposal, proposal_id)
            if row is None or row.state not in WAITING:
                return
            snoozes = session.scalar(
                select(func.count()).where(Decision.proposal_id == proposal_id, Decision.action == "snooze")
            )
            signal = session.get(Signal, row.signal_id) if row.signal_id else None
            for user_id in receivers(session, row.owner_id, now):
                put(
                    session,
                    NewNotice(
                        key=_card_key(proposal_id, snoozes or 0, user_id),
                        user_id=user_id,
                        kind="card",
                        payload={"proposal": proposal_id},
                        urgent=signal is not None and signal.kind in AT_ONCE,
                    ),
                    now,
                )

    def changed(self, proposal_id: str) -> None:
        """Have every copy of the card drawn anew."""
        # Whoever says so may be in the middle of durable work, which hands nothing over itself; the next tick does, at once.
        self._changed.put(proposal_id)
        self._wake()

    def remind(self, proposal_id: str) -> None:
        """Have whoever decides reminded that the card expires soon."""
        now = self._clock.now()
        with self._database.transaction() as session:
            row = session.get(Proposal, proposal_id)
            if row is None or row.state != "pending":
                return
            for user_id in receivers(session, row.owner_id, now):
                key = f"remind:{proposal_id}:{row.version}:{user_id}"[:200]
                put(session, NewNotice(key, user_id, "reminder", {"proposal": proposal_id}), now)

    def tick(self) -> None:
        """Hand over what may be told now, and have copies drawn anew that a crash left behind."""
        now = self._clock.now()
        self._ticks += 1
        if self._ticks == 1:
            self._offer_untold(now)
        self._hand_over_changed()
        with self._database.session() as session:
            waits = something_waits(session, now)
        if waits:
            with self._database.transaction() as session:
                found = due(session, self._settings, now)
                rows = [session.get_one(Notice, key) for key in found]
                users = {_work_key(row): row.user_id for row in rows}
            for key, user_id in users.items():
                if key not in self._handed:
                    self._work.hand_over(key, f"user:{user_id}")
            self._handed = set(users)
        if self._ticks % _SWEEP_TICKS == 0:
            self._sweep()

    def _hand_over_changed(self) -> None:
        changed: dict[str, None] = {}
        with contextlib.suppress(queue.Empty):
            while True:
                changed[self._changed.get_nowait()] = None
        if not changed:
            return
        with self._database.session() as session:
            stands = set(
                session.scalars(select(Copy.proposal_id).where(Copy.proposal_id.in_(list(changed))).distinct())
            )
        for proposal_id in changed:
            if proposal_id in stands:
                # A name of its own each time: what changed twice is drawn twice, in order.
                self._work.hand_over(f"{REDRAW}:{proposal_id}:{secrets.token_hex(8)}", f"card:{proposal_id}")

    def _sweep(self) -> None:
        """See to what a crash left behind: cards that show what is past, and notices whose work ended without success."""
        with self._database.session() as session:
            stale = stale_copies(session, [courier.surface for courier in self._couriers])
        self._stale = {proposal_id: self._stale.get(proposal_id, 0) + 1 for proposal_id in stale}
        for proposal_id, sweeps in self._stale.items():
            # One that can't be drawn is tried again at twice the distance each time, not for ever every few seconds.
            if sweeps & (sweeps - 1) == 0:
                self._changed.put(proposal_id)
        if self._handed:
            for key in self._work.given_up(sorted(self._handed)):
                self._put_off(_read_key(key))

    def _offer_untold(self, now: datetime) -> None:
        """Offer the cards that a kill left between their making and their showing."""
        since = now - _UNTOLD_FOR
        shown = select(Copy.proposal_id).where(Copy.proposal_id == Proposal.id).exists()
        noted = select(Notice.payload["proposal"].as_string()).where(Notice.kind == "card", Notice.created_at >= since)
        with self._database.session() as session:
            untold = session.scalars(
                select(Proposal.id).where(
                    Proposal.state.in_(("draft", "pending")),
                    Proposal.created_at.between(since, now - _UNTOLD_AFTER),
                    ~shown,
                    Proposal.id.not_in(noted),
                )
            ).all()
        for proposal_id in untold:
            self.offer(proposal_id)

    def _view(self) -> View:
        return view_at(self._settings, self._clock.now())

    def _tell(self, key: str) -> None:
        name = _read_key(key)
        with self._database.session() as session:
            notice = session.get(Notice, name)
            if notice is None or notice.state != "waiting":
                return
            proposal = self._proposal(session, notice)
            meant = self._is_meant(session, notice)
            message = self._message(notice, proposal) if meant and notice.kind not in COMPOSED else None
        place = ""
        if meant and notice.kind in COMPOSED and self.compose is not None:
            step = self.compose(notice.kind, notice.payload, notice.user_id)
            if step is not None:
                message, proposal, place = step.message, step.proposal, step.place
        if message is None:
            self._settle(name, "dropped")
            if not meant and proposal is not None and notice.kind == "card":
                self.offer(proposal.id)
            return
        reached = failed = False
        for courier in self._couriers:
            try:
                reached |= self._deliver(courier, name, notice.user_id, message, proposal, place)
            except DealwrightError as error:
                # One surface that is down keeps nobody from hearing it on another.
                _LOG.error("notice not delivered", notice=name, surface=courier.surface, exc_info=error)
                failed = True
        if failed and not reached:
            self._put_off(name)
        else:
            self._settle(name, "sent" if reached else "unreached")

    def _is_meant(self, session: Session, notice: Notice) -> bool:
        """Whether it is still this person's to hear: nothing goes to somebody who left, nor a card to whom it is not shown any more."""
        user = session.get(User, notice.user_id)
        if user is None or not user.active:
            return False
        row = session.get(Proposal, str(notice.payload.get("proposal") or ""))
        if row is None or notice.kind not in ("card", "reminder"):
            return True
        return notice.user_id in receivers(session, row.owner_id, self._clock.now())

    def _put_off(self, name: str) -> None:
        """Let a notice that no surface could carry wait a while longer each time, and count as unreached in the end."""
        now = self._clock.now()
        with self._database.transaction() as session:
            notice = session.get(Notice, name)
            if notice is None or notice.state != "waiting":
                return
            tried = int(notice.payload.get(_TRIED, 0))
            if tried >= len(_PAUSES):
                settle(session, name, "unreached", now)
                return
            notice.payload = {**notice.payload, _TRIED: tried + 1}
            notice.due_at = now + _PAUSES[tried]

    def _deliver(
        self, courier: Courier, name: str, user_id: str, message: Message, proposal: ProposalOut | None, in_list: str
    ) -> bool:
        surface = courier.surface
        place = self._work.step(f"place {surface}", lambda: courier.place_of(user_id) or "", attempts=_ATTEMPTS)
        if not place:
            return False
        ref: dict[str, Any] = self._work.step(
            f"deliver {surface}", lambda: courier.deliver(place, name, message), attempts=_ATTEMPTS
        )
        if proposal is not None:
            with self._database.transaction() as session:
                known = {**ref, "place": str(ref.get("place") or place)}
                stand(session, surface, known, note_of(proposal, user_id, in_list), self._clock.now())
        return True

    def _settle(self, name: str, state: Settled) -> None:
        with self._database.transaction() as session:
            settle(session, name, state, self._clock.now())

    def _proposal(self, session: Session, notice: Notice) -> ProposalOut | None:
        found = notice.payload.get("proposal")
        return self._read(session, str(found)) if found else None

    def _read(self, session: Session, proposal_id: str) -> ProposalOut | None:
        now = self._clock.now()
        found = book.get(session, proposal_id, EVERYTHING, now)
        return timed(session, self._settings, now, [found])[0] if found is not None else None

    def _message(self, notice: Notice, proposal: ProposalOut | None) -> Message | None:
        """Return what to tell, or None where it is not worth telling any more."""
        view = self._view()
        if notice.kind in ("card", "reminder"):
            if proposal is None or proposal.state not in WAITING:
                return None
            message = card(proposal, view, evidence="asked")
            if notice.kind == "card":
                return message
            lead = Text("**This expires soon.**", "body", "trouble")
            return Message(f"Expires soon: {message.summary}", (lead, *message.parts), message.key, message.about)
        return told(notice.payload)

    def _redraw(self, key: str) -> None:
        proposal_id = key.split(":")[1]
        with self._database.session() as session:
            proposal = self._read(session, proposal_id)
            copies = session.scalars(select(Copy).where(Copy.proposal_id == proposal_id)).all()
        if proposal is None:
            return
        message = card(proposal, self._view(), evidence="asked")
        for courier in self._couriers:
            for copy in copies:
                if copy.surface == courier.surface:
                    self._redraw_copy(courier, copy, message, f"{proposal.version}:{proposal.state}")

    def _redraw_copy(self, courier: Courier, copy: Copy, message: Message, shown: str) -> None:
        if not self._stands(copy):
            return
        step = f"redraw {copy.surface} {copy.place}"[:120]
        try:
            drawn_here = as_it_stands(self._database, message, copy.ref)
            self._work.step(step, lambda: courier.redraw(copy.ref, drawn_here), attempts=_ATTEMPTS)
        except DealwrightError as error:
            _LOG.error("copy not drawn anew", proposal_id=copy.proposal_id, surface=copy.surface, exc_info=error)
            return
        with self._database.transaction() as session:
            drawn = session.get(Copy, (copy.proposal_id, copy.surface, copy.place))
            if drawn is not None:
                drawn.shown = shown
                return
            here = (Copy.surface == copy.surface, Copy.place == copy.place)
            turned = session.scalars(select(Copy.proposal_id).where(*here)).all()
        for proposal_id in turned:
            # Somebody turned to another card of the list at that very moment: it is put back.
            self.changed(proposal_id)

    def _stands(self, copy: Copy) -> bool:
        with self._database.session() as session:
            return session.get(Copy, (copy.proposal_id, copy.surface, copy.place)) is not None


def first_card(proposal_id: str, user_id: str) -> str:
    """Return the key of the notice by which a user is first shown a card."""
    return _card_key(proposal_id, 0, user_id)


def _card_key(proposal_id: str, snoozes: int, user_id: str) -> str:
    return f"card:{proposal_id}:{snoozes}:{user_id}"[:200]


def _work_key(notice: Notice) -> str:
    """Return the key of one attempt to tell a notice: durable work whose key is known is never done again."""
    tried = int(notice.payload.get(_TRIED, 0))
    return f"{NOTICE}:{tried}:{notice.key}" if tried else f"{NOTICE}:{notice.key}"


def _read_key(key: str) -> str:
    rest = key.partition(":")[2]
    number, _, name = rest.partition(":")
    return name if number.isdigit() else rest


def told(payload: Mapping[str, Any]) -> Message:
    """Return the message of a notice that is no card: its headline, what was said, what to do, and what may be pressed."""
    headline = str(payload.get("headline") or "")
    parts: list[Part] = [Text(f"**{plain(headline)}**", "heading")]
    if text := str(payload.get("text") or "").strip():
        parts.append(Text(f"“{plain(text)}”" if payload.get("reply") else plain(text)))
    parts += [Text(plain(str(line)), "bullet") for line in payload.get("checklist") or ()]
    reply = str(payload.get("reply") or "")
    if reply and len(payload.get("choices") or ()) > 1:
        choices = [one for one in payload["choices"] if one in _CHOICES]
        parts.append(Buttons(tuple(Button(_CHOICES[one], f"reply_{one}", reply) for one in choices)))
    return Message(headline, tuple(parts))
