"""Who a telling is about: our account, our contact, our lead. Set by set, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from infra.spine.compared import person_of
from infra.spine.models import Account, Contact, Lead
from sales.addresses import company_domains, compared_address
from sales.names import account_key, fold, person_key
from sales.shared_domains import is_shared
from sales.signals import Kind, Telling

_CHUNK = 900
_MOST_WORDS = 5


@dataclass(frozen=True)
class Known:
    """A contact as far as matching needs it."""

    id: str
    name: str
    account_id: str | None
    email: str | None
    title: str | None
    role: str | None


@dataclass(frozen=True)
class Match:
    """What a telling is about. `moved` is a contact of another account with this person's name or address; `sure` whether more than the name says so."""

    account_id: str | None = None
    contact: Known | None = None
    lead_id: str | None = None
    moved: Known | None = None
    sure: bool = False


def chunked(values: Iterable[str]) -> Iterator[list[str]]:
    """Cut distinct values into pieces that fit into one statement of either database."""
    distinct = sorted(set(values))
    return (distinct[start : start + _CHUNK] for start in range(0, len(distinct), _CHUNK))


def company_domain(telling: Telling) -> str | None:
    """Return the company's domain that a telling names, by itself or by its person's address; None for a mailbox anybody may have."""
    told = telling.domain or (telling.person_email or "").rpartition("@")[2]
    domain = told.strip().lower().removeprefix("www.") or None
    return domain if domain and not is_shared(domain) else None


class Matcher:
    """Resolves a batch of tellings. Loads only the accounts, contacts and leads that the batch can mean."""

    def __init__(self, session: Session, tellings: Sequence[Telling]) -> None:
        self._session = session
        self._by_domain: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._ids: set[str] = set()
        self._by_email: dict[str, Known] = {}
        self._by_person: dict[str, list[Known]] = defaultdict(list)
        self._leads: dict[str, str] = {}
        self._leads_of: dict[str, str] = {}
        self._load_accounts(tellings)
        self._load_people(tellings)

    def match(self, telling: Telling) -> Match:
        """Return what a telling is about. Of several that it may mean it means none."""
        account = self._account(telling)
        by_email = self._by_email.get(_person(telling.person_email))
        alike = self._by_person.get(person_key(telling.person or ""), [])
        here = [one for one in alike if account and one.account_id == account]
        contact = by_email if by_email and by_email.account_id in (account, None) else (here[0] if here else None)
        if (
            account is None
            and by_email
            and telling.kind is not Kind.JOB_CHANGE
            and not (telling.company or company_domain(telling))
        ):
            contact, account = by_email, by_email.account_id
        moved, sure = self._moved(telling, account, by_email, alike)
        lead = self._leads.get(_person(telling.person_email))
        if lead is None and account is None:
            lead = self._leads_of.get(fold(telling.company or ""))
        return Match(account, contact, lead, moved, sure)

    def _account(self, telling: Telling) -> str | None:
        if telling.company and telling.company in self._ids:
            return telling.company
        domain = company_domain(telling)
        for one in company_domains(domain) if domain else ():
            found = self._by_domain.get(one, set())
            if len(found) == 1:
                return next(iter(found))
            if found and telling.company:
                # Sister companies may share a domain; the name tells them apart.
                named = found & self._by_name.get(account_key(telling.company), set())
                return next(iter(named)) if len(named) == 1 else None
        for key in _name_keys(telling):
            found = self._by_name.get(key, set())
            if len(found) == 1:
                return next(iter(found))
        return None

    def _moved(
        self, telling: Telling, account: str | None, by_email: Known | None, alike: Sequence[Known]
    ) -> tuple[Known | None, bool]:
        if telling.kind not in (Kind.JOB_CHANGE, Kind.CHAMPION_JOINED) or (
            account is None and not (telling.company or telling.domain)
        ):
            return None, False
        if by_email and by_email.account_id and by_email.account_id != account:
            return by_email, True
        elsewhere = [one for one in alike if one.account_id and one.account_id != account]
        before = account_key(telling.about.get("previous_company", ""))
        from_there = [one for one in elsewhere if before and one.account_id in self._by_name.get(before, set())]
        if len(from_there) == 1:
            return from_there[0], True
        # A name of one word, or one that several have, is nobody's for certain.
        if len(elsewhere) == 1 and " " in person_key(telling.person or "") and not before:
            return elsewhere[0], telling.kind is Kind.CHAMPION_JOINED
        return None, False

    def _load_accounts(self, tellings: Sequence[Telling]) -> None:
        domains = {part for one in tellings if (domain := company_domain(one)) for part in company_domains(domain)}
        keys = {key for one in tellings for key in _name_keys(one)}
        keys |= {account_key(one.about.get("previous_company", "")) for one in tellings}
        names = {one.company for one in tellings if one.company}
        columns = (Account.id, Account.name_key, Account.domain)
        for some in chunked(domains):
            for identity, _, domain in self._session.execute(
                select(*columns).where(func.lower(Account.domain).in_(some))
            ):
                self._by_domain[(domain or "").lower()].add(identity)
        for some in chunked(keys - {""}):
            for identity, key, _ in self._session.execute(select(*columns).where(Account.name_key.in_(some))):
                self._by_name[key].add(identity)
        for some in chunked(names):
            self._ids.update(self._session.scalars(select(Account.id).where(Account.id.in_(some))))
        aliased = select(Account.id, Account.aliases).where(cast(Account.aliases, String) != "[]")
        for identity, aliases in self._session.execute(aliased):
            for alias in aliases:
                if (key := account_key(alias)) in keys:
                    self._by_name[key].add(identity)

    def _load_people(self, tellings: Sequence[Telling]) -> None:
        emails = {_person(one.person_email) for one in tellings if one.person_email}
        people = {person_key(one.person) for one in tellings if one.person} - {""}
        columns = (Contact.id, Contact.name, Contact.account_id, Contact.email, Contact.title, Contact.role)
        for some in chunked(emails):
            # Of two contacts under one person's addresses, the one without anything behind a plus sign goes first.
            alike = select(*columns).where(person_of(Contact.email).in_(some)).order_by(func.length(Contact.email))
            for row in self._session.execute(alike):
                self._by_email.setdefault(_person(row.email), Known(*row))
            found = select(Lead.id, person_of(Lead.email)).where(person_of(Lead.email).in_(some))
            self._leads.update({email: identity for identity, email in self._session.execute(found)})
        companies = {one.company.lower() for one in tellings if one.company}
        for some in chunked(companies):
            told = (
                select(func.lower(Lead.company), func.min(Lead.id))
                .where(func.lower(Lead.company).in_(some))
                .group_by(func.lower(Lead.company))
            )
            # Two leads of one company leave open whose it is.
            alone = told.having(func.count() == 1)
            self._leads_of.update({fold(company or ""): identity for company, identity in self._session.execute(alone)})
        for some in chunked(people):
            named = select(*columns, Contact.name_key).where(Contact.name_key.in_(some)).order_by(Contact.id)
            for one in self._session.execute(named):
                self._by_person[one.name_key].append(Known(*one[:6]))


def _person(address: str | None) -> str:
    return compared_address(address or "") or (address or "").lower()


def _name_keys(telling: Telling) -> Iterator[str]:
    """Give the keys of companies that a telling may name: its company's, or every run of words of its headline, the longest first."""
    if telling.company:
        yield account_key(telling.company)
        return
    if not telling.mentions or telling.domain:
        return
    words = telling.mentions.split()[:40]
    for length in range(_MOST_WORDS, 0, -1):
        for start in range(len(words) - length + 1):
            run = words[start : start + length]
            # A name begins with a capital or a figure; common words of a headline are not taken for one.
            if run[0][:1].isupper() or run[0][:1].isdigit():
                text = " ".join(run).strip(" ,.;:'’\"“”()!?")
                text = text.removesuffix("'s").removesuffix("’s")
                if len(fold(text)) >= 4 and (key := account_key(text)):
                    yield key
