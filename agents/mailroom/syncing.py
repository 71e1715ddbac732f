"""Reading connected mailboxes and calendars, a page at a time: what was read is in before the cursor moves, so a kill repeats a page and loses none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from agents.intake.alone import alone
from agents.mailroom.activities import Places, call_off, meeting, write_meetings
from agents.mailroom.alarms import something_ends, tell_of_endings, tell_of_trouble
from agents.mailroom.boxes import keep_secret, open_source
from agents.mailroom.mailroom import Mailroom
from agents.mailroom.record import Tally
from infra.errors import DealwrightError, Fatal, Retriable
from infra.logs import logger
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.outbound import Mailbox
from integrations.mailboxes.source import Page, Secret
from sales.clock import Clock
from sales.records import Origin

EVERY = timedelta(minutes=5)
"""How often a mailbox is read."""

AGAIN = timedelta(minutes=15)
"""When one that could not be read is tried again."""

_MOST_PAGES = 10_000
_LOG = logger("mailboxes")


class Syncing:
    """Reads what is due. `done` is called after something new came in, so that it can be indexed."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, mailroom: Mailroom, *, sealer: Sealer, done: Callable[[], None] | None = None
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._clock = clock
        self._mailroom = mailroom
        self._sealer = sealer
        self._done = done
        self._tried: dict[str, datetime] = {}

    def due(self, now: datetime) -> list[str]:
        """Return the ids of the mailboxes that are to be read now, the longest unread first. One that must be connected again is not."""
        # A fault of the moment is tried again by whichever process notices first; waiting is only kind to the server.
        resting = [box for box, tried in self._tried.items() if tried > now - AGAIN]
        with self._database.session() as session:
            return list(
                session.scalars(
                    select(Mailbox.id)
                    .where(
                        Mailbox.state == "connected",
                        or_(Mailbox.read_at.is_(None), Mailbox.read_at <= now - EVERY),
                        Mailbox.id.not_in(resting),
                    )
                    .order_by(Mailbox.read_at.is_not(None), Mailbox.read_at, Mailbox.id)
                )
            )

    def sync(self, mailbox_id: str, *, stop: Callable[[], bool] | None = None) -> Tally:
        """Read one mailbox to its end and return what came. What stopped it stands in its `trouble`, and is raised: Retriable or Fatal."""
        with self._database.session() as session:
            box = session.get(Mailbox, mailbox_id)
        if box is None:
            raise Fatal("No such mailbox is connected.", "`dealwright mailbox list` shows them.", status=404)
        tally = Tally()
        try:
            source = open_source(box, self._settings, self._sealer, self._clock.now, lambda secret: self._renewed(mailbox_id, secret))  # fmt: skip
            try:
                cursor = dict(box.cursor)
                for _ in range(_MOST_PAGES):
                    page = source.read(cursor)
                    self._take(box, page, tally)
                    cursor = page.cursor
                    self._keep(mailbox_id, cursor, None)
                    if not page.more or (stop is not None and stop()):
                        break
            finally:
                source.close()
        except DealwrightError as error:
            self._keep(mailbox_id, None, error)
            _LOG.warning("mailbox not read", extra={"mailbox": mailbox_id, "kind": box.kind, "again": isinstance(error, Retriable)})  # fmt: skip
            raise
        finally:
            if self._done is not None and tally.activities:
                self._done()
        return tally

    def warn(self, now: datetime) -> None:
        """Tell owners whose permission ends soon and can't be renewed."""
        with self._database.session() as session:
            if not something_ends(session, now):
                return
        with self._database.transaction() as session:
            tell_of_endings(session, now)

    def _renewed(self, mailbox_id: str, secret: Secret) -> None:
        with self._database.transaction() as session:
            keep_secret(session, self._sealer, mailbox_id, secret)

    def _take(self, box: Mailbox, page: Page, tally: Tally) -> None:
        if page.mails:
            for taken in self._mailroom.take_all(((one.name, one.raw) for one in page.mails), source=f"mailbox:{box.kind}"):  # fmt: skip
                tally.add(taken)
        if page.meetings or page.whole:
            self._meetings(box, page, tally)
        tally.unreadable += page.left_out

    def _meetings(self, box: Mailbox, page: Page, tally: Tally) -> None:
        now = self._clock.now()
        source, meetings = f"mailbox:{box.kind}", page.meetings
        with alone(self._database), self._database.transaction() as session:
            places = Places(session, self._settings, now, source)
            wanted = [one for one in meetings if not one.private and places.concerns_us(one.people)]
            tally.read += len(meetings)
            tally.left_out += len(meetings) - len(wanted)
            tally.activities += write_meetings(
                session,
                places,
                [
                    meeting(
                        one.id,
                        Origin(f"{box.kind}/{box.id}", 0, source),
                        subject=one.subject,
                        begins=one.begins,
                        ends=one.ends,
                        people=one.people,
                        cancelled=one.cancelled,
                        now=now,
                        url=one.url,
                    )
                    for one in wanted
                ],
            )
            kept = {one.id for one in wanted}
            # What became private or internal, or lost its buyers, is no meeting of ours any more.
            dropped = [one.id for one in meetings if one.id not in kept]
            calendar = f"{box.kind}/{box.id}"
            tally.activities += call_off(
                session, source, calendar, now, there=kept if page.whole else None, gone=dropped
            )

    def _keep(self, mailbox_id: str, cursor: dict[str, object] | None, error: DealwrightError | None) -> None:
        with self._database.transaction() as session:
            box = session.get(Mailbox, mailbox_id)
            if box is None:
                return
            if cursor is not None:
                box.cursor = cursor
            if error is None:
                box.trouble, box.read_at = None, self._clock.now()
                self._tried.pop(mailbox_id, None)
                return
            if isinstance(error, Retriable):
                self._tried[mailbox_id] = self._clock.now()
            box.trouble = f"{error.sentence} {error.next_step}".strip()
            if isinstance(error, Fatal):
                box.state = "broken"
                tell_of_trouble(session, box, error, self._clock.now())
