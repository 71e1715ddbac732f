"""What ends when somebody is put on the suppression list: their sequences, the touches still planned, and their waiting cards. Only rows concerned are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_, select, update
from sqlalchemy.orm import Session

from infra.spine.compared import domain_of_column, person_of
from infra.spine.proposals import Proposal, ProposalVersion
from infra.spine.touches import Sequence, Touch
from sales.addresses import compared_address, parent_domains, spellings
from sales.suppression import Kind, Listed, sentence

STOPPABLE = ("active", "paused")
_WAITING = ("draft", "pending", "snoozed", "approved")
_AT_ONCE = 400
_DOMAINS_AT_ONCE = 100

Named = Mapping[tuple[Kind, str], Listed]
"""What stands on the list now, by kind and value."""


def stop_planned(session: Session, named: Named, now: datetime) -> None:
    """Stop the sequences to whom entries name, drop their planned touches, and say on waiting cards why they can't go."""
    running = select(Sequence.id, Sequence.recipient).where(Sequence.state.in_(STOPPABLE))
    for reason, ids in _grouped(_concerned(session, running, Sequence.recipient, named), lambda one: one.reason):
        session.execute(
            update(Sequence).where(Sequence.id.in_(ids)).values(state="stopped", reason=reason, ended_at=now)
        )
        session.execute(
            update(Touch)
            .where(Touch.sequence_id.in_(ids), Touch.state.in_(("planned", "proposed")))
            .values(state="dropped")
        )
    recipient = ProposalVersion.effect["to"].as_string()
    waiting = (
        select(Proposal.id, recipient)
        .join(
            ProposalVersion,
            and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.version == Proposal.version),
        )
        .where(Proposal.state.in_(_WAITING))
    )
    for told, ids in _grouped(_concerned(session, waiting, recipient, named), sentence):
        session.execute(update(Proposal).where(Proposal.id.in_(ids)).values(held=told))


def _concerned(
    session: Session, rows: Select[str, str], address: SQLColumnExpression[str], named: Named
) -> Iterator[tuple[str, Listed]]:
    """Yield each row's id with the entry that holds its address: a person's own goes before their domain's."""
    seen: set[str] = set()
    for condition in _conditions(address, named):
        for identity, written in session.execute(rows.where(condition)).all():
            person = compared_address(written) if written else None
            if person is None or identity in seen:
                continue
            domains = parent_domains(person.partition("@")[2])
            # A domain above a public suffix holds nobody below that; only whoever reads the list of them knows.
            keys: list[tuple[Kind, str]] = [("person", person), *(("domain", one) for one in domains)]
            entry = next((named[key] for key in keys if key in named), None)
            if entry is not None:
                seen.add(identity)
                yield identity, entry


def _conditions(address: SQLColumnExpression[str], named: Named) -> Iterator[ColumnElement[bool]]:
    people = sorted({form for kind, value in named if kind == "person" for form in spellings(value)})
    for start in range(0, len(people), _AT_ONCE):
        yield person_of(address).in_(people[start : start + _AT_ONCE])
    domains = sorted({form for kind, value in named if kind == "domain" for form in spellings(value)})
    column = domain_of_column(address)
    for start in range(0, len(domains), _DOMAINS_AT_ONCE):
        some = domains[start : start + _DOMAINS_AT_ONCE]
        yield or_(column.in_(some), *(column.endswith(f".{one}", autoescape=True) for one in some))


def _grouped(found: Iterator[tuple[str, Listed]], key: Callable[[Listed], str]) -> Iterator[tuple[str, list[str]]]:
    """Yield ids in groups of one statement's size by what is written of them."""
    groups: dict[str, list[str]] = {}
    for identity, entry in found:
        groups.setdefault(key(entry), []).append(identity)
    for value, ids in groups.items():
        for start in range(0, len(ids), _AT_ONCE):
            yield value, ids[start : start + _AT_ONCE]
