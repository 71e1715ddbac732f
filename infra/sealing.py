"""Sealing secrets that are stored, such as the tokens of workspaces that installed us: Fernet, with a key of this installation.

The key is `DEALWRIGHT_SECRET_KEY` where it is set (several machines must share one), else a file in the home folder that only its owner can read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from infra.errors import Fatal
from infra.settings import Settings

KEY_NAME = "secret.key"


class Sealer:
    """Seals and opens short texts."""

    def __init__(self, settings: Settings) -> None:
        given = settings.secret_key
        try:
            self._fernet = Fernet(given.get_secret_value().encode() if given else _key_of(settings.home))
        except ValueError as error:
            raise Fatal(
                "The key for stored secrets is not one.", "DEALWRIGHT_SECRET_KEY takes 32 bytes in URL-safe base64."
            ) from error

    def seal(self, text: str) -> str:
        """Return `text` sealed, as ASCII."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str, *, max_age_s: int | None = None) -> str:
        """Return what was sealed. Raises Fatal where it was made with another key, was changed, or is older than `max_age_s`."""
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=max_age_s).decode()
        except InvalidToken as error:
            raise Fatal(
                "A stored secret can't be opened.", "Bring back the key that it was sealed with, or connect again."
            ) from error


def _key_of(home: Path) -> bytes:
    path = home / KEY_NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f".{KEY_NAME}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
        # Linking fails where another was quicker: nobody ever reads half a key.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes().strip()
