"""Forgetting in what binds the spine to systems of record: what was seen, planned and set aside of a record goes, and its link remembers only not to read it again."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import String, cast, delete, or_, update
from sqlalchemy.orm import Session

from agents.crm.identity import FORGOTTEN
from agents.intake.writing import chunks
from infra.spine.crm import CrmLink, CrmWrite, DeadLetter

_UNSYNCED = {"synchronize_session": False}


def forget_in_systems(session: Session, ids: Iterable[str], words: Iterable[str]) -> None:
    """Let go of what is kept of these records. The systems themselves keep what they have: a person deletes it there."""
    for some in chunks(sorted(ids)):
        session.execute(
            update(CrmLink).where(CrmLink.record_id.in_(some)).values(seen={}, deleted=True, merged_into=FORGOTTEN),
            execution_options=_UNSYNCED,
        )
        session.execute(delete(CrmWrite).where(CrmWrite.record_id.in_(some)), execution_options=_UNSYNCED)
        session.execute(delete(DeadLetter).where(DeadLetter.key.in_(some)), execution_options=_UNSYNCED)
    record = cast(DeadLetter.record, String)
    written = {form for word in words if word for form in (word, json.dumps(word)[1:-1])}
    told = [record.contains(word, autoescape=True) for word in sorted(written)]
    # What stands in a deal's fields may be a person's own words, with their name.
    said = [cast(CrmWrite.fields, String).contains(word, autoescape=True) for word in sorted(written)]
    seen = [cast(CrmLink.seen, String).contains(word, autoescape=True) for word in sorted(written)]
    if written:
        ended = CrmWrite.state.in_(("done", "failed", "dead"))
        session.execute(delete(CrmWrite).where(ended, or_(*said)), execution_options=_UNSYNCED)
        session.execute(
            update(CrmLink).where(CrmLink.kind == "deal", or_(*seen)).values(seen={}), execution_options=_UNSYNCED
        )
    if told:
        session.execute(delete(DeadLetter).where(or_(*told)), execution_options=_UNSYNCED)
