"""Finding out what is missing: providers are asked in order until one knows, and what each said is kept with its name and moment.

Nothing that a provider says overwrites a record; it stands beside it. Where all fail, the lead goes on without, to a person.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.errors import DealwrightError
from infra.spine.models import Enrichment
from integrations.enrichment.record import Fact, Lookup
from sales.addresses import written_address
from sales.mail_words import plain_line

_log = logging.getLogger(__name__)
_LONGEST = 500


class Provider(Protocol):
    """Somebody outside who may know. Blocks, with a bounded timeout."""

    name: str

    def look_up(self, lookup: Lookup) -> Sequence[Fact]:
        """Return what is known; nothing where nothing is. Raises Retriable or Fatal where asking failed."""
        ...


@dataclass(frozen=True)
class Asked:
    """What came of asking: the facts with who told them, and the names of those that could not be asked."""

    facts: tuple[tuple[str, Fact], ...] = ()
    failed: tuple[str, ...] = ()


def ask_in_turn(providers: Sequence[Provider], lookup: Lookup) -> Asked:
    """Ask one provider after the other until all that is wanted is known. A failure of one never keeps the next from being asked."""
    wanted = set(lookup.wanted)
    facts: list[tuple[str, Fact]] = []
    failed: list[str] = []
    for provider in providers:
        if not wanted:
            break
        try:
            told = provider.look_up(lookup)
        except DealwrightError as error:
            _log.warning(
                "a provider could not be asked", extra={"provider": provider.name, "kind": type(error).__name__}
            )
            failed.append(provider.name)
            continue
        for fact in told:
            clean = _clean(fact)
            if clean is not None and clean.field in wanted:
                facts.append((provider.name, clean))
        wanted -= {fact.field for _, fact in facts}
    return Asked(tuple(facts), tuple(failed))


def _clean(fact: Fact) -> Fact | None:
    value = plain_line(fact.value)[:_LONGEST]
    if fact.field == "email":
        value = (written_address(value) or "").lower()
    return Fact(fact.field, value, fact.url) if value else None


def keep(session: Session, subject_kind: str, subject_id: str, asked: Asked, at: datetime) -> int:
    """Write down who said what and when, each saying once however often it is heard; return how many are new."""
    rows = session.execute(
        select(Enrichment.field, Enrichment.value, Enrichment.provider).where(
            Enrichment.subject_kind == subject_kind, Enrichment.subject_id == subject_id
        )
    )
    known = {(row.field, row.value, row.provider) for row in rows}
    new = 0
    for provider, fact in asked.facts:
        if (fact.field, fact.value, provider) in known:
            continue
        known.add((fact.field, fact.value, provider))
        session.add(
            Enrichment(
                subject_kind=subject_kind,
                subject_id=subject_id,
                field=fact.field,
                value=fact.value,
                provider=provider,
                url=fact.url,
                at=at,
            )
        )
        new += 1
    return new
