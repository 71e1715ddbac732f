"""Calls in JSON: the project's own shape, recorders' and corpora's shapes near it, Gong and Fireflies.

Shapes, from the vendors' public documentation (Gong API v2 `/v2/calls/transcript` and `/v2/calls/extensive`; Fireflies
GraphQL `Transcript` and `Sentence`):

- `{id, title, started_at, account, deal, participants, turns: [{id?, speaker, text, start?, end?}]}`; also with `call`,
  `meeting` or `call_id` for the id, `company` for the account;
- Gong: `callTranscripts: [{callId, transcript: [{speakerId, topic, sentences: [{start, end, text}]}]}]`, offsets in
  milliseconds, names from `calls: [{metaData, parties: [{speakerId, name, emailAddress, affiliation, title}]}]` where the
  file holds them;
- Fireflies: `sentences: [{index, speaker_name, text, start_time, end_time}]`, offsets in seconds, alone or under `data`.

One turn a turn of the source (Gong: a monologue; Fireflies: a sentence), ids as imported, positions from 0 where there are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from integrations.files.decoding import clean
from integrations.files.jsonvalues import derived_id, first_text, moment, people, person, seconds, text_of
from integrations.files.options import Hints
from sales.names import fold
from sales.records import Origin, Person, Reject, SpokenTurn, Transcript

_ID = ("id", "call_id", "callId", "meeting_id", "meetingId", "call", "meeting", "transcript_id", "conversation_id")
_TITLE = ("title", "name", "topic", "subject", "meeting_title", "meetingTitle")
_START = (
    "started_at",
    "startedAt",
    "started",
    "start_time",
    "startTime",
    "date",
    "scheduled_at",
    "scheduled",
    "dateString",
    "recorded_at",
    "start",
)
_END = ("ended_at", "endedAt", "ended", "end_time", "endTime", "end")
_ACCOUNT = ("account", "account_name", "accountName", "account_id", "accountId", "company", "customer")
_DEAL = ("deal", "deal_id", "dealId", "deal_name", "dealName", "opportunity", "opportunity_id", "opportunityId")
_OWNER = ("owner", "owner_email", "host_email", "hostEmail", "host", "organizer_email", "organizer", "rep", "user")
_URL = ("url", "link", "transcript_url", "transcriptUrl", "meeting_link", "recording_url")
_PEOPLE = ("participants", "attendees", "parties", "people", "meeting_attendees", "invitees")
_LISTS = ("turns", "utterances", "segments", "transcript", "monologues", "entries", "messages")
_KNOWN = frozenset(
    {
        *_ID,
        *_TITLE,
        *_START,
        *_END,
        *_ACCOUNT,
        *_DEAL,
        *_OWNER,
        *_URL,
        *_PEOPLE,
        *_LISTS,
        "sentences",
        "queries",
        "speakers",
    }
)


_TURN_IDS = ("id", "turn_id", "turnId", "index")


def is_call(item: Any) -> bool:
    """Whether a JSON object is a call with its turns."""
    return isinstance(item, Mapping) and _turn_list(item) is not None


def _turn_list(item: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    if isinstance(nested := item.get("transcript"), Mapping):
        return _turn_list(nested)
    for key in (*_LISTS, "sentences"):
        value = item.get(key)
        if not isinstance(value, list):
            continue
        if not value and key in ("turns", "sentences", "utterances"):
            return key, value
        sample = [each for each in value[:5] if isinstance(each, Mapping)]
        if any(_says(each) for each in sample):
            return key, value
    return None


def _says(turn: Mapping[str, Any]) -> bool:
    return bool({"text", "sentences", "raw_text", "words", "content", "sentence"} & set(turn))


def read_call(
    item: Mapping[str, Any], origin: Origin, hints: Hints, speakers: Mapping[str, Person] | None = None
) -> Transcript | Reject:
    """One call object as a transcript, or a reject with its reason. Turns without any text are passed over."""
    found = _turn_list(item)
    if found is None:
        return Reject(origin, "This call has no list of turns.")
    key, raw_turns = found
    gong = "sentences" not in item and any(isinstance(turn, Mapping) and "sentences" in turn for turn in raw_turns[:5])
    named = dict(speakers or {}) | _speakers(item)
    turns = tuple(_turns(raw_turns, key, named, 0.001 if gong else 1.0))
    if not turns:
        return Reject(origin, "This call has no turn with a text in it.")
    started = next((at for name in _START if (at := moment(item.get(name), hints.zone)) is not None), None)
    call_id = first_text(item, *_ID) or derived_id(
        "call", first_text(item, *_TITLE), started, *(turn.text for turn in turns[:20])
    )
    owner = next((who for name in _OWNER if (who := person(item.get(name))) is not None), None)
    system = "gong" if gong else "fireflies" if key == "sentences" else origin.system
    return Transcript(
        origin=replace(origin, system=system),
        call_id=call_id,
        turns=turns,
        title=first_text(item, *_TITLE),
        started_at=started,
        ended_at=_ended(item, started, hints, fireflies=key == "sentences"),
        account=_reference(item, _ACCOUNT),
        deal=_reference(item, _DEAL),
        owner=(owner.email or owner.name) if owner else None,
        participants=_participants(item, named, turns),
        url=first_text(item, *_URL),
        custom=_custom(item),
    )


def _reference(item: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    for key in keys:
        value = item.get(key)
        found = first_text(value, "name", "id", "external_id") if isinstance(value, Mapping) else text_of(value)
        if found:
            return found
    return None


def _ended(item: Mapping[str, Any], started: datetime | None, hints: Hints, *, fireflies: bool) -> datetime | None:
    ended = next((at for name in _END if (at := moment(item.get(name), hints.zone)) is not None), None)
    if ended is not None or started is None:
        return ended
    length = seconds(item.get("duration_s", item.get("length_s")))
    if length is None and (length := seconds(item.get("duration"))) is not None and fireflies:
        length *= 60  # Fireflies counts minutes, Gong seconds
    return started + timedelta(seconds=length) if length else None


def _custom(item: Mapping[str, Any]) -> dict[str, str | Decimal | date | bool]:
    kept: dict[str, str | Decimal | date | bool] = {}
    for key, value in item.items():
        if key in _KNOWN or value is None or len(kept) >= 50:
            continue
        if isinstance(value, bool):
            kept[clean(key)] = value
        elif isinstance(value, int | Decimal):
            kept[clean(key)] = Decimal(value)
        elif isinstance(value, str) and value.strip() and len(value) <= 2000:
            kept[clean(key)] = clean(value).strip()
    return kept


def _speakers(item: Mapping[str, Any]) -> dict[str, Person]:
    """Speaker id → person, from whatever list of people the call carries."""
    found: dict[str, Person] = {}
    for key in (*_PEOPLE, "speakers"):
        for each in item.get(key) or () if isinstance(item.get(key), list) else ():
            if isinstance(each, Mapping) and (someone := person(each)) is not None:
                for name in ("speakerId", "speaker_id", "id"):
                    if (identity := text_of(each.get(name))) is not None:
                        found.setdefault(identity, someone)
    return found


def _turns(raw: Sequence[Any], key: str, named: Mapping[str, Person], scale: float) -> Iterator[SpokenTurn]:
    taken: set[str] = set()
    for place, turn in enumerate(raw):
        if isinstance(turn, str):
            turn = {"text": turn}
        if not isinstance(turn, Mapping):
            continue
        text, start, end = _spoken(turn, scale)
        if not text:
            continue
        told = next((turn[name] for name in _TURN_IDS if text_of(turn.get(name)) is not None), place)
        identity = text_of(told) or str(place)
        if identity in taken:
            identity = next(name for n in range(len(raw) + 1) if (name := f"{identity}.{n + 2}") not in taken)
        taken.add(identity)
        yield SpokenTurn(identity, _speaker(turn, named), text, start, end, isinstance(told, str))


def _spoken(turn: Mapping[str, Any], scale: float) -> tuple[str, float | None, float | None]:
    sentences = turn.get("sentences")
    if isinstance(sentences, list):
        parts = [each for each in sentences if isinstance(each, Mapping) and text_of(each.get("text"))]
        text = " ".join(clean(str(each["text"])).strip() for each in parts)
        starts = [at for each in parts if (at := seconds(each.get("start"), scale)) is not None]
        ends = [at for each in parts if (at := seconds(each.get("end"), scale)) is not None]
        return text, min(starts, default=None), max(ends, default=None)
    text = first_text(turn, "text", "content", "sentence", "raw_text") or ""
    if not text and isinstance(turn.get("words"), str):
        text = clean(turn["words"]).strip()
    start = next(
        (
            at
            for name in ("start", "start_time", "startTime", "start_s", "offset", "time", "at")
            if (at := seconds(turn.get(name))) is not None
        ),
        None,
    )
    end = next(
        (at for name in ("end", "end_time", "endTime", "end_s") if (at := seconds(turn.get(name))) is not None), None
    )
    return text, start, end


def _speaker(turn: Mapping[str, Any], named: Mapping[str, Person]) -> str | None:
    speaker = turn.get("speaker", turn.get("speaker_name", turn.get("speakerName")))
    if isinstance(speaker, Mapping):
        someone = person(speaker)
        return (someone.name or someone.email) if someone else None
    told = text_of(speaker) or first_text(turn, "speaker_name", "name", "role")
    identity = first_text(turn, "speakerId", "speaker_id")
    known = named.get(told or "") or (named.get(identity) if identity and told is None else None)
    if known is not None:
        return known.name or known.email
    return told or (f"Speaker {identity}" if identity else None)


def _participants(
    item: Mapping[str, Any], named: Mapping[str, Person], turns: Sequence[SpokenTurn]
) -> tuple[Person, ...]:
    """Those who are listed, then those who only speak."""
    lists = [item.get(key) for key in _PEOPLE]
    addresses = [part for value in lists if isinstance(value, str) for part in value.replace(";", ",").split(",")]
    listed = people(*(value for value in lists if isinstance(value, list)), addresses, *named.values())
    names = {fold(each.name) for each in listed if each.name} | {fold(each.email) for each in listed if each.email}
    speaking = dict.fromkeys(turn.speaker for turn in turns if turn.speaker and fold(turn.speaker) not in names)
    return (*listed, *(Person(name, None, "speaker") for name in speaking))


def is_gong(document: Any) -> bool:
    """Whether a JSON document is an answer of Gong's API, or two of them in one file."""
    return isinstance(document, Mapping) and isinstance(document.get("callTranscripts"), list)


def read_gong(document: Mapping[str, Any], file: str, hints: Hints) -> Iterator[Transcript | Reject]:
    """All transcripts of a Gong document, with titles, times and names from its `calls` where it has them."""
    about: dict[str, Mapping[str, Any]] = {}
    for call in document.get("calls") or ():
        if isinstance(call, Mapping):
            meta = call.get("metaData") if isinstance(call.get("metaData"), Mapping) else call
            if isinstance(meta, Mapping) and (identity := text_of(meta.get("id"))) is not None:
                about[identity] = {
                    **meta,
                    "parties": call.get("parties") or meta.get("parties") or [],
                    "context": call.get("context"),
                }
    everyone = _speakers({"parties": document.get("parties")})
    for place, item in enumerate(document["callTranscripts"], start=1):
        origin = Origin(file, place, "gong")
        if not isinstance(item, Mapping):
            yield Reject(origin, "This entry of the Gong file is no call.")
            continue
        identity = first_text(item, "callId", "id")
        meta = about.get(identity or "", {})
        account, deal = _gong_context(meta.get("context"))
        merged = {
            **{k: v for k, v in meta.items() if k not in ("context", "primaryUserId")},
            "account": account,
            "deal": deal,
        }
        merged |= {k: v for k, v in item.items() if v is not None} | {"id": identity}
        yield read_call(merged, origin, hints, everyone)


def _gong_context(context: Any) -> tuple[str | None, str | None]:
    """The account's and the deal's names from the CRM objects that Gong attaches."""
    found: dict[str, str | None] = {}
    for system in context if isinstance(context, list) else ():
        for thing in (system.get("objects") or ()) if isinstance(system, Mapping) else ():
            if isinstance(thing, Mapping):
                fields = [f for f in thing.get("fields") or () if isinstance(f, Mapping)]
                name = next((text_of(f.get("value")) for f in fields if f.get("name") == "Name"), None)
                found.setdefault(str(thing.get("objectType")), name or text_of(thing.get("objectId")))
    return found.get("Account"), found.get("Opportunity") or found.get("Deal")
