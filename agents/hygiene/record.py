"""What the hygiene pass found. `Hygiene.public()` is the JSON of `dealwright hygiene`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sales.hygiene import Rule


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(_Frozen):
    """One record and what is wrong with it. `value` is what stands there now as text; `blank` are the labels of blank fields."""

    kind: Literal["deal", "contact"]
    record_id: str
    name: str
    account_id: str | None
    account: str | None
    owner_id: str | None
    owner: str | None
    amount: Decimal | None = None
    currency: str | None = None
    value: str | None = None
    blank: tuple[str, ...] = ()


class Checked(_Frozen):
    """One rule over all records in scope: how many it found, and the records (all, or the first), the largest amount first.

    `checked` is None where it could not be applied; `note` says why.
    """

    rule: Rule
    label: str
    meaning: str
    checked: int | None
    unknown: int = Field(
        0, description="Records of which it can't be told, as nothing that passes with their account is known."
    )
    count: int
    records: tuple[Finding, ...]
    note: str | None = None


class Hygiene(_Frozen):
    """The whole pass. `clean` is the number of open deals that no rule found, of `open_deals`."""

    as_of: datetime
    open_deals: int
    clean: int
    rules: tuple[Checked, ...]

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs: money as decimal strings."""
        return self.model_dump(mode="json")
