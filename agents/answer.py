"""An answer as a list of claims, each with its evidence: the one shape for every surface and for programs.

`Answer.public()` is the JSON of the command line and of `POST /api/ask`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

Kind = Literal["structured", "narrative", "clarify", "not_found", "refused"]
ColumnType = Literal["text", "money", "number", "integer", "percent", "date", "datetime", "days", "quote", "bool"]
Tone = Literal["plain", "trouble", "good"]
Cell = str | int | Decimal | bool | date | datetime | list[str] | None


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Frozen):
    """Where a claim stands. `quote` is verbatim from the source; `source` is call, mail, note, meeting, task, deal, account, contact, lead, signal or change.

    `id` is the source's own id (a call's id as imported, a mail's Message-ID, a deal's id); `url` opens the quote in its place;
    `turns` are a call's turn ids as imported.
    """

    source: str
    id: str
    quote: str
    speaker: str | None = None
    at: datetime | None = None
    url: str | None = None
    turns: tuple[str, ...] = ()
    label: str | None = Field(None, description="What a person calls the source: a call's title, a mail's subject.")


class Claim(_Frozen):
    """One thing that is said, with the words it rests on. `tone` lets a surface mark trouble without reading the text.

    `section` is the heading that it stands under, where an answer has several: claims of one section stand together.
    """

    text: str
    evidence: tuple[Evidence, ...]
    tone: Tone = "plain"
    section: str | None = None


class Column(_Frozen):
    """A column of a table. `unit` is a currency code for money in one currency, `days`, or None."""

    key: str
    label: str
    type: ColumnType
    unit: str | None = None


class Table(_Frozen):
    """Rows are objects with a value for each column's key and a `record_id`; money is a Decimal (a string in JSON)."""

    columns: tuple[Column, ...]
    # Written by what each cell is: trying the kinds of a cell in turn takes four times as long over thousands of rows.
    rows: SerializeAsAny[tuple[dict[str, Cell], ...]]


class Figure(_Frozen):
    """A single figure, computed by SQL. `unit` is a currency code, `deals`, `days`, `percent`, …"""

    key: str
    value: Decimal | int | str | None
    unit: str | None = None
    label: str | None = None


class Excluded(_Frozen):
    """What the rule left out, and why. Counts only what the asker may see."""

    reason: str
    count: int


class Freshness(_Frozen):
    """How old one source of data is; `at` is None where it is not connected."""

    source: str
    at: datetime | None
    note: str | None = None


class Choice(_Frozen):
    """A possible meaning, offered as a button: pressing it asks `question` in the same thread."""

    label: str
    question: str


class Action(_Frozen):
    """Something to do next, as a button. `verb` is ask (asks `value`), open (opens the link `value`), or a stage's own verb."""

    label: str
    verb: str
    value: str


class Answer(_Frozen):
    """What the asker gets. An answer with nothing in it says what was looked for (`kind` not_found), never nothing."""

    kind: Kind
    headline: str = Field(description="The point, in one line of plain text.")
    claims: tuple[Claim, ...] = ()
    table: Table | None = None
    figures: tuple[Figure, ...] = ()
    rule: str | None = Field(
        None, description="The rule that was used, with its defaults, so that a person can object to it."
    )
    checked: int | None = Field(None, description="How many records the rule looked at.")
    excluded: tuple[Excluded, ...] = ()
    unknown_words: tuple[str, ...] = Field((), description="Words of the question that could not be used.")
    choices: tuple[Choice, ...] = ()
    actions: tuple[Action, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    notes: tuple[str, ...] = Field(
        (), description="What else a careful reader must know, such as that the model failed."
    )
    as_of: datetime | None = None
    took_ms: int = 0
    id: str | None = Field(None, description="Id of the stored answer, for feedback and links.")

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs: money as decimal strings, times in ISO with offset, every key present."""
        return self.model_dump(mode="json")

    def written(self) -> str:
        """Return the text of `public()`, written at once."""
        return self.model_dump_json()
