"""Telling people unasked: cards, reminders, replies and alarms, each to one person, on every surface that reaches them, once.

What is to be told waits as a notice (`agents.notices`) for the person's hours. When it is due it is handed over as durable work: each
surface posts in a step of its own, and where a card stands is kept as a copy, so that every copy shows what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.notices import STANDS, NewNotice, Settled, due, put, settle, something_waits
from agents.proposals.arriving import Arrival, arrival, shown_in_feed
from agents.proposals.record import ProposalOut
from agents.proposals.rights import receivers
from bot.cards import card
from bot.compose import view_at
from bot.copies import note_of, read_card, stand
from bot.message import Button, Buttons, Message, Part, Text, plain
from bot.redrawing import Redrawing
from bot.work import Work
from infra.errors import DealwrightError
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.outbound import Notice
from infra.spine.people import User
from infra.spine.proposals import Copy, Decision, Proposal, Removal
from sales.clock import Clock
from sales.proposal import WAITING

if TYPE_CHECKING:
    from bot.stepping import Step

NOTICE = "notice"
_ATTEMPTS = 5
_SWEEP_TICKS = 15
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long a notice waits that no surface could carry, time after time; after the last it counts as unreached."""

_UNTOLD_AFTER, _UNTOLD_FOR = timedelta(minutes=1), timedelta(days=3)
_TRIED, _WITH_FEED = "tried", "with_feed"
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

COMPOSED = frozenset({"feed", "review", "brief", "alert", "admin_minutes"})
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
        self._redrawing = Redrawing(settings, database, clock, work, self._couriers, wake)
        self._ticks = 0
        self._handed: set[str] = set()
        self._otherwise: dict[str, Courier] = {}
        self.compose: Compose | None = None
        work.register(NOTICE, self._tell)

    def add(self, courier: Courier) -> None:
        """Let a surface carry from now on."""
        self._couriers.append(courier)

    def add_otherwise(self, courier: Courier, kind: str) -> None:
        """Let this courier carry notices of a kind to whoever no surface reaches."""
        self._otherwise[kind] = courier

    def reaches(self, user_id: str, kind: str) -> bool:
        """Return whether any surface would carry a notice of that kind to somebody now. One that can't be asked reaches nobody."""
        last = self._otherwise.get(kind)
        for courier in (*self._couriers, *((last,) if last is not None else ())):
            try:
                if courier.place_of(user_id):
                    return True
            except DealwrightError as error:
                _LOG.warning("surface not asked", surface=courier.surface, user=user_id, exc_info=error)
        return False

    def offer(self, proposal_id: str) -> None:
        """Have the card shown to whoever decides on it, in their hours or with their feed. One that came back from a snooze is shown anew."""
        now = self._clock.now()
        with self._database.transaction() as session:
            row = session.get(Proposal, proposal_id)
            if row is None or row.state not in WAITING:
                return
            snoozes = session.scalar(
                select(func.count()).where(Decision.proposal_id == proposal_id, Decision.action == "snooze")
            )
            for user_id in receivers(session, row.owner_id, now):
                comes = Arrival(now) if snoozes else arrival(session, self._settings, row, user_id, now)
                put(
                    session,
                    NewNotice(
                        key=_card_key(proposal_id, snoozes or 0, user_id),
                        user_id=user_id,
                        kind="card",
                        payload={"proposal": proposal_id} | ({_WITH_FEED: True} if comes.with_feed else {}),
                        urgent=comes.urgent,
                        due_at=comes.due_at,
                    ),
                    now,
                )

    def changed(self, proposal_id: str) -> None:
        """Have every copy of the card drawn anew."""
        self._redrawing.changed(proposal_id)

    def tick(self) -> None:
        """Hand over what may be told now, and have copies drawn anew that a crash left behind."""
        now = self._clock.now()
        self._ticks += 1
        if self._ticks == 1:
            self._offer_untold(now)
        self._redrawing.hand_over()
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

    def _sweep(self) -> None:
        """See to what a crash left behind: cards that show what is past, and notices whose work ended without success."""
        self._redrawing.sweep()
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

    def _tell(self, key: str) -> None:
        name = _read_key(key)
        with self._database.session() as session:
            notice = session.get(Notice, name)
            if notice is None or notice.state != "waiting":
                return
            proposal = self._proposal(session, notice)
            meant = self._is_meant(session, notice)
            if self._stands_already(session, notice):
                self._settle(name, "merged")
                return
            message = self._message(notice, proposal) if meant and notice.kind not in COMPOSED else None
        step: Step | None = None
        if meant and notice.kind in COMPOSED and self.compose is not None:
            step = self.compose(notice.kind, notice.payload, notice.user_id)
            if step is not None:
                message, proposal = step.message, step.proposal
        if message is None:
            self._settle(name, "dropped")
            if not meant and proposal is not None and notice.kind == "card":
                self.offer(proposal.id)
            return
        reached, failed = self._carried(self._couriers, notice, message, proposal, step)
        if not reached and not failed and (last := self._otherwise.get(notice.kind)) is not None:
            reached, failed = self._carried([last], notice, message, proposal, step)
        if failed and not reached:
            self._put_off(name)
        else:
            others = step.ids if reached and step is not None else ()
            self._settle(name, "sent" if reached else "unreached", [first_card(one, notice.user_id) for one in others])

    def _carried(
        self,
        couriers: Sequence[Courier],
        notice: Notice,
        message: Message,
        proposal: ProposalOut | None,
        step: Step | None,
    ) -> tuple[bool, bool]:
        """Return whether any of the couriers reached the person, and whether any failed."""
        reached = failed = False
        for courier in couriers:
            try:
                reached |= self._deliver(courier, notice, message, proposal, step)
            except DealwrightError as error:
                # One surface that is down keeps nobody from hearing it on another.
                _LOG.error("notice not delivered", notice=notice.key, surface=courier.surface, exc_info=error)
                failed = True
        return reached, failed

    def _stands_already(self, session: Session, notice: Notice) -> bool:
        """Whether a card that would have come with the feed was looked at meanwhile, such as in a feed that was asked for."""
        if not notice.payload.get(_WITH_FEED):
            return False
        mine = (Copy.proposal_id == notice.payload["proposal"], Copy.user_id == notice.user_id)
        return session.scalar(select(Copy.place).where(*mine).limit(1)) is not None

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
        self, courier: Courier, notice: Notice, message: Message, proposal: ProposalOut | None, step: Step | None
    ) -> bool:
        surface, name, user_id = courier.surface, notice.key, notice.user_id
        place = self._work.step(f"place {surface}", lambda: courier.place_of(user_id) or "", attempts=_ATTEMPTS)
        if not place:
            return False
        ref: dict[str, Any] = self._work.step(
            f"deliver {surface}", lambda: courier.deliver(place, name, message), attempts=_ATTEMPTS
        )
        known = {**ref, "place": str(ref.get("place") or place)}
        with self._database.transaction() as session:
            if proposal is not None:
                note = note_of(proposal, user_id, step.place if step is not None else "")
                stand(session, surface, known, note, self._clock.now())
            else:
                _keep_where(session, notice, surface, known, step, self._clock.now())
        return True

    def _settle(self, name: str, state: Settled, shown_with_it: Sequence[str] = ()) -> None:
        with self._database.transaction() as session:
            settle(session, name, state, self._clock.now())
            shown_in_feed(session, shown_with_it)

    def redraw_told(self, name: str, message: Message) -> None:
        """Put a message in the place of a told notice that is no card, on every surface where it stands. For durable work."""
        with self._database.session() as session:
            notice = session.get(Notice, name)
            stands = dict(notice.payload.get(STANDS, {})) if notice is not None else {}
        for courier in (*self._couriers, *self._otherwise.values()):
            if courier.surface in stands:
                self._redraw_told(courier, name, stands[courier.surface], message)

    def _redraw_told(self, courier: Courier, name: str, ref: Mapping[str, Any], message: Message) -> None:
        try:
            self._work.step(f"redraw {courier.surface}", lambda: courier.redraw(ref, message), attempts=_ATTEMPTS)
        except DealwrightError as error:
            _LOG.error("notice not drawn anew", notice=name, surface=courier.surface, exc_info=error)

    def _proposal(self, session: Session, notice: Notice) -> ProposalOut | None:
        found = notice.payload.get("proposal")
        return read_card(session, self._settings, self._clock.now(), str(found)) if found else None

    def _message(self, notice: Notice, proposal: ProposalOut | None) -> Message | None:
        """Return what to tell, or None where it is not worth telling any more."""
        view = view_at(self._settings, self._clock.now())
        if notice.kind in ("card", "reminder"):
            if proposal is None or proposal.state not in WAITING:
                return None
            if notice.payload.get(_WITH_FEED) and proposal.state == "snoozed":
                # It is shown when it comes back.
                return None
            message = card(proposal, view, evidence="asked")
            if notice.kind == "card":
                return message
            lead = Text("**This expires soon.**", "body", "trouble")
            return Message(f"Expires soon: {message.summary}", (lead, *message.parts), message.key, message.about)
        return told(notice.payload)


def _keep_where(
    session: Session, notice: Notice, surface: str, ref: Mapping[str, Any], step: Step | None, now: datetime
) -> None:
    """Keep where a message that is no card stands, so that it is found when what it tells of is forgotten."""
    told = session.get(Notice, notice.key)
    if told is None:
        session.add(Removal(surface=surface, place=str(ref["place"])[:200], ref=dict(ref), at=now))
        return
    stands = {**told.payload.get(STANDS, {}), surface: dict(ref)}
    about = {"about": list(step.about)} if step is not None and step.about else {}
    signals = {"signals": list(step.signals)} if step is not None else {}
    told.payload = {**told.payload, STANDS: stands, **signals, **about}


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
