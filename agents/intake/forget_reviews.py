"""Forgetting what reviews tell of somebody: the reviews themselves, what of them stands in chats, and the figures of their pictures. A mail that left stays with its reader."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import ColumnElement, String, cast, delete, or_, select
from sqlalchemy.orm import Session

from agents.intake.writing import chunks
from infra.spine.models import Delivery, KeptPicture, Removal, Review

_UNSYNCED = {"synchronize_session": False}


def forget_reviews(session: Session, ids: Collection[str], words: Collection[str]) -> None:
    """Delete every review that names one of these records or says one of these words, and have it removed from the chats where it stands."""
    named = _those_with(cast(Review.record, String), ids, words)
    for condition in named:
        reviews = session.scalars(select(Review.id).where(condition)).all()
        for some in chunks(sorted(reviews)):
            standing = session.scalars(select(Delivery).where(Delivery.review_id.in_(some), Delivery.ref.is_not(None)))
            for one in standing:
                place = str((one.ref or {}).get("place") or "")
                if place and one.surface != "mail":
                    ref, at = dict(one.ref or {}), one.sent_at or one.due_at
                    session.add(Removal(surface=one.surface, place=place[:200], ref=ref, at=at))
            session.flush()
            session.execute(delete(Delivery).where(Delivery.review_id.in_(some)), execution_options=_UNSYNCED)
            session.execute(delete(Review).where(Review.id.in_(some)), execution_options=_UNSYNCED)
    for condition in _those_with(cast(KeptPicture.record, String), ids, words):
        session.execute(delete(KeptPicture).where(condition), execution_options=_UNSYNCED)


def _those_with(text: ColumnElement[str], ids: Collection[str], words: Collection[str]) -> list[ColumnElement[bool]]:
    """Return conditions that a record's JSON has one of these ids as a value, or one of these words within one."""
    found = [json.dumps(one) for one in sorted(ids)] + [json.dumps(one)[1:-1] for one in sorted(words) if one]
    return [or_(*(text.contains(one, autoescape=True) for one in some)) for some in chunks(found, 50)]
