"""The weekly review for whoever asks: as a record, as a message, as mail and as PDF; and what readers think of it. It blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agents.digest.service import Wish
from bot.asker import Door, find_asker
from bot.compose import view_at
from bot.digest_message import EVIDENCE, digest_message, read_key
from bot.digest_wanted import Wanted
from bot.message import Fold, Message, Quote, Text
from bot.moments import read_moment
from infra.errors import Fatal
from infra.spine.people import User
from infra.spine.scope import EVERYTHING

if TYPE_CHECKING:
    from agents.digest.record import Digest
    from bot.app import App
    from bot.jobs import Job
    from bot.watched import Watched

_MARK = re.compile(r"\[(\d+)\]")
_CALLS_AT_ONCE = 40
_GONE = ("That review is not kept any more.", "Ask for the review of last week.")


@dataclass(frozen=True)
class KeptReview:
    """A kept review as it was told: its message, the review, and for whom (None: for everybody in its channel)."""

    message: Message
    digest: Digest
    reader: str | None


def read_digest(app: App, email: str | None, door: Door, wanted: Wanted) -> Digest:
    """Return the review that somebody asks for. Raises Denied, and Fatal: 404 for what is not theirs, 422 for what can't be read."""
    asker = find_asker(app, email, door)
    as_of = read_moment(wanted.as_of, app.settings.zone) if wanted.as_of else None
    return app.reviews.read(asker.user_id, asker.scope, Wish(wanted.week, wanted.team, wanted.company, as_of))


def review_for(app: App, user: User, wanted: Wanted) -> Message:
    """Return the review that somebody asks for in a chat, kept so that its folds open and its verdicts count."""
    asker = find_asker(app, user.email, "terminal")
    as_of = read_moment(wanted.as_of, app.settings.zone) if wanted.as_of else None
    digest = app.reviews.keep_asked(
        app.reviews.read(asker.user_id, asker.scope, Wish(wanted.week, wanted.team, wanted.company, as_of)), user.id
    )
    return digest_message(digest, view_at(app.settings, app.clock.now()), reader=user.id)


def review_for_all(app: App, wanted: Wanted) -> Message:
    """Return the review that a program asks for, which sees all and keeps nothing."""
    as_of = read_moment(wanted.as_of, app.settings.zone) if wanted.as_of else None
    digest = app.reviews.read(None, EVERYTHING, Wish(wanted.week, wanted.team, wanted.company, as_of))
    return digest_message(digest, view_at(app.settings, app.clock.now()), kept=False)


class ReviewDesk:
    """Implements `bot.delivering.Reviews`: the message of a kept review, for a person or a channel."""

    def __init__(self, app: Watched) -> None:
        self._app = app

    def message_of(self, review_id: str, user_id: str | None, surface: str) -> Message:
        """Return the message of a kept review. Raises Fatal (404) where it is not kept, or is another person's."""
        digest = self._app.reviews.kept(review_id, user_id)
        if digest is None or (digest.personal and digest.about != user_id):
            raise Fatal(*_GONE, status=404)
        return digest_message(digest, view_at(self._app.settings, self._app.clock.now()), reader=user_id)


def kept_review(app: App, key: str) -> KeptReview | None:
    """Return the review whose message has this key, as of its own moment; None where it is not kept."""
    read = read_key(key)
    if read is None:
        return None
    review_id, reader, _ = read
    digest = app.reviews.kept(review_id, reader)
    if digest is None:
        return None
    # Told as of its own moment: the pages of a fold must not shift between two clicks.
    return KeptReview(digest_message(digest, view_at(app.settings, digest.as_of), reader=reader), digest, reader)


def judge_section(app: App, key: str, user: User, *, useful: bool) -> None:
    """Keep what somebody thinks of a section of a review, or of all of it, by the value of the button. Raises Fatal (404)."""
    read = read_key(key)
    if read is None:
        raise Fatal(*_GONE, status=404)
    review_id, reader, section = read
    app.reviews.judge(review_id, section, user, useful=useful, in_channel=reader is None)


def catch_up(app: Watched) -> None:
    """Read a few calls that nobody has read yet, and how deals stand now: where no server runs nobody else does, and one that starts has not yet."""
    if app.notes.read_waiting(_CALLS_AT_ONCE):
        app.coaching.score_waiting(_CALLS_AT_ONCE)
    app.health_of_deals.refresh()


def perform_digest(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Make a review for the command line: as a record and as a message, as HTML, or as PDF in base64."""
    from base64 import b64encode

    from bot.terminal.wire import to_wire

    wanted = Wanted(body.get("week"), body.get("team"), bool(body.get("company")), body.get("as_of"))
    job.say("Reading what changed…")
    catch_up(app)
    digest = read_digest(app, body.get("as") or app.settings.user, "terminal", wanted)
    view = view_at(app.settings, app.clock.now())
    told: dict[str, Any] = {
        "digest": digest.public(),
        "zone": app.settings.time_zone,
        "now": app.clock.now().isoformat(),
    }
    if body.get("html"):
        from bot.digest_html import html_of

        told["html"] = html_of(digest, view)
    if body.get("pdf"):
        from bot.digest_pdf import pdf_of

        told["pdf"] = b64encode(pdf_of(digest, view)).decode()
    message = digest_message(digest, view, kept=False)
    return told | {"message": to_wire(message if body.get("all") else one_screen(message))}


def one_screen(message: Message) -> Message:
    """Return a message without what is folded in a chat: a terminal has no buttons to open it with."""
    standing = [part for part in message.parts if not isinstance(part, Fold) or part.label == EVIDENCE]
    more = len(message.parts) - len(standing)
    cited = {int(mark) for part in standing if isinstance(part, Text) for mark in _MARK.findall(part.text)}
    quoted = [_with_quotes(part, cited) if isinstance(part, Fold) else part for part in standing]
    shown = [part for part in quoted if not isinstance(part, Fold) or part.parts]
    if more:
        shown.append(Text("*Add --all for everything that is folded here.*", "quiet"))
    return replace(message, parts=tuple(shown))


def _with_quotes(fold: Fold, cited: set[int]) -> Fold:
    """Return a fold with those of its quotes that lines in sight cite."""
    return replace(fold, parts=tuple(one for one in fold.parts if isinstance(one, Quote) and one.number in cited))
