"""The built-in outbox: a folder in which every mail becomes a file, so that a newcomer sees what would leave."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from infra.errors import Retriable
from integrations.sending.carrier import NotTaken, Receipt, Whereabouts

FOLDER = "outbox"


class Outbox:
    """A carrier that keeps mails in a folder: one `.eml` for each Message-ID, whole or not there at all."""

    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: bytes, *, sender: str, recipient: str, marker: str) -> Receipt:
        """Write the mail. One with this Message-ID that is there already stays as it is. Raises NotTaken where the disk refuses."""
        target = self.path_of(marker)
        fresh = self.folder / f".{secrets.token_hex(8)}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotTaken("outbox_disk", permanent=False) from error
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            # Linking, unlike renaming, never replaces what is there: the first copy of a mail is the one that left.
            os.link(fresh, target)
            self._keep()
        except FileExistsError:
            return Receipt(self.name, target.name)
        except OSError as error:
            # Once linked it is there, and `find` would say so: only what is not there was refused for sure.
            if target.exists():
                return Receipt(self.name, target.name)
            raise NotTaken("outbox_disk", permanent=False) from error
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink()
        return Receipt(self.name, target.name)

    def find(self, marker: str, *, sender: str) -> Whereabouts:
        """Tell whether a mail with this Message-ID is there. Raises Retriable where the folder can't be looked into."""
        try:
            self.path_of(marker).stat()
        except FileNotFoundError:
            return "absent"
        except OSError as error:
            raise Retriable("The outbox folder can't be read.", "Check the home folder's disk.") from error
        return "there"

    def path_of(self, marker: str) -> Path:
        """Return where the mail with this Message-ID stands: its own name where that is a safe one, else with a hash of it."""
        plain = marker.strip().removeprefix("<").removesuffix(">")
        safe = re.sub(r"[^A-Za-z0-9@._+=-]", "_", plain).lstrip(".")[:160]
        if safe != plain:
            safe = f"{safe[:120]}-{hashlib.sha256(plain.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
        return self.folder / f"{safe}.eml"

    def newest(self, limit: int = 100) -> Iterator[Path]:
        """Yield the files of the mails that left, the newest first; none where there is no folder yet."""
        try:
            found = [
                (entry.stat().st_mtime_ns, entry.name)
                for entry in os.scandir(self.folder)
                if entry.name.endswith(".eml")
            ]
        except FileNotFoundError:
            return
        for _, name in sorted(found, reverse=True)[:limit]:
            yield self.folder / name

    def _keep(self) -> None:
        """Have the folder's own entry on the disk as well: a mail that is said to have left must survive a power cut."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
