"""A rep's own voice: as it was set for them, else learned from the mails that they sent."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.spine.models import Activity, User
from sales.mail_words import first_name, person_name, plain_line
from sales.voice import DEFAULT, Voice, learned

_READ = 40
_GREETINGS = ("Hi", "Hello", "Hey", "Dear", "Good morning", "")


def voice_of(session: Session, user: User | None) -> Voice:
    """Return how `user` writes: `custom["voice"]` where it was set (any of the fields of `sales.voice.Voice`), over what their newest mails show."""
    if user is None:
        return DEFAULT
    bodies = session.scalars(
        select(Activity.body)
        .where(
            Activity.owner_id == user.id,
            Activity.kind == "mail",
            Activity.direction == "outbound",
            Activity.automatic.is_(False),
            Activity.body.is_not(None),
        )
        .order_by(Activity.at.desc())
        .limit(_READ)
    ).all()
    base = learned([body for body in bodies if body], user.name)
    chosen = user.custom.get("voice") if isinstance(user.custom, dict) else None
    return _changed(base, chosen) if isinstance(chosen, dict) else base


def _changed(base: Voice, chosen: dict[str, Any]) -> Voice:
    """Return the voice with what was set by hand; what can't be used is left as it was."""
    made = {field.name: getattr(base, field.name) for field in fields(Voice)}
    if chosen.get("greeting") in _GREETINGS:
        made["greeting"] = chosen["greeting"]
    if "sign_off" in chosen:
        made["sign_off"] = plain_line(str(chosen["sign_off"] or ""))[:40].rstrip(",") or None
    if chosen.get("signs_with") in ("first", "full"):
        made["signs_with"] = chosen["signs_with"]
    if isinstance(chosen.get("contractions"), bool):
        made["contractions"] = chosen["contractions"]
    if isinstance(chosen.get("words"), int) and 4 <= chosen["words"] <= 40:
        made["words"] = chosen["words"]
    return Voice(**made)


def greeting_line(voice: Voice, name: str | None) -> str:
    """Return the first line of a mail: `Hi Dana,`; without a name that can be said, `Hello,`."""
    first = first_name(name)
    if first is None:
        return "Hello,"
    return f"{voice.greeting} {first},".strip()


def closing_lines(voice: Voice, name: str) -> str:
    """Return the last lines of a mail: the sign-off and the name, or the name alone."""
    whole = person_name(name) or plain_line(name)
    signed = whole if voice.signs_with == "full" else first_name(name) or whole
    return f"{voice.sign_off},\n{signed}" if voice.sign_off else signed
