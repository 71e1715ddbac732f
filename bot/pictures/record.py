"""The figures of a picture, as the drawing knows them: `agents.digest.pictures` defines them, where the review that keeps them is made."""

from __future__ import annotations

from agents.digest.pictures import (
    Band,
    ConversionPicture,
    ConversionRow,
    MovementPicture,
    MovementStep,
    Picture,
    RepliesPicture,
    ReplyRow,
    RiskMapPicture,
    RiskPoint,
)

__all__ = [
    "Band",
    "ConversionPicture",
    "ConversionRow",
    "MovementPicture",
    "MovementStep",
    "Picture",
    "RepliesPicture",
    "ReplyRow",
    "RiskMapPicture",
    "RiskPoint",
]
