"""Reviews as they are kept, and the deliveries that follow from them: who gets which review, where.

A review is made once a week and audience; with it, in the same transaction, one `Delivery` row for each place that it goes to:

- a person: `user_id` is set, `surface` is slack, teams or mail, `place` is empty (the surface's courier knows where they are);
- a channel: `user_id` is None, `surface` is slack (`place` is `{"channel": …, "workspace": …}`, the workspace where one is named) or teams
  (`{"conversation": …}`).

Each row starts as waiting, due when its review was due. Delivering it, once, is `bot.delivering`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.digest.record import Digest
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.people import Identity, User
from infra.spine.watch import Delivery, Review, SectionVerdict
from sales.reviewing import FOLD_AFTER

WHOLE = "all"
"""Stands for the section of a verdict on a review as a whole."""

_NOT_THERE = ("There is no such review for you.", "Ask for the review of last week.")


@dataclass(frozen=True)
class To:
    """One place that a review goes to."""

    surface: str
    user_id: str | None = None
    place: Mapping[str, Any] | None = None


def read_review(session: Session, review_id: str) -> Digest | None:
    """Return a kept review, None where there is none."""
    row = session.get(Review, review_id)
    return Digest.model_validate(row.record) if row is not None else None


def keep(session: Session, digest: Digest, now: datetime, due_at: datetime, to: Iterable[To]) -> bool:
    """Keep a review with its deliveries; returns False, and changes nothing, where it is kept already."""
    if session.get(Review, digest.id, with_for_update=True) is not None:
        return False
    session.add(
        Review(
            id=digest.id,
            week=digest.week,
            audience=digest.audience,
            about=digest.about,
            record=digest.model_dump(mode="json"),
            made_at=now,
        )
    )
    session.flush()
    for key, one in {delivery_key(digest.id, one): one for one in to}.items():
        session.add(
            Delivery(
                key=key,
                review_id=digest.id,
                user_id=one.user_id,
                surface=one.surface,
                place=dict(one.place or {}),
                state="waiting",
                attempts=0,
                due_at=due_at,
                sent_at=None,
                ref=None,
                trouble=None,
            )
        )
    return True


def delivery_key(review_id: str, to: To) -> str:
    """Return the key of a delivery: the same review to the same place is the same delivery. At most 200 characters."""
    where = to.user_id or ":".join(str((to.place or {}).get(name, "")) for name in ("workspace", "channel", "conversation"))  # fmt: skip
    key = f"{review_id}:{to.surface}:{where}"
    return key if len(key) <= 200 else f"{key[:160]}:{sha256(key.encode()).hexdigest()[:32]}"


def ways_to(session: Session, settings: Settings, user: User, *, mail: bool) -> list[To]:
    """Return where a person gets their review: in the chat where we know them, else in the one that is set up; by mail where they want it, or there is no chat."""
    known = set(session.scalars(select(Identity.surface).where(Identity.user_id == user.id)))
    set_up = [
        name
        for name, there in (
            ("slack", settings.slack_bot_token is not None or settings.slack_client_id is not None),
            ("teams", settings.teams_app_id is not None),
        )
        if there
    ]
    chat = next((one for one in ("slack", "teams") if one in known), next(iter(set_up), None))
    ways = [To(chat, user.id)] if chat is not None else []
    if user.email and (mail or not ways):
        ways.append(To("mail", user.id))
    return ways


def judge(session: Session, review_id: str, section: str, user_id: str, *, useful: bool, at: datetime) -> None:
    """Keep what somebody thinks of a section; the last word counts. Raises Fatal (404) where there is no such review."""
    if session.get(Review, review_id) is None:
        raise Fatal(*_NOT_THERE, status=404)
    row = session.get(SectionVerdict, (review_id, section, user_id))
    if row is None:
        session.add(SectionVerdict(review_id=review_id, section=section, user_id=user_id, useful=useful, at=at))
    else:
        row.useful, row.at = useful, at


def verdicts_of(session: Session, user_id: str) -> dict[str, Sequence[bool]]:
    """Return somebody's last verdicts on each section, the newest first."""
    rows = session.execute(
        select(SectionVerdict.section, SectionVerdict.useful)
        .where(SectionVerdict.user_id == user_id)
        .order_by(SectionVerdict.at.desc(), SectionVerdict.review_id.desc())
    )
    told: dict[str, list[bool]] = {}
    for section, useful in rows:
        kept = told.setdefault(section, [])
        if len(kept) < FOLD_AFTER:
            kept.append(useful)
    return dict(told)
