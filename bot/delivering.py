"""Delivering reviews: each to its person or channel, once, as durable work.

What is to be delivered stands in the spine (`Delivery`), made with the review. A tick hands over what is due; a delivery is marked before the outside
is touched, and each surface finds a post again by its key. So a kill leaves nothing out, and what stands twice because of it is found and removed.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from agents.notices import NewNotice, put
from bot.message import Message
from bot.work import Work
from infra.errors import DealwrightError, Retriable
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.people import User
from infra.spine.watch import Delivery
from sales.clock import Clock

PREFIX = "review"
LANES = 3
"""Deliveries that are under way at once on one surface: answers and approved mails share the workers with them."""

_AT_ONCE = 48
_SWEEP_TICKS = 15
_PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""How long a delivery waits that was not taken, time after time; after the last it has failed."""

_FROM = "tries_from"
_NO_ROAD = "This surface is not connected."
_UNREACHED = {
    "slack": "Not found in Slack.",
    "teams": "Has not added Dealwright in Teams.",
    "mail": "Wants no review by mail.",
}
_GONE = "Not active here any more."
_STUCK = "Something went wrong on our side."
_LOG = logger("delivering")

State = Literal["sent", "failed", "unreached"]


class Reviews(Protocol):
    """Whoever makes reviews."""

    def message_of(self, review_id: str, user_id: str | None, surface: str) -> Message:
        """Return the review as it is told there; `user_id` is None in a channel. Raises DealwrightError where it can't be told there."""
        ...


class Road(Protocol):
    """A surface's way to persons and channels. Blocks; delivering is safe to repeat."""

    surface: str

    def place_of(self, user_id: str) -> str | None:
        """Return where this person can be told alone, or None where the surface does not reach them."""
        ...

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Post to a person unless what has this key stands there already; return where it stands, as plain JSON. Raises DealwrightError."""
        ...

    def deliver_openly(self, place: Mapping[str, Any], key: str, message: Message) -> dict[str, Any]:
        """Post to the channel of a delivery's `place`, else as `deliver` does."""
        ...


class Delivering:
    """The road of every review. Whoever makes them sets `reviews`; before that, and before the durable work is started, nothing is delivered."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, work: Work) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._work = work
        self.reviews: Reviews | None = None
        self._roads: dict[str, Road] = {}
        self._handed: set[str] = set()
        self._ticks = 0
        work.register(PREFIX, self._deliver)

    def add(self, road: Road) -> None:
        """Let a surface carry from now on."""
        self._roads[road.surface] = road

    def tick(self) -> None:
        """Hand over what is due, and what a kill left under way."""
        if self.reviews is None:
            return
        now = self._clock.now()
        self._ticks += 1
        due = or_(and_(Delivery.state == "waiting", Delivery.due_at <= now), Delivery.state == "sending")
        # The surfaces take turns: one that is slow or has many to tell keeps none of the others waiting.
        turn = func.row_number().over(
            partition_by=(Delivery.state, Delivery.surface), order_by=(Delivery.due_at, Delivery.key)
        )
        with self._database.session() as session:
            rows = session.execute(
                select(Delivery.key, Delivery.attempts, Delivery.surface)
                .where(due)
                .order_by(Delivery.state, turn, Delivery.key)
                .limit(_AT_ONCE)
            ).all()
        keys = {_work_key(row.key, row.attempts): _lane(row.surface, row.key) for row in rows}
        for key, lane in keys.items():
            if key not in self._handed:
                self._work.hand_over(key, lane)
        self._handed = set(keys)
        if self._ticks % _SWEEP_TICKS == 0 and self._handed:
            for key in self._work.given_up(sorted(self._handed)):
                self._put_off(*_read_key(key), _STUCK)

    def send_again(self, keys: list[str] | None = None) -> int:
        """Deliver what failed once more, all of it or only these; return how many that are. What stands already is not posted twice."""
        now = self._clock.now()
        query = select(Delivery).where(Delivery.state == "failed")
        with self._database.transaction() as session:
            rows = session.scalars(query if keys is None else query.where(Delivery.key.in_(keys))).all()
            for row in rows:
                row.attempts += 1
                row.ref = {**(row.ref or {}), _FROM: row.attempts}
                row.state, row.due_at, row.trouble = "waiting", now, None
        return len(rows)

    def _deliver(self, work_key: str) -> None:
        name, attempt = _read_key(work_key)
        with self._database.transaction() as session:
            row = session.get(Delivery, name)
            if row is None or row.state not in ("waiting", "sending") or row.attempts != attempt:
                return
            row.state = "sending"
            review_id, user_id, surface, place = row.review_id, row.user_id, row.surface, dict(row.place)
            user = session.get(User, user_id) if user_id else None
            gone = user_id is not None and (user is None or not user.active)
        road, reviews = self._roads.get(surface), self.reviews
        if reviews is None:
            raise Retriable("No reviews are made here.")
        if gone or road is None:
            self._settle(name, "unreached", trouble=_GONE if gone else _NO_ROAD)
            return
        try:
            ref = self._posted(road, reviews, name, review_id, user_id, place)
        except Retriable as error:
            _LOG.warning("review not delivered yet", delivery=name, surface=surface, exc_info=error)
            self._put_off(name, attempt, error.sentence)
        except DealwrightError as error:
            _LOG.error("review not delivered", delivery=name, surface=surface, exc_info=error)
            self._settle(name, "failed", trouble=error.sentence)
        else:
            if ref is None:
                self._settle(name, "unreached", trouble=_UNREACHED.get(surface, _NO_ROAD))
            else:
                self._settle(name, "sent", ref=ref)

    def _posted(
        self, road: Road, reviews: Reviews, name: str, review_id: str, user_id: str | None, place: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Post it, and return where it stands; None where the person is not reached there."""

        def post() -> dict[str, Any] | None:
            if user_id is None:
                return road.deliver_openly(place, name, reviews.message_of(review_id, None, road.surface))
            alone = road.place_of(user_id)
            if not alone:
                return None
            return road.deliver(alone, name, reviews.message_of(review_id, user_id, road.surface))

        return self._work.step("deliver", post)

    def _settle(
        self, name: str, state: State, *, ref: Mapping[str, Any] | None = None, trouble: str | None = None
    ) -> None:
        now = self._clock.now()
        with self._database.transaction() as session:
            row = session.get(Delivery, name)
            if row is None or row.state not in ("waiting", "sending"):
                return
            row.state, row.trouble = state, trouble
            row.ref = {**(row.ref or {}), **(ref or {})} or None
            row.sent_at = now if state == "sent" else None
            if state == "failed":
                _tell_admins(session, row.surface, trouble or _STUCK, now)

    def _put_off(self, name: str, attempt: int, trouble: str) -> None:
        """Let a delivery wait a while longer each time, and count as failed in the end."""
        now = self._clock.now()
        with self._database.transaction() as session:
            row = session.get(Delivery, name)
            if row is None or row.state not in ("waiting", "sending") or row.attempts != attempt:
                return
            tried = attempt - int((row.ref or {}).get(_FROM, 0))
            row.trouble = trouble
            if tried >= len(_PAUSES):
                row.state = "failed"
                _tell_admins(session, row.surface, trouble, now)
                return
            row.attempts, row.state, row.due_at = attempt + 1, "waiting", now + _PAUSES[tried]


def counts(session: Session, review_id: str) -> dict[str, int]:
    """Return how many deliveries of a review are in each state."""
    found = session.execute(
        select(Delivery.state, func.count()).where(Delivery.review_id == review_id).group_by(Delivery.state)
    ).all()
    return {one.state: one[1] for one in found}


def _tell_admins(session: Session, surface: str, trouble: str, now: datetime) -> None:
    """Let the admins know, once a surface and day."""
    names = {"slack": "Slack", "teams": "Teams", "mail": "mail"}
    payload = {
        "headline": f"A review could not be delivered by {names.get(surface, surface)}.",
        "text": trouble,
        "checklist": ["The console lists what failed (/deliveries): mend the cause, and send it again there."],
    }
    for role in ("admin", "manager"):
        people = session.scalars(select(User.id).where(User.role == role, User.active).order_by(User.id)).all()
        for user_id in people:
            key = f"review-failed:{surface}:{now.date().isoformat()}:{user_id}"[:200]
            put(session, NewNotice(key, user_id, "delivery", payload), now)
        if people:
            return


def _lane(surface: str, name: str) -> str:
    return f"{PREFIX}:{surface}:{zlib.crc32(name.encode()) % LANES}"


def _work_key(name: str, attempt: int) -> str:
    return f"{PREFIX}:{attempt}:{name}"


def _read_key(key: str) -> tuple[str, int]:
    number, _, name = key.partition(":")[2].partition(":")
    return name, int(number)
