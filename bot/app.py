"""The composition root: the one place where the parts are put together. Nothing is opened before it is used."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from bot.jobs import Job
from infra.clock import clock_of
from infra.errors import Retriable
from infra.settings import Settings
from sales.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.ask import Ask
    from agents.guard.house import HouseGuards
    from agents.guard.tending import GuardTending
    from agents.mailroom.mailroom import Mailroom
    from agents.mailroom.syncing import Syncing
    from agents.outreach.on_demand import DraftsOnDemand
    from agents.outreach.road import Outreach
    from agents.outreach.sequences import Sequences
    from agents.proposals.effects import Effects
    from agents.proposals.service import Proposals
    from agents.signals.service import Signals
    from bot.announcing import Announcements
    from bot.drafting import DraftingDesk
    from bot.inbox import Inbox
    from bot.indexing import Indexing
    from bot.reading import MailboxWatch
    from bot.schedule import Schedule
    from bot.signal_watch import SignalWatch
    from bot.telling import Telling
    from bot.watching import GuardWatch
    from bot.work import Work
    from infra.spine.database import Database
    from infra.telemetry import Telemetry
    from retrieval.index import Index
    from retrieval.search import Search

Hook = Callable[[], Awaitable[None]]
T = TypeVar("T")


class App:
    """All parts of one process. A surface is a function `routes(app) -> APIRouter` that takes what it needs from here.

    Parts are made at first use, once, from whatever thread asks first. `writing` is held by whoever changes the spine as a whole
    (an import, forgetting, a new index); answers go on meanwhile.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or clock_of(settings)
        self._parts: dict[str, Any] = {}
        self._making = threading.RLock()
        self._writing = threading.Lock()
        self.jobs: set[Job] = set()
        self.owner_token: str | None = None
        self.start_hooks: list[Hook] = []
        self.stop_hooks: list[Hook] = []

    @property
    def database(self) -> Database:
        """The spine, open and migrated."""

        def make() -> Database:
            from infra.spine.database import open_database

            return open_database(self.settings)

        return self._part("database", make)

    @property
    def index(self) -> Index:
        """The index of passages and their vectors."""

        def make() -> Index:
            from retrieval.index import Index

            return Index(self.database, self.settings)

        return self._part("index", make)

    @property
    def search(self) -> Search:
        """The hybrid search."""

        def make() -> Search:
            from retrieval.search import Search

            return Search(self.database, self.index, self.clock)

        return self._part("search", make)

    @property
    def ask(self) -> Ask:
        """What answers questions."""

        def make() -> Ask:
            from agents.ask import Ask
            from agents.structured import Structured
            from bot.addresses import ConsoleLinks

            links = ConsoleLinks()
            structured = Structured(self.database, self.settings, links)
            model = None
            if self.settings.model is not None:
                from agents.model.road import LanguageModelRoad

                model = self._part(
                    "model",
                    lambda: LanguageModelRoad(self.database, self.settings, self.search, structured, links),
                )
            return Ask(self.database, self.settings, self.clock, self.search, structured, model, links)

        return self._part("ask", make)

    @property
    def signals(self) -> Signals:
        """Buying signals: taking them in, judging, ranking, and each rep's feed."""

        def make() -> Signals:
            from agents.signals.service import Signals

            return Signals(self.database, self.settings, self.clock, self.drafting)

        return self._part("signals", make)

    @property
    def signal_watch(self) -> SignalWatch:
        """The thread that tends signals and asks their sources, while the server runs."""

        def make() -> SignalWatch:
            from bot.signal_watch import SignalWatch

            return SignalWatch(self)

        return self._part("signal watch", make)

    @property
    def outreach(self) -> Outreach:
        """What drafts mails because of signals."""

        def make() -> Outreach:
            from agents.outreach.providers import providers_of
            from agents.outreach.road import Outreach
            from agents.outreach.writer import ModelWriter

            return Outreach(
                self.database,
                self.settings,
                self.clock,
                announcer=self.announcer,
                guards=self.guards,
                providers=providers_of(self.settings),
                writer=ModelWriter(self.settings) if self.settings.model is not None else None,
            )

        return self._part("outreach", make)

    @property
    def sequences(self) -> Sequences:
        """The touches after the first."""

        def make() -> Sequences:
            from agents.outreach.sequences import Sequences

            return Sequences(self.database, self.settings, self.clock, self.announcer)

        return self._part("sequences", make)

    @property
    def drafts_on_demand(self) -> DraftsOnDemand:
        """What drafts a mail because somebody asks for one."""

        def make() -> DraftsOnDemand:
            from agents.outreach.on_demand import DraftsOnDemand

            return DraftsOnDemand(
                self.database, self.settings, self.clock, self.search, announcer=self.announcer, guards=self.guards
            )

        return self._part("drafts_on_demand", make)

    @property
    def drafting(self) -> DraftingDesk:
        """The thread that drafts, while the server runs."""

        def make() -> DraftingDesk:
            from bot.drafting import DraftingDesk

            return DraftingDesk(self)

        return self._part("drafting", make)

    @property
    def inbox(self) -> Inbox:
        """The inbox of chat events. Whoever takes it has it started with the server, and registers a drain before."""

        def make() -> Inbox:
            from bot.inbox import Inbox

            inbox = Inbox(self.database, self.clock, self.work)
            self.on_start(inbox.start)
            self.on_stop(inbox.stop)
            return inbox

        return self._part("inbox", make)

    @property
    def work(self) -> Work:
        """The durable work of this process. It is started with the server, after everybody has registered."""

        def make() -> Work:
            from agents.proposals.effect_rows import PREFIX
            from bot.work import Work

            work = Work(self.settings, self.database)
            work.register(PREFIX, lambda key: self.effects.run(key, work))
            return work

        return self._part("work", make)

    @property
    def announcer(self) -> Announcements:
        """Who tells people of proposals: each surface adds itself."""
        from bot.announcing import Announcements

        return self._part("announcer", Announcements)

    @property
    def guards(self) -> HouseGuards:
        """The guardrails of everything that leaves."""

        def make() -> HouseGuards:
            from agents.guard.house import HouseGuards

            return HouseGuards(self.settings, self.clock)

        return self._part("guards", make)

    @property
    def guard_tending(self) -> GuardTending:
        """What asks outside for the guardrails, ahead of time."""

        def make() -> GuardTending:
            from agents.guard.tending import GuardTending

            return GuardTending(self.settings, self.database, self.clock)

        return self._part("guard_tending", make)

    @property
    def guard_watch(self) -> GuardWatch:
        """The thread that has the guardrails look ahead, while the server runs."""

        def make() -> GuardWatch:
            from bot.watching import GuardWatch

            return GuardWatch(self)

        return self._part("guard_watch", make)

    @property
    def effects(self) -> Effects:
        """What carries out what was approved."""

        def make() -> Effects:
            from agents.proposals.aftermath import Aftermath
            from agents.proposals.effects import Effects
            from agents.proposals.post import Post
            from infra.crashing import crash_points

            return Effects(
                self.database,
                self.clock,
                self.guards,
                Post(self.settings, self.database),
                self.announcer,
                Aftermath(self.settings),
                prepare=self.guard_tending.prepare,
                logged=self.indexing.wake,
                crash=crash_points(self.settings),
            )

        return self._part("effects", make)

    @property
    def proposals(self) -> Proposals:
        """The proposals: read, and decided on."""

        def make() -> Proposals:
            from agents.proposals.aftermath import Aftermath
            from agents.proposals.decide import Decisions
            from agents.proposals.service import Proposals

            decisions = Decisions(
                self.database,
                self.settings,
                self.clock,
                self.guards,
                self.announcer,
                Aftermath(self.settings),
                wake=lambda: self.schedule.wake(),
                prepare=self.guard_tending.prepare,
            )
            return Proposals(self.database, self.clock, decisions)

        return self._part("proposals", make)

    @property
    def telling(self) -> Telling:
        """What tells people unasked. The surfaces add their couriers to it."""

        def make() -> Telling:
            from bot.telling import Telling

            telling = Telling(self.settings, self.database, self.clock, self.work, wake=lambda: self.schedule.wake())
            self.announcer.add(telling)
            return telling

        return self._part("telling", make)

    @property
    def schedule(self) -> Schedule:
        """What hands over what is due, about once a second. Started with the server, the durable work with it."""

        def make() -> Schedule:
            from bot.schedule import Schedule

            return Schedule(self.database, self.clock, self.work, self.effects, self.announcer, self.telling.tick)

        return self._part("schedule", make)

    @property
    def mailroom(self) -> Mailroom:
        """What takes mail in: sorts it, matches it to its touch, does what it must."""

        def make() -> Mailroom:
            from agents.guard.kill_switch import judge
            from agents.mailroom.mailroom import Mailroom
            from agents.outreach.calls import CallAnswerer

            return Mailroom(
                self.database,
                self.settings,
                self.clock,
                judge=lambda session, domain, now: judge(session, self.settings, domain, now),
                answerer=CallAnswerer(self.settings),
                announcer=self.announcer,
            )

        return self._part("mailroom", make)

    @property
    def mailboxes(self) -> Syncing:
        """What reads the connected mailboxes and calendars."""

        def make() -> Syncing:
            from agents.mailroom.syncing import Syncing
            from infra.sealing import Sealer

            sealer = Sealer(self.settings)
            return Syncing(
                self.database, self.settings, self.clock, self.mailroom, sealer=sealer, done=self.indexing.wake
            )

        return self._part("mailboxes", make)

    @property
    def mailbox_watch(self) -> MailboxWatch:
        """The thread that reads mailboxes, while the server runs."""

        def make() -> MailboxWatch:
            from bot.reading import MailboxWatch

            return MailboxWatch(self)

        return self._part("mailbox_watch", make)

    @property
    def indexing(self) -> Indexing:
        """What keeps the index behind what Dealwright itself writes."""

        def make() -> Indexing:
            from bot.indexing import Indexing

            return Indexing(self)

        return self._part("indexing", make)

    @property
    def telemetry(self) -> Telemetry:
        """The metrics of this process."""

        def make() -> Telemetry:
            from bot.gauges import watch
            from infra.telemetry import Telemetry

            telemetry = Telemetry()
            watch(telemetry, lambda: self.database)
            return telemetry

        return self._part("telemetry", make)

    def _part(self, name: str, make: Callable[[], T]) -> T:
        part = self._parts.get(name)
        if part is None:
            with self._making:
                part = self._parts.get(name)
                if part is None:
                    part = self._parts[name] = make()
        return part

    @contextmanager
    def writing(self, wait_s: float = 60.0) -> Iterator[None]:
        """Hold the right to change the spine as a whole. Raises Retriable where somebody else has it for longer than `wait_s`."""
        if not self._writing.acquire(timeout=wait_s):
            raise Retriable("Another import is running.", "Try again when it is done.")
        try:
            yield
        finally:
            self._writing.release()

    def on_start(self, hook: Hook) -> None:
        """Run `hook` on the event loop when the server starts, after the parts are open."""
        self.start_hooks.append(hook)

    def on_stop(self, hook: Hook) -> None:
        """Run `hook` on the event loop when the server stops, in reverse order, before the parts are closed."""
        self.stop_hooks.append(hook)

    def open(self) -> None:
        """Open what an answer needs, so that the first question does not pay for it."""
        from sqlalchemy import select

        from infra.spine.activity import Passage

        _ = self.search
        # The encoder is made once, which takes about 15 seconds; an empty index needs none yet.
        with self.database.session() as session:
            if session.scalar(select(Passage.id).limit(1)) is not None:
                self.index.vectors.open()
                self.index.encoder.encode_query("what is the latest")
        _ = self.ask
        if (model := self._parts.get("model")) is not None:
            model.warm()

    def close(self) -> None:
        """Close what was opened, the last first."""
        for name in reversed(list(self._parts)):
            close = getattr(self._parts.pop(name), "close", None)
            if close is not None:
                close()
