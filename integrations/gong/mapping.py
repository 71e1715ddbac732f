"""A user and a call of Gong as records for the spine. Ids are Gong's own; times in a transcript are milliseconds from the call's beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.connectors.stream import Mapped, Remote, Unreadable
from integrations.gong.reading import about
from sales.records import Origin, Person, RecordKind, Row, SpokenTurn, Transcript

_SIDES = {"Internal": "seller", "External": "buyer"}
_MOST_WORDS = 20_000


def read_user(remote: Remote) -> Mapped:
    """Map a user. Raises Unreadable for one that has neither name nor mail address."""
    told = remote.data
    name = " ".join(str(told.get(part) or "").strip() for part in ("firstName", "lastName")).strip()
    email = str(told.get("emailAddress") or "").strip().lower()
    if not name and not email:
        raise Unreadable("nameless", "This user has neither a name nor a mail address.")
    # Who is active says the directory of users; Gong's switch is about recording.
    values = {"external_id": remote.id, "name": name or email.partition("@")[0], "email": email or None}
    kept = {key: value for key, value in values.items() if value is not None}
    return Mapped(Row(RecordKind.USER, Origin("gong users", 0, "gong"), kept))


def read_call(remote: Remote) -> Mapped:
    """Map a call with its transcript. Raises Unreadable where Gong never made one."""
    call, said = remote.data.get("call"), remote.data.get("transcript")
    if not isinstance(call, Mapping):
        raise Unreadable("no_call", "Gong gave no call here.")
    if not said:
        raise Unreadable("no_transcript", "Gong made no transcript of this call. See there whether it was recorded.")
    parties = [one for one in call.get("parties") or () if isinstance(one, Mapping)]
    speakers = {str(one["speakerId"]): one for one in parties if one.get("speakerId")}
    turns = tuple(_turns(said, speakers))
    if not turns:
        raise Unreadable("no_words", "Nobody says anything in this transcript.")
    told = about(call)
    started = _moment(told.get("started")) or _moment(told.get("scheduled"))
    length = told.get("duration")
    ended = started + timedelta(seconds=float(length)) if started and isinstance(length, int | float) else None
    owner = next((one for one in parties if one.get("userId") == told.get("primaryUserId") and one.get("userId")), None)
    return Mapped(
        Transcript(
            origin=Origin("gong calls", 0, "gong"),
            call_id=remote.id,
            turns=turns,
            title=_text(told.get("title")),
            started_at=started,
            ended_at=ended,
            owner=(_text(owner.get("emailAddress")) or _text(owner.get("name"))) if owner else None,
            participants=tuple(_people(parties)),
            url=_text(told.get("url")),
        )
    )


def _turns(said: list[Any], speakers: Mapping[str, Mapping[str, Any]]) -> Iterator[SpokenTurn]:
    for place, one in enumerate(said):
        sentences = one.get("sentences") if isinstance(one, Mapping) else None
        spoken = [each for each in sentences or () if isinstance(each, Mapping) and _text(each.get("text"))]
        if not spoken:
            continue
        speaker = speakers.get(str(one.get("speakerId")))
        name = (_text(speaker.get("name")) or _text(speaker.get("emailAddress"))) if speaker else None
        text = " ".join(str(each["text"]).strip() for each in spoken)[:_MOST_WORDS]
        yield SpokenTurn(str(place), name, text, _seconds(spoken[0].get("start")), _seconds(spoken[-1].get("end")))


def _people(parties: list[Mapping[str, Any]]) -> Iterator[Person]:
    for one in parties:
        name, email = _text(one.get("name")), (_text(one.get("emailAddress")) or "").lower() or None
        if name or email:
            yield Person(name, email, title=_text(one.get("title")), side=_SIDES.get(str(one.get("affiliation"))))


def _seconds(milliseconds: object) -> float | None:
    return milliseconds / 1_000 if isinstance(milliseconds, int | float) else None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _moment(value: object) -> datetime | None:
    try:
        told = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return told if told is not None and told.tzinfo is not None else None
