"""The evidence of findings: what their ids name, read in one go for all of them, verbatim and with the place at which it opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.health.deals_sql import Standing
from agents.health.ground import chunks
from agents.links import Links
from infra.spine.models import Activity, Contact, DealChange, Mentioned, Signal, Turn

_LABELS = {"close_date": "Close date", "next_step_date": "Next step date", "stage_entered_at": "Stage entered"}
_LONGEST = 200


class Proofs:
    """Evidence by the ids of `sales.health.facts`. Read once for any number of findings; what is gone since then has none."""

    def __init__(self, session: Session, links: Links, ids: Iterable[str]) -> None:
        self._links = links
        wanted: dict[str, list[str]] = defaultdict(list)
        for id_ in dict.fromkeys(ids):
            kind, _, rest = id_.partition(":")
            wanted[kind].append(rest)
        self._found: dict[str, Evidence] = {}
        readers = {
            "activity": self._activities,
            "mention": self._mentions,
            "change": self._changes,
            "contact": self._contacts,
            "signal": self._signals,
        }
        for kind, reader in readers.items():
            for part in chunks(wanted[kind]):
                reader(session, part)

    def of(self, ids: Iterable[str], deal: Standing) -> tuple[Evidence, ...]:
        """Return the evidence of ids; a field is one of the deal."""
        found = []
        for id_ in ids:
            one = self._field(id_, deal) if id_.startswith("field:") else self._found.get(id_)
            if one is not None:
                found.append(one)
        return tuple(found)

    def _field(self, id_: str, deal: Standing) -> Evidence | None:
        name = id_.removeprefix("field:")
        value: Any = getattr(deal, name)
        if value is None:
            return None
        return Evidence(
            source="deal", id=deal.id, quote=value.isoformat()[:10], url=self._links.evidence("deal", deal.id), label=_LABELS[name]
        )  # fmt: skip

    def _activities(self, session: Session, ids: list[str]) -> None:
        for row in session.execute(
            select(Activity.id, Activity.kind, Activity.subject, Activity.body, Activity.at).where(Activity.id.in_(ids))
        ):
            quote = (row.subject or "").strip() or (row.body or "").strip()[:_LONGEST]
            if quote:
                self._found[f"activity:{row.id}"] = Evidence(
                    source=row.kind, id=row.id, quote=quote, at=row.at, url=self._links.evidence(row.kind, row.id), label=row.subject
                )  # fmt: skip

    def _mentions(self, session: Session, ids: list[str]) -> None:
        rows = session.execute(
            select(
                Mentioned.id, Mentioned.quote, Mentioned.speaker, Mentioned.side, Activity.id.label("source"), Activity.kind, Activity.subject,
                Activity.at, Turn.turn_id, Turn.speaker.label("spoken_by"),
            )
            .join(Activity, Activity.id == Mentioned.activity_id)
            .outerjoin(Turn, and_(Turn.activity_id == Activity.id, Turn.position == Mentioned.position))
            .where(Mentioned.id.in_(ids))
        )  # fmt: skip
        for row in rows:
            turns = (row.turn_id,) if row.turn_id is not None else ()
            quote = row.quote or (row.subject or "").strip()
            if quote:
                self._found[f"mention:{row.id}"] = Evidence(
                    source=row.kind,
                    id=row.source,
                    quote=quote,
                    speaker=(row.spoken_by if turns else row.speaker) if row.quote and row.side != "note" else None,
                    at=row.at,
                    url=self._links.evidence(row.kind, row.source, turns),
                    turns=turns if row.quote else (),
                    label=row.subject,
                )

    def _changes(self, session: Session, ids: list[str]) -> None:
        for row in session.execute(
            select(DealChange.id, DealChange.deal_id, DealChange.field, DealChange.old, DealChange.new, DealChange.at, DealChange.by).where(
                DealChange.id.in_(ids)
            )
        ):  # fmt: skip
            quote = row.new or row.old
            if quote:
                self._found[f"change:{row.id}"] = Evidence(
                    source="change", id=row.id, quote=quote, speaker=row.by, at=row.at, url=self._links.evidence("deal", row.deal_id),
                    label=row.field.replace("_", " "),
                )  # fmt: skip

    def _contacts(self, session: Session, ids: list[str]) -> None:
        for row in session.execute(
            select(Contact.id, Contact.account_id, Contact.name, Contact.title, Contact.role).where(Contact.id.in_(ids))
        ):
            url = self._links.evidence("account", row.account_id) if row.account_id else None
            quote = row.title or row.role or row.name
            self._found[f"contact:{row.id}"] = Evidence(
                source="contact", id=row.id, quote=quote, url=url, label=row.name
            )

    def _signals(self, session: Session, ids: list[str]) -> None:
        for row in session.execute(
            select(Signal.id, Signal.text, Signal.person, Signal.occurred_at, Signal.url, Signal.kind).where(
                Signal.id.in_(ids)
            )
        ):
            quote = (row.text or row.person or "").strip()[:_LONGEST]
            if quote:
                self._found[f"signal:{row.id}"] = Evidence(
                    source="signal", id=row.id, quote=quote, at=row.occurred_at, url=row.url, label=row.kind.replace("_", " ")
                )  # fmt: skip
