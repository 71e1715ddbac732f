"""Who writes which field of the CRM, by one file that people write (`fields.toml`): auto, approve or never; and what the field is called in each system.

`writes` says what Dealwright may do to the field in the CRM: `auto` by itself, `approve` after a person's own tick, `never` not at all. `owner` says whose word
stands where the two differ when the CRM is read: `crm`, or `dealwright` for what only we know. What moves the forecast is never auto.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from sales.fields import FIELDS, OWN, QUALIFICATION, is_element, own_keys
from sales.icp import Fault, lines_of, syntax_fault
from sales.records import RecordKind

Writes = Literal["auto", "approve", "never"]
Owner = Literal["crm", "dealwright"]

FILE = "fields.toml"
_LONGEST_NAME = 40
SYSTEMS = ("hubspot", "salesforce")
"""Systems that a field can have a name in."""

KINDS: Mapping[str, RecordKind] = {
    "deal": RecordKind.DEAL,
    "contact": RecordKind.CONTACT,
    "account": RecordKind.ACCOUNT,
}
"""Kinds of record with fields; what happened (calls, mails, meetings, notes, tasks) is logged as a whole: `activity.log`."""

FORECAST: Mapping[str, frozenset[str]] = {
    "deal": frozenset(("stage", "amount", "close_date", "forecast_category", "probability", "product")),
}
"""What moves the forecast: a person ticks each, whatever the file says."""

LOG = "log"
ELEMENTS = "qualification"
"""The rule of all elements of the qualification that have none of their own."""

EXAMPLE = """\
# Which field is written in the CRM by whom, and what it is called there.
# writes: "auto" (Dealwright by itself), "approve" (after a person's tick) or "never".
# owner: whose word stands when the CRM is read, "crm" (usual) or "dealwright".
# What moves the forecast (stage, amount, close_date, forecast_category, probability, product) can't be auto.

[activity]
log = { writes = "auto" }          # calls, mails, meetings, notes and tasks that Dealwright did or heard

[deal]
name = { writes = "approve", hubspot = "dealname", salesforce = "Name" }
stage = { writes = "approve", hubspot = "dealstage", salesforce = "StageName" }
amount = { writes = "approve", hubspot = "amount", salesforce = "Amount" }
close_date = { writes = "approve", hubspot = "closedate", salesforce = "CloseDate" }
forecast_category = { writes = "approve", hubspot = "hs_manual_forecast_category", salesforce = "ForecastCategoryName" }
probability = { writes = "never", hubspot = "hs_deal_stage_probability", salesforce = "Probability" }
next_step = { writes = "approve", hubspot = "hs_next_step", salesforce = "NextStep" }
type = { writes = "approve", hubspot = "dealtype", salesforce = "Type" }
lead_source = { writes = "approve", salesforce = "LeadSource" }
loss_reason = { writes = "approve", hubspot = "closed_lost_reason" }
note = { writes = "approve", hubspot = "description", salesforce = "Description" }
owner = { writes = "never", hubspot = "hubspot_owner_id", salesforce = "OwnerId" }
# What Dealwright itself works out of a deal. `dealwright fields create` adds them to the CRM; without them there nothing is written.
health_score = { writes = "auto", owner = "dealwright", hubspot = "dealwright_health_score", salesforce = "Dealwright_Health_Score__c" }
health_band = { writes = "auto", owner = "dealwright", hubspot = "dealwright_health", salesforce = "Dealwright_Health__c" }
likelihood = { writes = "auto", owner = "dealwright", hubspot = "dealwright_likelihood", salesforce = "Dealwright_Likelihood__c" }
sentiment = { writes = "auto", owner = "dealwright", hubspot = "dealwright_sentiment", salesforce = "Dealwright_Sentiment__c" }
last_buyer_contact = { writes = "auto", owner = "dealwright", hubspot = "dealwright_last_buyer_contact", salesforce = "Dealwright_Last_Buyer_Contact__c" }
# The buyer's words for each element of the qualification, on the card of a call; * stands for the element (champion, economic_buyer, ...). "auto" writes
# them by itself. A field of your own for one of them: qualification_champion = { writes = "approve", hubspot = "your_property" }
qualification = { writes = "approve", owner = "dealwright", hubspot = "dealwright_q_*", salesforce = "Dealwright_Q_*__c" }
# competitor = { writes = "approve", hubspot = "your_property", salesforce = "Your_Field__c" }
# next_step_date = { writes = "approve", hubspot = "your_property", salesforce = "Your_Field__c" }

[contact]
first_name = { writes = "approve", hubspot = "firstname", salesforce = "FirstName" }
last_name = { writes = "approve", hubspot = "lastname", salesforce = "LastName" }
email = { writes = "approve", hubspot = "email", salesforce = "Email" }
title = { writes = "approve", hubspot = "jobtitle", salesforce = "Title" }
phone = { writes = "approve", hubspot = "phone", salesforce = "Phone" }
role = { writes = "approve", hubspot = "hs_buying_role" }
note = { writes = "approve", salesforce = "Description" }
owner = { writes = "never", hubspot = "hubspot_owner_id", salesforce = "OwnerId" }

[account]
name = { writes = "approve", hubspot = "name", salesforce = "Name" }
domain = { writes = "approve", hubspot = "domain" }
website = { writes = "approve", hubspot = "website", salesforce = "Website" }
industry = { writes = "approve", hubspot = "industry", salesforce = "Industry" }
employees = { writes = "approve", hubspot = "numberofemployees", salesforce = "NumberOfEmployees" }
annual_revenue = { writes = "approve", hubspot = "annualrevenue", salesforce = "AnnualRevenue" }
city = { writes = "approve", hubspot = "city", salesforce = "BillingCity" }
country = { writes = "approve", hubspot = "country", salesforce = "BillingCountry" }
phone = { writes = "approve", hubspot = "phone", salesforce = "Phone" }
note = { writes = "approve", hubspot = "description", salesforce = "Description" }
owner = { writes = "never", hubspot = "hubspot_owner_id", salesforce = "OwnerId" }
"""
"""The rules that hold where nobody has written any, and what a new file starts with."""


@dataclass(frozen=True)
class FieldRule:
    """The rule of one field. `names` are what systems call it: none where a system has no such field."""

    kind: str
    key: str
    writes: Writes
    owner: Owner = "crm"
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ownership:
    """All rules. A field without one stands in no system of record: what a person decides of it stays in the spine.

    `elements` is the rule of elements of the qualification that have none of their own, with a * for the element in its names.
    """

    rules: Mapping[tuple[str, str], FieldRule]
    elements: FieldRule | None = None

    def rule(self, kind: str, key: str) -> FieldRule:
        """Return the rule of a field."""
        found = self.rules.get((kind, key))
        if found is None and self.elements is not None and kind in KINDS and is_element(KINDS[kind], key):
            found = _of_element(self.elements, key.removeprefix(QUALIFICATION))
        return found or FieldRule(kind, key, "approve")

    def with_elements(self, elements: Iterable[str]) -> Ownership:
        """Return the same with a rule of its own for each of these elements, so that they are listed like any field."""
        keys = [f"{QUALIFICATION}{one}" for one in elements]
        told = {("deal", key): self.rule("deal", key) for key in keys}
        return Ownership({**self.rules, **told}, self.elements)

    def names(self, system: str) -> dict[str, dict[str, str]]:
        """Return what a system calls our fields: kind → field → its name."""
        found: dict[str, dict[str, str]] = {}
        for (kind, key), rule in self.rules.items():
            if system in rule.names:
                found.setdefault(kind, {})[key] = rule.names[system]
        return found

    def ours(self, kind: str) -> frozenset[str]:
        """Return the fields in which our word stands when the CRM is read."""
        return frozenset(key for (of, key), rule in self.rules.items() if of == kind and rule.owner == "dealwright")


def _of_element(rule: FieldRule, element: str) -> FieldRule:
    names = {system: _filled(system, pattern, element) for system, pattern in rule.names.items()}
    return FieldRule("deal", f"{QUALIFICATION}{element}", rule.writes, rule.owner, names)


def _filled(system: str, pattern: str, element: str) -> str:
    """Return a name with the element in place of the *, as the system takes names: Salesforce at most 40 letters before its ending, and no two _ in a row."""
    if system != "salesforce":
        return pattern.replace("*", element)
    stem, ending = (pattern[:-3], "__c") if pattern.endswith("__c") else (pattern, "")
    words = "_".join(word.capitalize() for word in element.split("_") if word)
    return f"{stem.replace('*', words)[:_LONGEST_NAME].rstrip('_')}{ending}"


class OwnershipError(ValueError):
    """The file can't be used; `faults` says what to mend."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.text() for fault in faults))
        self.faults = faults


def moves_forecast(kind: str, key: str) -> bool:
    """Whether a field moves the forecast."""
    return key in FORECAST.get(kind, ())


def is_own(kind: str, key: str) -> bool:
    """Whether a field is one that Dealwright itself fills: no column of a record, and never read back."""
    return kind in KINDS and (key in own_keys(KINDS[kind]) or is_element(KINDS[kind], key))


def parse_ownership(text: str) -> Ownership:
    """Read `fields.toml`. Raises OwnershipError with every fault and its line."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OwnershipError((syntax_fault(error, text),)) from error
    lines = lines_of(text)
    faults: list[Fault] = []
    rules: dict[tuple[str, str], FieldRule] = {}
    for kind, fields in told.items():
        if kind not in (*KINDS, "activity") or not isinstance(fields, dict):
            faults.append(Fault(lines.get((kind, ""), 0), f"there is no kind called {kind}"))
            continue
        for key, entry in fields.items():
            said = _fault_of(kind, key, entry)
            if said is not None:
                faults.append(Fault(lines.get((kind, key), lines.get((kind, ""), 0)), said))
                continue
            names = {system: entry[system] for system in SYSTEMS if system in entry}
            rules[kind, key] = FieldRule(kind, key, entry["writes"], entry.get("owner", "crm"), names)
    if faults:
        raise OwnershipError(tuple(sorted(faults, key=lambda fault: fault.line)))
    elements = rules.pop(("deal", ELEMENTS), None)
    return Ownership(rules, elements)


def faults_of_fields(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text; nothing where it can be used."""
    try:
        parse_ownership(text)
    except OwnershipError as error:
        return error.faults
    return ()


@lru_cache(maxsize=1)
def usual() -> Ownership:
    """Return the rules that hold where nobody has written any."""
    return parse_ownership(EXAMPLE)


def _fault_of(kind: str, key: str, entry: Any) -> str | None:
    known = {LOG} if kind == "activity" else {one.key for one in (*FIELDS[KINDS[kind]], *OWN.get(KINDS[kind], ()))}
    of_qualification = kind == "deal" and (key == ELEMENTS or is_element(KINDS[kind], key))
    if key not in known and not of_qualification:
        return f"a {kind} has no field called {key}"
    if not isinstance(entry, dict) or entry.get("writes") not in ("auto", "approve", "never"):
        return f'{key} needs writes = "auto", "approve" or "never"'
    if entry["writes"] == "auto" and moves_forecast(kind, key):
        return f"{key} moves the forecast, so a person ticks it: it can't be auto"
    if key in own_keys(KINDS.get(kind, RecordKind.CHANGE)) and (
        entry["writes"] == "approve" or entry.get("owner") != "dealwright"
    ):
        return f'{key} is worked out by Dealwright: it needs writes = "auto" or "never", and owner = "dealwright"'
    if entry.get("owner", "crm") not in ("crm", "dealwright"):
        return f'the owner of {key} is "crm" or "dealwright"'
    for name, value in entry.items():
        if name in ("writes", "owner"):
            continue
        if name not in SYSTEMS:
            return f"{key}: there is no system called {name}"
        if not isinstance(value, str) or not value.strip():
            return f"{key}: what {name} calls it must be a name"
        if key == ELEMENTS and value.count("*") != 1:
            return f"{key}: what {name} calls them needs one * for the element"
    return None
