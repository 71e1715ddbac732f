"""A company's Gong on loopback, with state: users, calls with parties, transcripts that come later, cursors that die.

Written from Gong's public documentation, as of 2026 (help.gong.io/apidocs): introduction (Basic with access key and secret, 3 calls a second and 10,000 a day, 429 with
`Retry-After`), "Retrieve detailed call data by various filters" (POST /v2/calls/extensive: `filter`, `contentSelector.exposedFields.parties`, 404 where no call is
found), "Retrieve transcripts of calls" (POST /v2/calls/transcript: `filter` with `callIds` or dates, monologues of sentences in milliseconds), "List users".
The bodies are those of Gong's own OpenAPI description, as clients made from it show them (github.com/cedricziel/gong-rs, docs: CallsApi, ContentSelector, ExposedFields).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.described import NAME, YES_NO, Described, listed, one_of, thing
from tests.fakes.service import Answer, FakeService, Limit, Refusal, Request

KEY = "access-key:access-secret"
GONGS = (Limit(3, 1.0), Limit(10_000, 86_400.0))
PAGE = 100
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_CHOSEN = {
    "fromDateTime": _MOMENT,
    "toDateTime": _MOMENT,
    "workspaceId": NAME,
    "callIds": listed({"type": "string", "pattern": r"^\d{1,20}$"}, least=1),
}
_EXPOSED = thing(
    parties=YES_NO,
    media=YES_NO,
    content={"type": "object"},
    interaction={"type": "object"},
    collaboration={"type": "object"},
)
_SELECTOR = thing(
    context=one_of("None", "Basic", "Extended"),
    contextTiming=listed(one_of("Now", "TimeOfCall")),
    exposedFields=_EXPOSED,
)
DESCRIBED = (
    Described("GET", "/v2/users", {"cursor": "text", "includeAvatars": "boolean"}),
    Described(
        "POST",
        "/v2/calls/extensive",
        body=thing(
            "filter", filter=thing(**_CHOSEN, primaryUserIds=listed(NAME)), cursor=NAME, contentSelector=_SELECTOR
        ),
    ),
    Described("POST", "/v2/calls/transcript", body=thing("filter", filter=thing(**_CHOSEN), cursor=NAME)),
)


@dataclass
class Held:
    """One call. `transcript` is None until Gong has made it."""

    meta: dict[str, Any]
    parties: list[dict[str, Any]] = field(default_factory=list)
    transcript: list[dict[str, Any]] | None = None


class FakeGong(FakeService):
    """`add` holds a call; `transcribe` is Gong finishing its transcript. `cursor_lasts_s` is how long a cursor lives."""

    described = DESCRIBED

    def __init__(self, *, limits: tuple[Limit, ...] = (), now: Callable[[], float] | None = None) -> None:
        super().__init__(limits=limits, **({"now": now} if now else {}))
        self.tokens = {base64.b64encode(KEY.encode()).decode()}
        self.held: dict[str, Held] = {}
        self.users: list[dict[str, Any]] = []
        self.cursor_lasts_s = 3_600.0
        self.cursors: dict[str, tuple[str, int, float]] = {}

    def add(self, started: datetime, *, words: list[str] | None = None, **meta: Any) -> str:
        """Hold a call and return its id. With `words`, its transcript is there at once."""
        identity = str(7_782_342_274_025_937_895 + len(self.held))
        told = {
            "id": identity,
            "url": f"https://app.gong.example/call?id={identity}",
            "title": f"Call {len(self.held) + 1}",
            "started": started.isoformat(),
            "scheduled": started.isoformat(),
            "duration": 1_800,
            "primaryUserId": "u-1",
            "direction": "Conference",
            "scope": "External",
            "isPrivate": False,
            **meta,
        }
        parties = [
            {
                "id": "p1",
                "emailAddress": "Dana@tallyport.example",
                "name": "Dana Whitfield",
                "userId": "u-1",
                "speakerId": "100",
                "affiliation": "Internal",
            },
            {
                "id": "p2",
                "emailAddress": "ray@acme.example",
                "name": "Ray Okonkwo",
                "title": "VP Operations",
                "speakerId": "200",
                "affiliation": "External",
            },
        ]
        self.held[identity] = Held(told, parties)
        if words is not None:
            self.transcribe(identity, words)
        return identity

    def transcribe(self, identity: str, words: list[str]) -> None:
        """Finish a transcript: the two parties in turn."""
        self.held[identity].transcript = [
            {
                "speakerId": "100" if place % 2 == 0 else "200",
                "topic": "Discovery",
                "sentences": [{"start": 4_000 * place, "end": 4_000 * place + 3_500, "text": text}],
            }
            for place, text in enumerate(words)
        ]

    def refused(self, status: int, code: str, message: str) -> Answer:
        return Answer(status, {"requestId": "r", "errors": [message]})

    def handle(self, request: Request) -> Answer:
        if (request.method, request.path) == ("GET", "/v2/users"):
            return self._paged("users", self.users, request.one("cursor") or None, "users")
        if (request.method, request.path) == ("POST", "/v2/calls/extensive"):
            body = request.json
            exposed = body.get("contentSelector", {}).get("exposedFields", {})
            found = self._found(body["filter"])
            shown = [
                {"metaData": one.meta, **({"parties": one.parties} if exposed.get("parties") else {})} for one in found
            ]
            return self._paged("calls", shown, body.get("cursor"), str(body["filter"]))
        if (request.method, request.path) == ("POST", "/v2/calls/transcript"):
            body = request.json
            told = [
                {"callId": one.meta["id"], "transcript": one.transcript}
                for one in self._found(body["filter"])
                if one.transcript is not None
            ]
            if not told:
                raise Refusal(self.refused(404, "", "No calls found corresponding to the provided filters"))
            return self._paged("callTranscripts", told, body.get("cursor"), "t" + str(body["filter"]))
        raise self.breach(f"no such endpoint: {request.method} {request.path}", 404)

    def _found(self, wanted: dict[str, Any]) -> list[Held]:
        if "callIds" in wanted:
            found = [self.held[one] for one in wanted["callIds"] if one in self.held]
        else:
            begin, end = (datetime.fromisoformat(wanted[name]) for name in ("fromDateTime", "toDateTime"))
            if end <= begin:
                raise self.breach("toDateTime must be after fromDateTime")
            found = [one for one in self.held.values() if begin <= datetime.fromisoformat(one.meta["started"]) < end]
        if not found:
            raise Refusal(self.refused(404, "", "No calls found corresponding to the provided filters"))
        return sorted(found, key=lambda one: (one.meta["started"], one.meta["id"]))

    def _paged(self, name: str, listed: list[Any], cursor: str | None, of: str) -> Answer:
        start = 0
        if cursor is not None:
            known = self.cursors.get(cursor)
            if known is None or known[0] != of or self.now() - known[2] > self.cursor_lasts_s:
                raise Refusal(self.refused(400, "", "Cursor has expired"))
            start = known[1]
        some = listed[start : start + PAGE]
        records: dict[str, Any] = {
            "totalRecords": len(listed),
            "currentPageSize": len(some),
            "currentPageNumber": start // PAGE,
        }
        if start + PAGE < len(listed):
            records["cursor"] = f"cursor-{len(self.cursors)}"
            self.cursors[records["cursor"]] = (of, start + PAGE, self.now())
        return Answer(200, {"requestId": "r", "records": records, name: some})


def at(epoch: float) -> datetime:
    """Return the moment of a clock's seconds."""
    return datetime.fromtimestamp(epoch, UTC)
