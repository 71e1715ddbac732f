"""What is asked of a provider and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass

FIELDS = ("email", "title", "phone", "domain", "industry", "employees", "country", "city", "description", "linkedin")
"""What can be wanted. Values are texts; `employees` a whole number in digits."""


@dataclass(frozen=True)
class Lookup:
    """Whom or what we ask about. At least one of company, domain, person and email is set; `wanted` are names of `FIELDS`."""

    wanted: tuple[str, ...]
    company: str | None = None
    domain: str | None = None
    person: str | None = None
    title: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Fact:
    """One thing that a provider says. `url` is where it stands, if anywhere."""

    field: str
    value: str
    url: str | None = None
