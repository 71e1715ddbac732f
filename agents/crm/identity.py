"""Which record of the spine a record of a system is: by its link, else by what is surely the same, else a new one under an id that the system's own gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.intake.batch import Work
from agents.intake.identity import ACTIVITY_ID_LENGTH, ID_LENGTH, company_domain_of, fitted, is_made, looks_like_id
from agents.intake.writing import chunks
from infra.spine.crm import CrmLink
from integrations.connectors.stream import Ref
from sales.names import account_key, fold, person_key
from sales.records import Row

FORGOTTEN = "forgotten"
"""What a link's `merged_into` says of a record that a person had forgotten: it is not read again."""

KIND_OF: Mapping[str, str] = {
    "owners": "user",
    "companies": "account",
    "contacts": "contact",
    "deals": "deal",
    "User": "user",
    "Account": "account",
    "Contact": "contact",
    "Lead": "lead",
    "Opportunity": "deal",
    "users": "user",
}
"""What an object type that others refer to is in the spine."""


def links_of(session: Session, system: str, remote: str, ids: Sequence[str]) -> dict[str, CrmLink]:
    """Return the links of these records by their external id."""
    found: dict[str, CrmLink] = {}
    for some in chunks(list(dict.fromkeys(ids))):
        rows = session.scalars(
            select(CrmLink).where(CrmLink.system == system, CrmLink.remote == remote, CrmLink.external_id.in_(some))
        )
        found |= {row.external_id: row for row in rows}
    return found


def own_id(kind: str, external_id: str) -> str:
    """Return the id that a record of a system has in the spine: its own there, with our kind before it where it would not look like an id."""
    identity = external_id if looks_like_id(external_id) else f"{kind}-{external_id}"
    return fitted(kind, identity, ACTIVITY_ID_LENGTH if kind == "activity" else ID_LENGTH)


class Identities:
    """The identities of one run. `taken` are records that are linked to this system already, so that two of its records never become one unasked."""

    def __init__(self, session: Session, work: Work, system: str) -> None:
        self._work = work
        self._system = system
        self._taken: dict[str, set[str]] = defaultdict(set)
        query = select(CrmLink.kind, CrmLink.record_id).where(CrmLink.system == system, CrmLink.kind != "activity")
        for kind, record_id in session.execute(query):
            self._taken[kind].add(record_id)

    def choose(self, kind: str, external_id: str, row: Row, account: str | None) -> str:
        """Return the id for a record that is not linked yet, and keep it from being chosen again."""
        chosen = self._same(kind, row, account) or self._own(kind, external_id, row)
        self._taken[kind].add(chosen)
        return chosen

    def _same(self, kind: str, row: Row, account: str | None) -> str | None:
        directory, values = self._work.directory, row.values
        name = str(values.get("name") or "")
        email = str(values.get("email") or "").lower()
        if kind == "user":
            return self._free(kind, [directory.users.emails[email]] if email in directory.users.emails else [])
        if kind == "contact":
            return self._free(kind, [directory.contacts.emails[email]] if email in directory.contacts.emails else [])
        if kind == "account":
            domain = company_domain_of(str(values.get("domain") or values.get("website") or ""))
            alike = directory.accounts.with_key(name)
            known = directory.accounts.of_domain(domain) if domain else None
            return self._free(kind, [one for one in alike if domain is None or known in (None, one)])
        if kind == "deal" and name:
            return self._free(kind, directory.deals.called(name, account))
        return None

    def _free(self, kind: str, candidates: Sequence[str]) -> str | None:
        # A made id gives way to the system's own by the intake itself.
        free = [one for one in candidates if one not in self._taken[kind] and not is_made(one)]
        return free[0] if len(free) == 1 else None

    def _own(self, kind: str, external_id: str, row: Row) -> str:
        identity = own_id(kind, external_id)
        if self._is_another(kind, identity, row):
            # A number that another system's export brought as well: two records, not one.
            return fitted(kind, f"{self._system}-{kind}-{external_id}")
        return identity

    def _is_another(self, kind: str, identity: str, row: Row) -> bool:
        directory, name = self._work.directory, str(row.values.get("name") or "")
        email = str(row.values.get("email") or "").lower()
        if kind == "account" and identity in directory.accounts:
            known = directory.accounts.names[identity]
            return known != identity and account_key(known) != account_key(name)
        if kind in ("contact", "user"):
            people = directory.contacts if kind == "contact" else directory.users
            if identity not in people:
                return False
            same_address = bool(email) and people.email_of(identity) == email
            return not same_address and person_key(people.names[identity]) != person_key(name)
        if kind == "deal" and identity in directory.deals:
            return fold(directory.deals.names[identity]) != fold(name)
        return False


def resolve(session: Session, system: str, refs: Iterable[Ref]) -> dict[Ref, str]:
    """Return the spine's ids for references: by their links, else the ids that they will have when they come."""
    by_remote: dict[str, set[str]] = defaultdict(set)
    for ref in refs:
        by_remote[ref.remote].add(ref.id)
    found: dict[Ref, str] = {}
    for remote, ids in by_remote.items():
        links = links_of(session, system, remote, sorted(ids))
        for identity in ids:
            link = links.get(identity)
            known = link is not None and link.record_id and (not link.deleted or link.merged_into)
            told = link.record_id if known and link is not None else own_id(KIND_OF.get(remote, "record"), identity)
            found[Ref(remote, identity)] = told
    return found
