"""The weekly reviews as a part of the application: made for whoever asks, made and kept on their day, and judged by their readers. All of it blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from agents.coaching.record import Scorecard
from agents.coaching.service import Coaching
from agents.digest.arranging import arranged
from agents.digest.audience import Readership, for_company, for_manager, for_rep, for_team, natural
from agents.digest.besides import ChangeProposing, with_besides
from agents.digest.ground import Ground
from agents.digest.keeping import To, judge, keep, read_review, verdicts_of, ways_to
from agents.digest.making import Sources, make_review, window_of
from agents.digest.record import PERSONAL, Audience, Digest, review_id
from agents.digest.rules import FILE, DigestRules, Sent, digest_rules, faults_of_digest
from agents.links import Links, NoLinks
from agents.signals.rulebook import RuleBook
from infra.errors import Denied, Fatal
from infra.logs import logger
from infra.settings import Settings, Visibility
from infra.spine.business import Deal
from infra.spine.database import Database
from infra.spine.people import User
from infra.spine.scope import Scope, coached_by, scope_of
from infra.spine.spoken import is_open
from infra.spine.watch import Review
from sales.clock import Clock
from sales.reviewing import Week, read_week, week_told

MADE_UP = timedelta(days=3)
"""How late a review that was missed is still made: ours. After half of the next week it is news no more; it can be asked for at any time."""

ASKED = "asked:"
"""What the id of a review begins with that was made because somebody asked for it."""

_LOG = logger("digest")
_RECENT = timedelta(days=90)
_ASKED_KEPT = timedelta(days=30)
_NO_WEEK = ("That is no week.", "Write it as 2026-W47.")
_NOT_YET = ("That week has not begun.", "Ask for one that has.")
_NOT_THERE = ("There is no such review for you.", "Ask for the review of last week.")


@dataclass(frozen=True)
class Wish:
    """Which review somebody wants: their own where neither team nor company is said; of the last week where none is named; as of now where no moment is."""

    week: str | None = None
    team: str | None = None
    company: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True)
class Kept:
    """A kept review in a list."""

    id: str
    week: str
    audience: str
    about: str | None
    made_at: datetime


@dataclass(frozen=True)
class _Due:
    """A review that is to be made: its id, whose, which week, when it was due and where it goes."""

    id: str
    whose: Callable[[Session], Readership]
    week: Week
    at: datetime
    sent: Sent


class Reviews:
    """Makes, keeps and reads reviews. `sources` are asked for at first use. Thread-safe."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        sources: Callable[[], Sources],
        coaching: Callable[[], Coaching],
        links: Links | None = None,
        changes: Callable[[], ChangeProposing] | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._sources = sources
        self._coaching = coaching
        self._changes = changes
        self._links: Links = links or NoLinks()
        self._failed: set[str] = set()
        self.book = RuleBook(database, settings.home, FILE, faults_of_digest)

    @property
    def rules(self) -> DigestRules:
        """When and where reviews go: `digest.toml` in force."""
        found = self.book.current(self._clock.now())
        return digest_rules(found.text if found else None, self._settings.zone)

    def read(self, user_id: str | None, scope: Scope, wish: Wish) -> Digest:
        """Return the review that somebody asks for, its first screen chosen for them. `user_id` None is a program, which sees all.

        A kept review of a week that is over for longer is returned as it was made. Raises Denied, and Fatal: 404 for what is not theirs, 422 for a week that can't be read.
        """
        now = self._clock.now()
        moment = min(wish.as_of, now) if wish.as_of is not None else now
        with self._database.session() as session:
            who = self._whose(session, user_id, scope, wish)
            week = self._week(wish.week, moment)
            kept = read_review(session, review_id(week.name, who.audience, who.about))
            old = wish.as_of is None and moment >= week.end + timedelta(days=7)
            digest = kept if kept is not None and old else self._made(session, who, week, moment, now)
            return arranged(digest, verdicts_of(session, user_id)) if user_id is not None else digest

    def keep_asked(self, digest: Digest, user_id: str) -> Digest:
        """Keep a review that somebody asked for in a chat, for its folds to open and its verdicts to count; return it with the id that it is kept under.

        One that was made on its day stays as it is, and is not told of twice.
        """
        mark = sha256(f"{digest.id}:{user_id}:{digest.as_of.isoformat()}".encode()).hexdigest()[:12]
        asked = digest.model_copy(update={"id": f"{ASKED}{digest.id}:{mark}"})
        now = self._clock.now()
        with self._database.transaction() as session:
            session.execute(delete(Review).where(Review.id.startswith(ASKED), Review.made_at < now - _ASKED_KEPT))
            keep(session, asked, now, now, ())
        return asked

    def listed(self, user: User, most: int = 60) -> list[Kept]:
        """Return the kept reviews that somebody may read, the newest week first; those that were only asked for are not among them."""
        with self._database.session() as session:
            rows = session.execute(
                select(Review.id, Review.week, Review.audience, Review.about, Review.made_at)
                .where(
                    ~Review.id.startswith(ASKED), or_(Review.about == user.id, Review.audience.in_(("team", "company")))
                )
                .order_by(Review.week.desc(), Review.audience, Review.id)
                .limit(10 * most)
            ).all()
            seen = {one: self._sees(session, user, *one) for one in {(row.audience, row.about) for row in rows}}
        return [
            Kept(row.id, row.week, row.audience, row.about, row.made_at)
            for row in rows
            if seen[row.audience, row.about]
        ][:most]

    def kept(self, identity: str, user_id: str | None = None) -> Digest | None:
        """Return a kept review as its reader has it, None where there is none. Whether they may have it is `may_read`'s to say."""
        with self._database.session() as session:
            found = read_review(session, identity)
            if found is None or user_id is None:
                return found
            return arranged(found, verdicts_of(session, user_id))

    def may_read(self, digest: Digest, user: User) -> bool:
        """Return whether somebody may read a kept review in private: their own, one of a team whose deals they all may see, or as an admin the company's."""
        with self._database.session() as session:
            return self._sees(session, user, digest.audience, digest.about)

    def _sees(self, session: Session, user: User, audience: str, about: str | None) -> bool:
        if audience in PERSONAL:
            return about == user.id
        scope = scope_of(session, user, self._settings.visibility)
        try:
            if audience == "company":
                for_company(scope)
            else:
                for_team(session, about or "", self._settings.visibility, scope)
        except (Denied, Fatal):
            return False
        return True

    def judge(self, identity: str, section: str, user: User, *, useful: bool, in_channel: bool = False) -> None:
        """Keep what somebody thinks of a section. Raises Fatal (404) for a review that is not theirs to read; one that stands in their channel is."""
        found = self.kept(identity)
        if found is None or not (self.may_read(found, user) or (in_channel and not found.personal)):
            raise Fatal(*_NOT_THERE, status=404)
        with self._database.transaction() as session:
            judge(session, identity, section, user.id, useful=useful, at=self._clock.now())

    def make_due(self, limit: int = 20) -> int:
        """Make and keep the reviews whose hour has come, up to `limit` of them; returns how many. Those that were missed for at most `MADE_UP` are made up for."""
        now = self._clock.now()
        made = 0
        with self._database.session() as session:
            due = sorted(self._due(session, now), key=lambda one: one.id in self._failed)[:limit]
        for one in due:
            try:
                made += self._kept_due(one, now)
            except Exception as error:  # noqa: BLE001 - one review that can't be made must not keep everybody else from theirs
                # It is tried again after those that have not failed yet.
                self._failed.add(one.id)
                _LOG.error("review not made", review=one.id, exc_info=error)
            else:
                self._failed.discard(one.id)
        return made

    def _kept_due(self, one: _Due, now: datetime) -> bool:
        with self._database.session() as session:
            who = one.whose(session)
            digest = self._made(session, who, one.week, now, now)
            to = self._ways(session, who, one.sent)
        with self._database.transaction() as session:
            return keep(session, digest, now, one.at, to)

    def _whose(self, session: Session, user_id: str | None, scope: Scope, wish: Wish) -> Readership:
        if wish.team is not None:
            return for_team(session, wish.team, self._settings.visibility, scope)
        if wish.company or user_id is None:
            return for_company(scope)
        return natural(session, session.get_one(User, user_id), self._settings.visibility)

    def _week(self, named: str | None, moment: datetime) -> Week:
        zone = self._settings.zone
        if named is None:
            return week_told(moment, zone, self._settings.working_days)
        week = read_week(named, zone)
        if week is None:
            raise Fatal(*_NO_WEEK, status=422)
        if week.begin > moment:
            raise Fatal(*_NOT_YET, status=422)
        return week

    def _made(self, session: Session, who: Readership, week: Week, moment: datetime, now: datetime) -> Digest:
        through, at = window_of(week.begin, week.end, moment)
        past = at < now - timedelta(minutes=5)
        before = {} if past else self._figures_before(session, who, week)
        ground = Ground(session, self._settings, self._links, who, week, through, at, past, before=before)
        digest = make_review(ground, self._sources(), self._cards(session, who, week, through))
        return with_besides(ground, digest, self._changes() if self._changes is not None else None)

    def _cards(self, session: Session, who: Readership, week: Week, through: datetime) -> Sequence[Scorecard]:
        """Return the scorecards of the week that the review's one reader may see: by the rights of coaching, whatever else they may see."""
        if not who.personal or who.reader_id is None:
            return ()
        user = session.get_one(User, who.reader_id)
        return [one for one in self._coaching().latest(user, week.begin) if one.at is None or one.at < through]

    def _figures_before(self, session: Session, who: Readership, week: Week) -> dict[str, int]:
        """Return the figures of last week's review that nothing else keeps."""
        found = read_review(session, review_id(week.before().name, who.audience, who.about))
        quality = found.section("quality") if found is not None else None
        lines = (*quality.lines, *quality.more) if quality is not None else ()
        return {line.key: int(line.after) for line in lines if line.after is not None and line.after.isdigit()}

    def _due(self, session: Session, now: datetime) -> list[_Due]:
        """Return what was due by now, is not so long ago that it is old, and is not kept: of the company, of each team, of each manager and rep."""
        due: list[_Due] = []
        for sent, audience, about, whose in self._audiences(session, now):
            at = sent.hour.last_due(now)
            if now - at <= MADE_UP:
                week = sent.hour.week(at)
                due.append(_Due(review_id(week.name, audience, about), whose, week, at, sent))
        weeks = {one.week.name for one in due}
        kept = set(session.scalars(select(Review.id).where(Review.week.in_(weeks)))) if weeks else set()
        return [one for one in due if one.id not in kept]

    def _audiences(
        self, session: Session, now: datetime
    ) -> Iterator[tuple[Sent, Audience, str | None, Callable[[Session], Readership]]]:
        """Yield who gets a review: whose, and how that is read, which is done only for those that are made."""
        rules = self.rules
        users = session.scalars(select(User).where(User.active).order_by(User.id)).all()
        visibility = self._settings.visibility
        if rules.company.channels or any(user.role == "admin" for user in users):
            yield rules.company, "company", None, lambda _: for_company()
        for team in sorted({user.team for user in users if user.team}):
            sent = rules.of_team(team)
            if sent.channels:
                who = for_team(session, team, visibility)
                yield sent, "team", who.about, lambda _, who=who: who  # type: ignore[misc]
        owners = self._owners(session, now)
        for user in users:
            reader = partial(_reader, user_id=user.id, visibility=visibility)
            if user.role == "manager" and coached_by(session, user) - {user.id}:
                yield rules.of_team(user.team), "manager", user.id, partial(reader, for_manager)
            elif user.role == "rep" and user.id in owners:
                yield rules.of_team(user.team), "rep", user.id, partial(reader, for_rep)

    def _owners(self, session: Session, now: datetime) -> frozenset[str]:
        """Return who has something that a review can tell of: an open deal, or one that ended of late."""
        rows = session.scalars(
            select(Deal.owner_id)
            .where(Deal.owner_id.is_not(None), is_open(Deal) | (Deal.closed_at >= now - _RECENT))
            .distinct()
        )
        return frozenset(one for one in rows if one is not None)

    def _ways(self, session: Session, who: Readership, sent: Sent) -> list[To]:
        if who.personal:
            user = session.get_one(User, who.about)
            return ways_to(session, self._settings, user, mail=sent.mail)
        to = [To(channel.surface, place=channel.place) for channel in sent.channels]
        if who.audience == "company":
            admins = session.scalars(select(User).where(User.active, User.role == "admin").order_by(User.id))
            for admin in admins:
                to += ways_to(session, self._settings, admin, mail=sent.mail)
        return to


def _reader(
    whose: Callable[[Session, User, Visibility], Readership], session: Session, *, user_id: str, visibility: Visibility
) -> Readership:
    return whose(session, session.get_one(User, user_id), visibility)
