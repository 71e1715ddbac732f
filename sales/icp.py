"""The ideal customer profile: which companies and people a team sells to, from a file that people write, and how well a signal fits it.

What is not known of a company is unknown, not bad: it is left out of the fit and named as missing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sales.names import account_key, fold
from sales.signals import title_words

EXAMPLE = """\
# Who we sell to. Leave out what does not matter; what is unknown of a company counts neither for nor against it.

[company]
employees = { min = 200, max = 6000 }
industries = ["logistics", "food and beverage", "retail", "distribution"]
# regions = ["West", "East", "EMEA"]
# countries = ["United States", "Germany"]
# technologies = ["NetSuite", "SAP"]
# growth_stages = ["series b", "series c"]
# tiers = ["A", "B"]

[people]
# Titles of the buying committee; "VP Operations" also means a Vice President of Operations.
roles = ["VP Operations", "Head of Logistics", "Supply Chain Director", "Chief Operating Officer"]

[exclude]
# industries = ["tobacco"]
# countries = []
# companies = ["Contoso"]
# domains = ["contoso.example"]
# tiers = []

[decide]
least_fit = 0.4            # below: skipped, with the reason
ask_above_employees = 20000  # so large that a person decides
# ask_tiers = ["strategic"]
"""
"""What a new file starts with."""

WEIGHTS: Mapping[str, float] = {
    "employees": 2.0,
    "industries": 2.0,
    "regions": 1.0,
    "countries": 1.0,
    "technologies": 1.0,
    "growth_stages": 1.0,
    "tiers": 1.0,
    "roles": 2.0,
}
"""How much a criterion counts in the fit where the file's `[weights]` says nothing."""

FEWEST_NEAR = 0.5
"""A company half as large as the least, or twice as large as the most, no longer fits at all; between, the fit falls evenly."""

_LISTS = ("industries", "regions", "countries", "technologies", "growth_stages", "tiers")
_TABLES: Mapping[str, frozenset[str]] = {
    "company": frozenset({"employees", *_LISTS}),
    "people": frozenset({"roles"}),
    "exclude": frozenset({"industries", "regions", "countries", "tiers", "companies", "domains"}),
    "decide": frozenset({"least_fit", "ask_above_employees", "ask_tiers"}),
    "weights": frozenset(WEIGHTS),
}


@dataclass(frozen=True)
class Fault:
    """What is wrong in a rule file, and on which line (1-based; 0 where the file as a whole is meant)."""

    line: int
    message: str

    def text(self) -> str:
        """Return `line 4: …`."""
        return f"line {self.line}: {self.message}" if self.line else self.message


class IcpError(ValueError):
    """The file can't be used; `faults` says what to mend, in the file's order."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.text() for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Company:
    """What is known of a company, and of the person that a signal names. None and () mean unknown."""

    name: str | None = None
    domain: str | None = None
    employees: int | None = None
    industry: str | None = None
    region: str | None = None
    country: str | None = None
    technologies: tuple[str, ...] = ()
    growth_stage: str | None = None
    tier: str | None = None
    title: str | None = None

    @property
    def known(self) -> bool:
        """Whether more than the name of the company is known."""
        return bool(
            self.employees or self.industry or self.country or self.technologies or self.growth_stage or self.tier
        )


@dataclass(frozen=True)
class Fit:
    """How well something fits: `score` from 0 to 1, or None where nothing that the profile asks for is known.

    `reasons` are for and against in a few words, `missing` what is not known, `excluded` the exclusion that it falls under, if any.
    """

    score: float | None
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    excluded: str | None = None


@dataclass(frozen=True)
class Icp:
    """The profile. An empty one fits nothing and nobody in particular: every fit is unknown."""

    least_employees: int | None = None
    most_employees: int | None = None
    wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least_fit: float = 0.4
    ask_above_employees: int | None = None
    ask_tiers: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for and nothing excluded."""
        return not (self.wanted or self.roles or self.excluded or self.asks_size)

    @property
    def asks_size(self) -> bool:
        """Whether the number of employees matters."""
        return self.least_employees is not None or self.most_employees is not None

    def fit(self, company: Company) -> Fit:
        """Return how well a company, and the person's title where there is one, fits."""
        out = self._exclusion(company)
        if out is not None:
            return Fit(0.0, (out,), excluded=out)
        told: list[tuple[float, float]] = []
        reasons: list[str] = []
        missing: list[str] = []
        for name, score, words in self._criteria(company):
            if score is None:
                missing.append(words)
            else:
                told.append((self.weights[name], score))
                reasons.append(words)
        whole = sum(weight for weight, _ in told)
        score = sum(weight * one for weight, one in told) / whole if whole else None
        return Fit(score, tuple(reasons), tuple(missing))

    def asks_a_person(self, company: Company) -> str | None:
        """Return why a person decides about this company, in words, or None."""
        if self.ask_above_employees is not None and (company.employees or 0) > self.ask_above_employees:
            return f"a company of {company.employees:,} people: yours to decide"
        if company.tier and _among(company.tier, self.ask_tiers):
            return f"tier {company.tier}: yours to decide"
        return None

    def _exclusion(self, company: Company) -> str | None:
        for name, value in (("industries", company.industry), ("regions", company.region), ("countries", company.country), ("tiers", company.tier)):  # fmt: skip
            if value and _among(value, self.excluded.get(name, ())):
                return f"excluded: {value}"
        if company.name and account_key(company.name) in {
            account_key(one) for one in self.excluded.get("companies", ())
        }:
            return "excluded by name"
        if company.domain and any(company.domain == one or company.domain.endswith(f".{one}") for one in self.excluded.get("domains", ())):  # fmt: skip
            return "excluded by domain"
        return None

    def _criteria(self, company: Company) -> list[tuple[str, float | None, str]]:
        found: list[tuple[str, float | None, str]] = []
        if self.asks_size:
            found.append(self._size(company.employees))
        for name, value in (
            ("industries", company.industry),
            ("regions", company.region),
            ("countries", company.country),
            ("growth_stages", company.growth_stage),
            ("tiers", company.tier),
        ):
            if name in self.wanted:
                found.append(_one(name, value, self.wanted[name]))
        if "technologies" in self.wanted:
            found.append(_any(company.technologies, self.wanted["technologies"]))
        if self.roles:
            found.append(self._role(company.title))
        return found

    def _size(self, employees: int | None) -> tuple[str, float | None, str]:
        if employees is None:
            return "employees", None, "size"
        least, most = self.least_employees or 0, self.most_employees
        if employees < least:
            share = max(0.0, (employees / least - FEWEST_NEAR) / (1 - FEWEST_NEAR))
            return "employees", share, f"{employees:,} people, fewer than {least:,}"
        if most is not None and employees > most:
            share = max(0.0, (most / employees - FEWEST_NEAR) / (1 - FEWEST_NEAR))
            return "employees", share, f"{employees:,} people, more than {most:,}"
        return "employees", 1.0, f"{employees:,} people, as wanted"

    def _role(self, title: str | None) -> tuple[str, float | None, str]:
        if not title:
            return "roles", None, "title of the person"
        words = title_words(title)
        if any(title_words(role) <= words for role in self.roles):
            return "roles", 1.0, f"{title}: of the buying committee"
        closest = max(len(title_words(role) & words) / max(1, len(title_words(role))) for role in self.roles)
        # Half of a role's words (another function's vice president, a manager of the same function) is not nothing.
        return "roles", 0.5 if closest > 0.5 else 0.0, f"{title}: not of the buying committee"


_NAMES = {
    "industries": "industry",
    "regions": "region",
    "countries": "country",
    "growth_stages": "growth stage",
    "tiers": "tier",
}


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", fold(text)))


def _means(value: str, wanted: str) -> bool:
    """Whether the words of `wanted` stand in `value`, whole and in any order: `logistics` in `Third-party logistics`."""
    return bool(_words(wanted)) and set(_words(wanted)) <= set(_words(value))


def _among(value: str, wanted: tuple[str, ...]) -> bool:
    return any(_means(value, one) for one in wanted)


def _one(name: str, value: str | None, wanted: tuple[str, ...]) -> tuple[str, float | None, str]:
    if not value:
        return name, None, _NAMES[name]
    held = _among(value, wanted)
    return name, float(held), f"{_NAMES[name]} {value}" if held else f"{_NAMES[name]} {value} is none of yours"


def _any(values: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, float | None, str]:
    if not values:
        return "technologies", None, "technology"
    used = [one for one in values if _among(one, wanted)]
    return "technologies", float(bool(used)), f"uses {', '.join(used)}" if used else "uses none of your technologies"


def parse_icp(text: str) -> Icp:
    """Return the profile that a text in TOML holds. Raises IcpError with every fault and its line."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise IcpError((syntax_fault(error, text),)) from error
    reader = _Reader(told, lines_of(text))
    found = reader.icp()
    if reader.faults:
        raise IcpError(tuple(sorted(reader.faults, key=lambda fault: fault.line)))
    return found


def syntax_fault(error: tomllib.TOMLDecodeError, text: str) -> Fault:
    """Return the fault of a text that is no TOML, with its line."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    said = re.sub(r"\s*\(at .*\)$", "", str(error))
    # What is not closed is found out at the end.
    return Fault(int(place[1]) if place else len(text.splitlines()), f"this is not TOML: {said}")


def lines_of(text: str) -> dict[tuple[str, str], int]:
    """Return on which line each table (key "") and each of its keys stands. A name in a string of several lines may shadow one; the first counts."""
    lines: dict[tuple[str, str], int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if opened := re.match(r"\s*\[\s*\"?([\w-]+)\"?\s*\]", line):
            table = opened[1]
            lines.setdefault((table, ""), number)
        elif key := re.match(r"\s*\"?([\w-]+)\"?(?:\s*\.\s*\"?([\w-]+)\"?)?\s*=", line):
            place = (key[1], key[2]) if key[2] and not table else (table, key[1])
            lines.setdefault(place, number)
            if not table:
                lines.setdefault((key[1], ""), number)
    return lines


class _Reader:
    """Reads tables and keys that TOML gave, and gathers faults."""

    def __init__(self, told: Mapping[str, Any], lines: Mapping[tuple[str, str], int]) -> None:
        self._told = told
        self._lines = lines
        self.faults: list[Fault] = []

    def icp(self) -> Icp:
        tables = {name: self._table(name) for name in _TABLES}
        for name in self._told:
            if name not in _TABLES:
                self._fault(name, "", f"there is no [{name}]; there are {_listed(_TABLES)}")
        company, people, exclude, decide = (tables[name] for name in ("company", "people", "exclude", "decide"))
        least, most = self._size(company.get("employees"))
        wanted = {name: self._texts("company", name, company[name]) for name in _LISTS if name in company}
        weights = dict(WEIGHTS) | {name: self._number("weights", name, value, 0, 100, WEIGHTS[name]) for name, value in tables["weights"].items()}  # fmt: skip
        above = decide.get("ask_above_employees")
        return Icp(
            least,
            most,
            {name: texts for name, texts in wanted.items() if texts},
            self._texts("people", "roles", people.get("roles", [])),
            {
                name: texts
                for name in _TABLES["exclude"]
                if (
                    texts := self._texts(
                        "exclude", name, exclude.get(name, []), str.lower if name == "domains" else str
                    )
                )
            },
            self._number("decide", "least_fit", decide.get("least_fit", 0.4), 0, 1, 0.4),
            None if above is None else int(self._number("decide", "ask_above_employees", above, 0, 1e9, 0)),
            self._texts("decide", "ask_tiers", decide.get("ask_tiers", [])),
            weights,
        )

    def _fault(self, table: str, key: str, message: str) -> None:
        line = self._lines.get((table, key)) or self._lines.get((table, "")) or 0
        self.faults.append(Fault(line, message))

    def _table(self, name: str) -> dict[str, Any]:
        table = self._told.get(name, {})
        if not isinstance(table, dict):
            self._fault(name, "", f"{name} must be a table: write [{name}] on a line of its own")
            return {}
        for key in table:
            if key not in _TABLES[name]:
                self._fault(name, key, f"[{name}] has no {key!r}; it has {_listed(_TABLES[name])}")
        return {key: value for key, value in table.items() if key in _TABLES[name]}

    def _texts(self, table: str, key: str, value: Any, form: Callable[[str], str] = str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self._fault(table, key, f'{key} must be a list of texts: {key} = ["…", "…"]')
            return ()
        return tuple(form(one.strip()) for one in value)

    def _number(self, table: str, key: str, value: Any, least: float, most: float, otherwise: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self._fault(table, key, f"{key} must be a number from {least:g} to {most:g}")
            return otherwise
        return float(value)

    def _size(self, value: Any) -> tuple[int | None, int | None]:
        if value is None:
            return None, None
        allowed = {"min", "max"}
        if (
            not isinstance(value, dict)
            or not value
            or set(value) - allowed
            or not all(_is_count(one) for one in value.values())
        ):
            self._fault("company", "employees", "employees must be { min = 200, max = 5000 }, or one of the two")
            return None, None
        least, most = value.get("min"), value.get("max")
        if least is not None and most is not None and least > most:
            self._fault("company", "employees", "employees: min is above max")
        return least, most


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))
