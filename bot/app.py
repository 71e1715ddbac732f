"""The composition root: the one place where the parts are put together. Nothing is opened before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.watched import Watched

if TYPE_CHECKING:
    from agents.ask import Ask
    from agents.closing.service import Closings
    from bot.closing import ClosingWatch
    from bot.crm import Crm
    from bot.crm_health import CrmHealth
    from bot.crm_watch import CrmWatch
    from bot.inbox import Inbox
    from bot.reading import MailboxWatch
    from bot.rounds import Rounds
    from bot.signal_watch import SignalWatch
    from bot.watching import GuardWatch


class App(Watched):
    """All parts of one process. A surface is a function `routes(app) -> APIRouter` that takes what it needs from here.

    Parts are made at first use, once, from whatever thread asks first. `writing` is held by whoever changes the spine as a whole
    (an import, forgetting, a new index); answers go on meanwhile.
    """

    @property
    def ask(self) -> Ask:
        """What answers questions."""

        def make() -> Ask:
            from agents.ask import Ask
            from agents.metrics.answering import MetricsRoad
            from agents.metrics.service import Metrics
            from agents.pipeline.road import PipelineRoad
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
            return Ask(
                self.database,
                self.settings,
                self.clock,
                self.search,
                structured,
                model,
                links,
                self.health_of_deals,
                PipelineRoad(self.pipeline, self.settings),
                metrics=MetricsRoad(Metrics(self.settings, lambda: self.pipeline), self.settings),
                next_steps=self.workflow,
                alone=lambda: not self.serving,
            )

        return self._part("ask", make)

    @property
    def inbox(self) -> Inbox:
        """The inbox of chat events. Whoever takes it has it started with the server, and registers a drain before."""

        def make() -> Inbox:
            from bot.inbox import Inbox

            inbox = Inbox(self.database, self.clock, self.work)
            self.on_ready(inbox.start)
            self.on_stop(inbox.stop)
            return inbox

        return self._part("inbox", make)

    @property
    def closings(self) -> Closings:
        """The cards of calls: made when a call's notes are ready, and kept up to date after their submit."""

        def make() -> Closings:
            from agents.closing.service import Closings
            from bot.addresses import ConsoleLinks

            return Closings(self.database, self.settings, self.clock, ConsoleLinks(), self.announcer)

        return self._part("closings", make)

    @property
    def closing_watch(self) -> ClosingWatch:
        """The thread that makes cards of calls, while the server runs."""

        def make() -> ClosingWatch:
            from bot.closing import ClosingWatch

            return ClosingWatch(self)

        return self._part("closing_watch", make)

    @property
    def signal_watch(self) -> SignalWatch:
        """The thread that tends signals and asks their sources, while the server runs."""

        def make() -> SignalWatch:
            from bot.signal_watch import SignalWatch

            return SignalWatch(self)

        return self._part("signal watch", make)

    @property
    def guard_watch(self) -> GuardWatch:
        """The thread that has the guardrails look ahead, while the server runs."""

        def make() -> GuardWatch:
            from bot.watching import GuardWatch

            return GuardWatch(self)

        return self._part("guard_watch", make)

    @property
    def mailbox_watch(self) -> MailboxWatch:
        """The thread that reads mailboxes, while the server runs."""

        def make() -> MailboxWatch:
            from bot.reading import MailboxWatch

            return MailboxWatch(self)

        return self._part("mailbox_watch", make)

    @property
    def crm(self) -> Crm:
        """The systems of record: reading them, and writing what was decided."""

        def make() -> Crm:
            from bot.crm import Crm

            return Crm(self)

        return self._part("crm", make)

    @property
    def crm_watch(self) -> CrmWatch:
        """The thread that keeps systems of record in step, while the server runs."""

        def make() -> CrmWatch:
            from bot.crm_watch import CrmWatch

            return CrmWatch(self)

        return self._part("crm_watch", make)

    @property
    def crm_health(self) -> CrmHealth:
        """What tells the CRM how deals stand, while the server runs."""

        def make() -> CrmHealth:
            from bot.crm_health import CrmHealth

            return CrmHealth(self)

        return self._part("crm_health", make)

    @property
    def rounds(self) -> tuple[Rounds, ...]:
        """What goes round while the server runs, in the order in which it is started. The index goes besides: it is stopped last."""
        return (
            self.schedule,
            self.guard_watch,
            self.drafting,
            self.mailbox_watch,
            self.signal_watch,
            self.noting,
            self.closing_watch,
            self.crm_watch,
            *((self.alert_watch, self.reviewing, self.crm_health) if self.settings.watch else ()),
        )

    def open(self) -> None:
        """Open what an answer needs, so that the first question does not pay for it: a server does so when it starts."""
        from sqlalchemy import select

        from infra.spine.activity import Passage

        self.serving = True
        _ = self.search
        # The encoder is made once, which takes about 15 seconds; an empty index needs none yet.
        with self.database.session() as session:
            if session.scalar(select(Passage.id).limit(1)) is not None:
                self.index.vectors.open()
                self.index.encoder.encode_query("what is the latest")
        _ = self.ask
        if (model := self._parts.get("model")) is not None:
            model.warm()
