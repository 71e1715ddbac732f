"""How Gong is read: calls by the time at which they began, each with its transcript once Gong has it.

A transcript comes some minutes or hours after its call, so a call without one is kept in the cursor and asked for again. A cursor of Gong dies after an hour: a run
that was cut off for longer begins its window again, which doubles nothing. A call is listed some time after it was held, so each run looks a day back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.connectors.errors import NotThere, Refused
from integrations.connectors.stream import Cursor, Page, Remote
from integrations.gong.api import MOST_IDS, Api, Call

FIRST_DAYS = 365
"""How far back the first run reads."""
LOOK_BACK = timedelta(days=1)
CURSOR_LASTS = timedelta(minutes=55)
"""How long a cursor of Gong is trusted: it dies after an hour."""
PATIENCE = timedelta(hours=24)
"""How long a transcript is waited for; after that the call is set aside, and a person may have it tried again."""


class CallReading:
    """Pages of calls. `now` is our own clock."""

    def __init__(self, api: Api, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now

    def page(self, cursor: Cursor) -> Page:
        """Return the next page. The cursor holds the window, Gong's own cursor with its age, and the calls whose transcripts are waited for."""
        if "until" not in cursor:
            return self._begun(cursor)
        begin, end = datetime.fromisoformat(cursor["since"]), datetime.fromisoformat(cursor["until"])
        after = self._living(cursor)
        try:
            calls, following = self._api.calls(begin, end, after)
        except (Refused, NotThere):
            if after is None:
                raise
            # It died earlier than it should: the window from its beginning.
            calls, following = self._api.calls(begin, end, None)
        waiting: dict[str, str] = dict(cursor.get("waiting") or {})
        over: dict[str, str] = dict(cursor.get("over") or {})
        records = self._with_words(calls, waiting, over)
        left = {"waiting": waiting, "over": over}
        if following is not None:
            return Page(records, {**cursor, **left, "after": following, "after_at": self._now().isoformat()}, more=True)
        return Page(records, {"since": (end - LOOK_BACK).isoformat(), **left}, more=False)

    def some(self, ids: Sequence[str]) -> tuple[Remote, ...]:
        """Return these calls as they are now; those that are not there any more as deleted."""
        found: list[Remote] = []
        for start in range(0, len(ids), MOST_IDS):
            some = list(ids[start : start + MOST_IDS])
            calls = {_id(one): one for one in self._api.calls_of(some)}
            words = self._api.transcripts(list(calls)) if calls else {}
            found += [
                _remote(calls[one], words.get(one)) if one in calls else Remote(one, deleted=True) for one in some
            ]
        return tuple(found)

    def _begun(self, cursor: Cursor) -> Page:
        """Open the window of this run, and ask again for what had no transcript yet."""
        now = self._now()
        since = cursor.get("since") or (now - timedelta(days=FIRST_DAYS)).isoformat()
        waiting: dict[str, str] = dict(cursor.get("waiting") or {})
        # What was given up is remembered for as long as a run may list it again.
        forgotten = (now - 2 * (LOOK_BACK + PATIENCE)).isoformat()
        over = {one: at for one, at in (cursor.get("over") or {}).items() if at > forgotten}
        records: list[Remote] = []
        for one in self.some(list(waiting)):
            has_words = bool(one.data.get("transcript"))
            late = not has_words and now - datetime.fromisoformat(waiting[one.id]) > PATIENCE
            if has_words or late or one.deleted:
                del waiting[one.id]
            if late and not one.deleted:
                over[one.id] = now.isoformat()
            if has_words or (late and not one.deleted):
                records.append(one)
        begun = {"since": since, "until": now.isoformat(), "waiting": waiting, "over": over}
        return Page(tuple(records), begun, more=True)

    def _living(self, cursor: Cursor) -> str | None:
        after, asked_at = cursor.get("after"), cursor.get("after_at")
        if after is None or asked_at is None or self._now() - datetime.fromisoformat(asked_at) > CURSOR_LASTS:
            return None
        return str(after)

    def _with_words(self, calls: Sequence[Call], waiting: dict[str, str], over: dict[str, str]) -> tuple[Remote, ...]:
        """Return the calls that have a transcript, and those too old to get one; note the others, to be asked for again."""
        ours = {_id(one): one for one in calls if not _is_left_out(one)}
        words = self._api.transcripts(list(ours)) if ours else {}
        now = self._now()
        found = []
        for identity, call in ours.items():
            began = _began(call)
            if identity in words:
                waiting.pop(identity, None)
                found.append(_remote(call, words[identity]))
            elif identity in waiting or identity in over:
                continue
            elif began is not None and now - began > PATIENCE:
                over[identity] = now.isoformat()
                found.append(_remote(call, None))
            else:
                waiting[identity] = now.isoformat()
        return tuple(found)


class UserReading:
    """Pages of users: all of them each time, as there are few and no way to ask for changes."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, cursor: Cursor) -> Page:
        """Return the next page."""
        users, following = self._api.users(cursor.get("after"))
        records = tuple(Remote(str(one.get("id")), one) for one in users if one.get("id"))
        return Page(records, {"after": following} if following else {}, more=following is not None)


def _remote(call: Call, words: list[Any] | None) -> Remote:
    return Remote(_id(call), {"call": call, "transcript": words}, _began(call) if words else None)


def about(call: Call) -> Mapping[str, Any]:
    """Return what Gong tells of a call besides its people."""
    told = call.get("metaData")
    return told if isinstance(told, Mapping) else {}


def _id(call: Call) -> str:
    return str(about(call).get("id") or "")


def _began(call: Call) -> datetime | None:
    try:
        return datetime.fromisoformat(str(about(call).get("started")))
    except ValueError:
        return None


def _is_left_out(call: Call) -> bool:
    """Private calls, and those among ourselves, stay out; so does what has no id."""
    told = about(call)
    return not _id(call) or bool(told.get("isPrivate")) or told.get("scope") == "Internal"
