"""The words of this company's own data, inside an asker's scope: stages, people, teams, products, sectors, custom columns and their values.

It is read from the spine once for each scope and each state of the data, and kept. Nothing outside of the scope is in it, so that nothing
outside can be linked, counted or offered as a choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from agents.structured.lexer import key_words, singular
from sales.names import account_key, fold


@dataclass(frozen=True)
class ValueRef:
    """A value that words may mean: the field, the exact values (or ids) in the data, and how it is shown.

    `part` marks a name told by its first or last name alone; `typo` words that were close only; `id` the record behind a name.
    """

    field: str
    values: tuple[str, ...]
    shown: str
    part: bool = False
    typo: bool = False

    @property
    def entity(self) -> str:
        """The record that the value belongs to."""
        return self.field.partition(".")[0]


_COUNTRIES = (
    ("united states", "us", "usa", "u.s.", "u.s.a.", "united states of america", "america"), ("united kingdom", "uk", "u.k.", "great britain", "britain"),
    ("united arab emirates", "uae"), ("south korea", "republic of korea"), ("czechia", "czech republic"), ("netherlands", "holland", "the netherlands"),
)  # fmt: skip


_ADJECTIVES = {
    "american": "united states", "british": "united kingdom", "english": "united kingdom", "french": "france", "german": "germany", "italian": "italy", "spanish": "spain",
    "portuguese": "portugal", "dutch": "netherlands", "belgian": "belgium", "swiss": "switzerland", "austrian": "austria", "swedish": "sweden", "danish": "denmark",
    "norwegian": "norway", "finnish": "finland", "polish": "poland", "irish": "ireland", "czech": "czechia", "hungarian": "hungary", "greek": "greece", "turkish": "turkey",
    "canadian": "canada", "mexican": "mexico", "brazilian": "brazil", "argentinian": "argentina", "chilean": "chile", "colombian": "colombia", "australian": "australia",
    "japanese": "japan", "chinese": "china", "indian": "india", "korean": "south korea", "singaporean": "singapore", "israeli": "israel", "south african": "south africa",
}  # fmt: skip
_CURRENCIES = {
    "euro": ("EUR",), "pound": ("GBP",), "pound sterling": ("GBP",), "sterling": ("GBP",), "franc": ("CHF",), "swiss franc": ("CHF",), "yen": ("JPY",),
    "dollar": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD"), "us dollar": ("USD",), "canadian dollar": ("CAD",), "australian dollar": ("AUD",),
    "krona": ("SEK",), "krone": ("NOK", "DKK"), "zloty": ("PLN",), "rupee": ("INR",), "real": ("BRL",), "reais": ("BRL",),
}  # fmt: skip


@dataclass(frozen=True)
class PersonFacts:
    """A colleague that the asker may see."""

    id: str
    name: str
    team: str | None
    manager_id: str | None
    owns: bool
    leads_people: bool


@dataclass
class Vocabulary:
    """What words of a question may mean in this company's data. `filled` counts the records that have a value, field by field; `parts` are the single words of all values, `dated` the closed deals whose day of closing is known, by status."""

    index: dict[str, list[ValueRef]] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    custom_words: dict[str, list[str]] = field(default_factory=dict)
    custom_types: dict[str, str] = field(default_factory=dict)
    custom_labels: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)
    people: dict[str, PersonFacts] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()
    statuses: dict[str, int] = field(default_factory=dict)
    amounts: dict[str, int] = field(default_factory=dict)
    nonzero_lost: int = 0
    dated: dict[str, int] = field(default_factory=dict)
    stage_statuses: dict[str, set[str]] = field(default_factory=dict)
    ranges: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    days: dict[str, tuple[date, ...]] = field(default_factory=dict)
    lengths: dict[str, set[int]] = field(default_factory=dict)
    longest: int = 1
    regions_are_teams: bool = False
    parts: set[str] = field(default_factory=set)

    def add(self, ref: ValueRef, *names: str) -> None:
        """Index a value under names that people may use for it."""
        for name in names:
            words = key_words(name)
            if not words or len(words) > 12:
                continue
            self.longest = max(self.longest, len(words))
            self.parts.update(words)
            for key in {"".join(words), "".join(singular(word) for word in words)}:
                self._put(key, ref)

    def _put(self, key: str, ref: ValueRef) -> None:
        known = self.index.setdefault(key, [])
        for at, other in enumerate(known):
            if other.field == ref.field:
                if other.part and not ref.part:
                    known[at] = ref
                    return
                if ref.part and not other.part:
                    return
                if set(ref.values) <= set(other.values):
                    return
                if not ref.part and _is_text(ref.field):
                    # Spellings of one value that differ in case or blanks only are one value.
                    known[at] = ValueRef(ref.field, (*other.values, *ref.values), other.shown)
                    return
        known.append(ref)

    def add_country_names(self, key: str) -> None:
        """Index the usual short names of countries that the data writes out, and the other way round."""
        for names in _COUNTRIES:
            known = [value for spelled, value in self.spellings.get(key, {}).items() if spelled in names]
            if known:
                for name in names:
                    self.add(ValueRef(key, (known[0],), known[0]), name)
        for adjective, country in _ADJECTIVES.items():
            spelled = self.spellings.get(key, {})
            alike = next((names for names in _COUNTRIES if country in names), (country,))
            value = next((spelled[name] for name in alike if name in spelled), None)
            if value is not None:
                self.add(ValueRef(key, (value,), value), adjective)

    def add_currency_names(self) -> None:
        """Index what the currencies of the data are called, where the word means one of them alone."""
        for name, codes in _CURRENCIES.items():
            known = [code for code in codes if code in self.currencies]
            if len(known) == 1:
                self.add(ValueRef("deal.currency", (known[0],), known[0]), name)

    def add_text(self, key: str, values: Iterable[str]) -> None:
        """Index the distinct values of a text field."""
        spelled = self.spellings.setdefault(key, {})
        for value in values:
            spelled[fold(value).strip()] = value
            self.add(ValueRef(key, (value,), value), value)

    def has(self, key: str) -> bool:
        """Whether any record in scope has a value in this field."""
        return self.filled.get(key, 0) > 0

    def find(self, words: tuple[str, ...]) -> list[ValueRef]:
        """Return what these words mean exactly, blanks and case apart; [] for nothing."""
        found = self.index.get("".join(words), [])
        return found or self.index.get("".join(singular(word) for word in words), [])

    def values_of(self, key: str) -> list[str]:
        """Return the distinct values of a text field, in order."""
        return sorted(set(self.spellings.get(key, {}).values()))

    def close_to(self, text: str) -> list[ValueRef]:
        """Return the values whose names differ from these words by a slip of the pen: the nearest alone, with `typo` set; [] for none or a tie."""
        key = "".join(key_words(text))
        if len(key) < 4:
            return []
        from rapidfuzz.distance import OSA

        allowed = 1 if len(key) < 9 else 2
        best, found = allowed + 1, []
        for other in self.index:
            if (
                abs(len(other) - len(key)) > allowed
                or len(other) < 4
                or other[0] != key[0]
                or _digits(other) != _digits(key)
            ):
                continue
            distance = OSA.distance(key, other, score_cutoff=allowed)
            if distance < best:
                best, found = distance, [other]
            elif distance == best <= allowed:
                found.append(other)
        refs: list[ValueRef] = []
        for other in found:
            for ref in self.index[other]:
                made = ValueRef(ref.field, ref.values, ref.shown, ref.part, typo=True)
                if all((made.field, made.values) != (one.field, one.values) for one in refs):
                    refs.append(made)
        return refs

    def begins_with(self, word: str, key: str) -> list[ValueRef]:
        """Return the values of a text field that begin with a shortened word (`tech` for `Technology`); [] unless there is exactly one."""
        if len(word) < 3:
            return []
        found = {
            value
            for spelled, value in self.spellings.get(key, {}).items()
            if "".join(key_words(spelled)).startswith(word)
        }
        return [ValueRef(key, (value,), value, typo=True) for value in found] if len(found) == 1 else []

    def add_person(self, person: PersonFacts) -> None:
        """Index a colleague by the whole name, and by the first and the last name alone."""
        self.people[person.id] = person
        whole = ValueRef("owner.name", (person.id,), person.name)
        self.add(whole, person.name)
        words = key_words(person.name)
        for word in {words[0], words[-1]} if len(words) > 1 else ():
            if len(word) > 1:
                self._put(word, ValueRef("owner.name", (person.id,), person.name, part=True))

    def add_account(self, identity: str, name: str, aliases: Iterable[str]) -> None:
        """Index an account by its name, its aliases, and its name without a legal form."""
        self.add(ValueRef("account.name", (identity,), name), name, *aliases)
        key = account_key(name)
        if key and key not in self.index:
            self._put(key, ValueRef("account.name", (identity,), name))

    def add_custom(self, key: str, label: str, type_: str) -> None:
        """Index a column that no field of the spine claims, under its label."""
        self.custom_types[key] = type_
        self.custom_labels[key] = label
        words = " ".join(
            singular(word) for word in re.findall(r"[^\W_]+", fold(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", label)))
        )
        if not words:
            return
        self.custom_words.setdefault(words, []).append(key)
        counted = words.removesuffix(" count").removeprefix("number of ").removeprefix("no of ")
        if type_ == "number" and counted != words:
            # "more than 3 stage changes" counts what "Stage Change Count" holds.
            self.custom_words.setdefault(counted, []).append(key)


def _is_text(key: str) -> bool:
    return not key.endswith(".name")


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())
