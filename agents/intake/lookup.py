"""Finding a record by the words that a file uses for it: its id, a mail address, its name in any spelling, a domain, an alias."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from agents.intake.identity import domain_and_parents, domain_of
from sales.names import Nearness, account_key, compare, fold, near_marks, person_key


@dataclass(frozen=True)
class Found:
    """What a reference leads to. `reason` tells why there is no id: nothing is called so, several are, or only something near."""

    id: str | None
    reason: Literal["found", "missing", "several", "near"] = "missing"
    near: tuple[tuple[str, Nearness], ...] = ()


MISSING = Found(None)


class CompanyNames:
    """Accounts or products by id, name, alias and domain."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.names: dict[str, str] = {}
        self._keys: dict[str, dict[str, None]] = defaultdict(dict)
        self._domains: dict[str, dict[str, None]] = defaultdict(dict)
        self._entries: dict[str, list[tuple[dict[str, dict[str, None]], str]]] = defaultdict(list)
        self._marks: dict[str, dict[str, None]] | None = None
        self._near: dict[str, Found] = {}
        self.joined: dict[str, str] = {}

    def __contains__(self, identity: str) -> bool:
        return identity in self.names

    def add(self, identity: str, name: str, domain: str | None = None, aliases: tuple[str, ...] = ()) -> None:
        """Learn a record, or another spelling of one."""
        self.names[identity] = name
        for spelling in (name, *aliases):
            if key := account_key(spelling):
                self._enter(self._keys, key, identity)
        if domain:
            self._enter(self._domains, domain, identity)
        if self._marks is not None:
            self._mark(identity, name)
        self._near.clear()

    def forget(self, identity: str) -> None:
        """Forget a record."""
        self.names.pop(identity, None)
        for index, key in self._entries.pop(identity, ()):
            index[key].pop(identity, None)
        self._near.clear()

    def with_key(self, name: str) -> list[str]:
        """Return the ids of all that are called so but for spelling."""
        return list(self._keys.get(account_key(name), ()))

    def of_domain(self, domain: str) -> str | None:
        """Return the one record of a domain or of the nearest one above it."""
        for candidate in domain_and_parents(domain):
            if ids := self._domains.get(candidate):
                return next(iter(ids)) if len(ids) == 1 else None
        return None

    def find(self, text: str) -> Found:
        """Resolve a reference by id, name or alias, then domain; what is only near is told, not taken."""
        for identity in (text, self.joined.get(text)):
            if identity in self.names:
                return Found(identity, "found")
        ids = self.with_key(text)
        if len(ids) > 1:
            ids = [identity for identity in ids if self.names[identity] == text] or ids
        if ids:
            return Found(ids[0], "found") if len(ids) == 1 else Found(None, "several")
        domain = domain_of(text)
        if domain and (owner := self.of_domain(domain)):
            return Found(owner, "found")
        return self._nearest(text)

    def _enter(self, index: dict[str, dict[str, None]], key: str, identity: str) -> None:
        entry = index.setdefault(key, {})
        if identity not in entry:
            entry[identity] = None
            self._entries[identity].append((index, key))

    def _mark(self, identity: str, name: str) -> None:
        assert self._marks is not None
        for mark in near_marks(name):
            self._enter(self._marks, mark, identity)

    def _nearest(self, text: str) -> Found:
        if text in self._near:
            return self._near[text]
        if self._marks is None:
            self._marks = {}
            for identity, name in self.names.items():
                self._mark(identity, name)
        near: dict[str, Nearness] = {}
        for mark in near_marks(text):
            ids = self._marks.get(mark, {})
            for identity in ids if len(ids) <= 50 else ():
                nearness = compare(self.names[identity], text)
                if nearness.verdict == "offer":
                    near[identity] = nearness
        ranked = tuple(sorted(near.items(), key=lambda item: (-item[1].score, item[0])))
        self._near[text] = Found(None, "near", ranked) if ranked else MISSING
        return self._near[text]


class PersonNames:
    """Users or contacts by id, mail address and name."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.names: dict[str, str] = {}
        self.accounts: dict[str, str | None] = {}
        self.emails: dict[str, str] = {}
        self._email_of: dict[str, str] = {}
        self.joined: dict[str, str] = {}
        self._keys: dict[str, dict[str, None]] = defaultdict(dict)

    def __contains__(self, identity: str) -> bool:
        return identity in self.names

    def add(self, identity: str, name: str, email: str | None, account: str | None = None) -> None:
        """Learn a person; a mail address that somebody already has stays theirs."""
        self.names[identity] = name
        self.accounts[identity] = account
        if key := person_key(name):
            self._keys[key][identity] = None
        if email:
            self.emails.setdefault(email.lower(), identity)
            self._email_of[identity] = email.lower()

    def forget(self, identity: str) -> None:
        """Forget a person."""
        name = self.names.pop(identity, None)
        self.accounts.pop(identity, None)
        if name is not None:
            self._keys.get(person_key(name), {}).pop(identity, None)
        email = self._email_of.pop(identity, None)
        if email and self.emails.get(email) == identity:
            del self.emails[email]

    def email_of(self, identity: str) -> str | None:
        """Return a person's mail address."""
        return self._email_of.get(identity)

    def called(self, name: str, account: str | None = None) -> list[str]:
        """Return the ids of people of this name; where an account is given and somebody there is called so, only theirs."""
        ids = list(self._keys.get(person_key(name), ()))
        if account is not None:
            ids = [identity for identity in ids if self.accounts.get(identity) == account] or [
                identity for identity in ids if self.accounts.get(identity) is None
            ]
        return ids

    def find(self, text: str, account: str | None = None) -> Found:
        """Resolve a reference by id, mail address or name."""
        for identity in (text, self.joined.get(text)):
            if identity in self.names:
                return Found(identity, "found")
        if "@" in text:
            email = text.strip().strip("<>").lower()
            if "<" in text:
                email = text.partition("<")[2].rstrip("> ").lower()
            return Found(self.emails[email], "found") if email in self.emails else MISSING
        ids = self.called(text, account)
        if ids:
            return Found(ids[0], "found") if len(ids) == 1 else Found(None, "several")
        return MISSING


class DealNames:
    """Deals by id, and by name within their account."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.accounts: dict[str, str | None] = {}
        self._by_name: dict[str, dict[str, None]] = defaultdict(dict)

    def __contains__(self, identity: str) -> bool:
        return identity in self.names

    def add(self, identity: str, name: str, account: str | None) -> None:
        """Learn a deal, or its new name."""
        self.names[identity] = name
        self.accounts[identity] = account
        self._by_name[_flat(name)][identity] = None

    def forget(self, identity: str) -> None:
        """Forget a deal."""
        name = self.names.pop(identity, None)
        self.accounts.pop(identity, None)
        if name is not None:
            self._by_name.get(_flat(name), {}).pop(identity, None)

    def called(self, name: str, account: str | None) -> list[str]:
        """Return the ids of deals of this name that belong to `account`, or to none."""
        ids = [identity for identity in self._by_name.get(_flat(name), ()) if identity in self.names]
        return [identity for identity in ids if self.accounts[identity] == account]

    def find(self, text: str, account: str | None = None) -> Found:
        """Resolve a reference by id, or by name; an account tells deals of one name apart."""
        if text in self.names:
            return Found(text, "found")
        ids = [identity for identity in self._by_name.get(_flat(text), ()) if identity in self.names]
        if account is not None and len(ids) > 1:
            ids = [identity for identity in ids if self.accounts[identity] == account]
        if ids:
            return Found(ids[0], "found") if len(ids) == 1 else Found(None, "several")
        return MISSING


def _flat(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())
