"""What programs send and get: the shapes of `POST /api/ask`, `/api/search` and `/api/import`, also used by the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from bot.moments import check_moment

QUESTION_LENGTH = 4_000
MOST_PASSAGES = 500


def _clean(text: str) -> str:
    # PostgreSQL can't hold NUL, and half of a surrogate pair is no character; no word of a question is lost with either.
    return text.replace("\x00", " ").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _whole(value: Any) -> Any:
    # JSON knows no integers: 5.0 is as whole as 5. A boolean or a text is not a number.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be a whole number")  # noqa: TRY004 - pydantic takes a ValueError as the sender's fault
    return int(value) if isinstance(value, float) and value.is_integer() else value


Words = Annotated[str, AfterValidator(_clean), Field(min_length=1, max_length=QUESTION_LENGTH)]
Name = Annotated[str, AfterValidator(_clean), Field(min_length=1, max_length=320)]
Count = Annotated[int, Field(ge=1, le=MOST_PASSAGES), BeforeValidator(_whole)]
Moment = Annotated[
    str,
    AfterValidator(check_moment),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]


class _Body(BaseModel):
    # A misspelt key is refused: an `as` that is overlooked would answer as an admin.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class AskBody(_Body):
    """A question. Without `as` it is asked as an admin."""

    question: Words = Field(
        description="The question, as a person would put it.", examples=["What's the latest on Acme?"]
    )
    asker: Name | None = Field(
        None, alias="as", description="Mail address of the person who asks: the answer holds only what they may see."
    )
    as_of: Moment | None = Field(
        None,
        description="The moment that the answer speaks for: an ISO date (the end of that day in the company's zone) or an instant with offset.",
    )
    thread: Name | None = Field(
        None, description='Any name for the conversation; a follow-up in it may say "their" or "that deal".'
    )


class SearchBody(_Body):
    """A search for passages. Without `as` it is made as an admin."""

    query: Words = Field(description="What to look for.", examples=["security review"])
    asker: Name | None = Field(
        None, alias="as", description="Mail address of the person who searches: only what they may see is found."
    )
    account: Name | None = Field(None, description="Only in this account: its id or its name.")
    call: Name | None = Field(None, description="Only in this call (or mail, note, meeting): its id as imported.")
    k: Count = Field(10, description="How many passages at most.")
    as_of: Moment | None = Field(
        None, description="Nothing from after this moment is found; read like `as_of` of a question."
    )


class PassageOut(BaseModel):
    """A passage. `call` is the id of the call, mail or note that it stands in; `turns` are the turns' ids as imported, empty for a text."""

    call: str
    turns: list[int | str]
    speaker: str | None
    at: datetime | None
    text: str
    score: float
    kind: str = Field(description="What it stands in: call, meeting, mail, note, task or change.")
    account: str | None = Field(None, description="Id of the account.")
    deal: str | None = Field(None, description="Id of the deal.")


class Passages(BaseModel):
    """What a search found, best first."""

    passages: list[PassageOut]


class KeptAsideOut(BaseModel):
    """A row or file that could not be read: kept aside, to be looked at. `line` is 1-based, 0 where the whole file is meant."""

    file: str
    line: int
    reason: str


class CountsOut(BaseModel):
    """What became of the records of one kind."""

    added: int
    changed: int
    unchanged: int
    kept_aside: int


class OfferOut(BaseModel):
    """Two records that may be one, for a person to decide."""

    kind: str
    left_id: str
    left: str
    right_id: str
    right: str
    reason: str


class JoinedOut(BaseModel):
    """A spelling that was taken as a record that is known."""

    kind: str
    written: str
    taken_as: str


class ColumnOut(BaseModel):
    """A column as it was understood: the field that it fills, or null where it is kept as a named field."""

    header: str
    field: str | None
    label: str
    note: str | None


class FileOut(BaseModel):
    """One file: what it was read as, and whether its content was in already."""

    file: str
    label: str
    kind: str | None
    columns: list[ColumnOut]
    already_in: bool


class ImportResult(BaseModel):
    """What an import did. `counts` is by kind of record; `total` all kinds together; `stopped` tells that the same import should be sent again."""

    counts: dict[str, CountsOut]
    total: CountsOut
    kept_aside: list[KeptAsideOut]
    offers: list[OfferOut]
    joined: list[JoinedOut]
    files: list[FileOut]
    waiting: int = Field(
        description="References that nothing answers to yet, such as a deal's account; a later import may."
    )
    stopped: bool


class Problem(BaseModel):
    """What went wrong, in fixed words, what to do next, and the reference under which the log tells more."""

    sentence: str
    next_step: str
    reference: str
    fields: list[str] = Field(default_factory=list, description="Where a request was wrong: one line a place.")


class ProblemBody(BaseModel):
    """The body of every error."""

    error: Problem
