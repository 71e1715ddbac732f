"""What a model may answer: claims that name evidence by its id, or the id of a computed result. No figure, quote or table of its own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

MOST_CLAIMS = 8


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToldClaim(_Strict):
    """One short sentence and the ids of the evidence it rests on, such as e3."""

    text: str = Field(min_length=1, max_length=400)
    evidence: tuple[str, ...] = Field(min_length=1, max_length=6)


class Told(_Strict):
    """The answer: claims with the ids of their evidence, or the id of a computed result in `figures`; neither where nothing answers the question."""

    claims: tuple[ToldClaim, ...] = Field((), max_length=MOST_CLAIMS)
    figures: str | None = Field(None, max_length=8)
