"""What the ideal customer profile excludes: asked through a Protocol, as the profile belongs to signals."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session


class Exclusions(Protocol):
    """Tells which companies are not to be written to by the profile."""

    def excluded(self, session: Session, account_id: str | None, domain: str | None) -> str | None:
        """Return why a company is excluded, as a sentence, or None."""
        ...
