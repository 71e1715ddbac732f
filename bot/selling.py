"""The parts that sell: signals, drafts, proposals and their effects, guardrails, replies and mailboxes, and telling people of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.parts import Parts, T

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.brief.service import Briefs
    from agents.coaching.service import Coaching
    from agents.guard.house import HouseGuards
    from agents.guard.tending import GuardTending
    from agents.mailroom.mailroom import Mailroom
    from agents.mailroom.syncing import Syncing
    from agents.notes.service import Notes
    from agents.outreach.on_demand import DraftsOnDemand
    from agents.outreach.road import Outreach
    from agents.outreach.sequences import Sequences
    from agents.proposals.effects import Effects
    from agents.proposals.service import Proposals
    from agents.signals.service import Signals
    from bot.briefing import Briefing
    from bot.drafting import DraftingDesk
    from bot.indexing import Indexing
    from bot.morning import Morning
    from bot.schedule import Schedule
    from bot.stepping import Step
    from bot.telling import Telling
    from bot.work import Work
    from sales.icp import Fault


class Selling(Parts):
    """The parts of a process between a signal and what came of it. See `bot.app.App`."""

    @property
    def signals(self) -> Signals:
        """Buying signals: taking them in, judging, ranking, and each rep's feed."""

        def make() -> Signals:
            from agents.signals.service import Signals

            return Signals(self.database, self.settings, self.clock, self.drafting)

        return self._part("signals", make)

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
                prepare=self.guard_tending.prepare,
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
            from agents.outreach.writer import ModelWriter

            return DraftsOnDemand(
                self.database,
                self.settings,
                self.clock,
                self.search,
                announcer=self.announcer,
                guards=self.guards,
                prepare=self.guard_tending.prepare,
                writer=ModelWriter(self.settings) if self.settings.model is not None else None,
            )

        return self._part("drafts_on_demand", make)

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
    def effects(self) -> Effects:
        """What carries out what was approved."""

        def make() -> Effects:
            from agents.closing.submitting import Submitting
            from agents.proposals.aftermath import Aftermath
            from agents.proposals.effects import Effects
            from agents.proposals.post import Post
            from infra.crashing import crash_points

            return Effects(
                self.database,
                self.settings,
                self.clock,
                self.guards,
                Post(self.settings, self.database),
                self.announcer,
                Aftermath(self.settings, Submitting(self.settings, self.guards)),
                prepare=self.guard_tending.prepare,
                logged=self.indexing.wake,
                crash=crash_points(self.settings),
            )

        return self._part("effects", make)

    @property
    def proposals(self) -> Proposals:
        """The proposals: read, and decided on."""

        def make() -> Proposals:
            from agents.closing.submitting import Submitting
            from agents.proposals.aftermath import Aftermath
            from agents.proposals.decide import Decisions
            from agents.proposals.service import Proposals

            decisions = Decisions(
                self.database,
                self.settings,
                self.clock,
                self.guards,
                self.announcer,
                Aftermath(self.settings, Submitting(self.settings, self.guards)),
                wake=lambda: self.schedule.wake(),
                prepare=self.guard_tending.prepare,
            )
            return Proposals(self.database, self.clock, decisions)

        return self._part("proposals", make)

    @property
    def telling(self) -> Telling:
        """What tells people unasked. The surfaces add their couriers to it."""

        def make() -> Telling:
            from bot.alert_mail import AlertMail
            from bot.telling import Telling

            telling = Telling(self.settings, self.database, self.clock, self.work, wake=lambda: self.schedule.wake())
            telling.compose = self.compose
            telling.add_otherwise(AlertMail(self.settings, self.database, self.clock), "alert")
            self.announcer.add(telling)
            return telling

        return self._part("telling", make)

    def compose(self, kind: str, payload: Mapping[str, Any], user_id: str) -> Step | None:
        """Return what a person is told for a notice of this kind, or None where it says nothing any more."""
        if kind == "brief":
            return self.briefing.compose(payload, user_id)
        return self.morning.compose(kind, payload, user_id)

    @property
    def briefing(self) -> Briefing:
        """What puts the brief before each booked meeting."""

        def make() -> Briefing:
            from bot.briefing import Briefing

            return Briefing(self)

        return self._part("briefing", make)

    @property
    def morning(self) -> Morning:
        """What puts each rep's morning feed, and what a person is asked."""

        def make() -> Morning:
            from bot.morning import Morning

            return Morning(self)

        return self._part("morning", make)

    @property
    def schedule(self) -> Schedule:
        """What hands over what is due, about once a second. Started with the server, the durable work with it."""

        def make() -> Schedule:
            from bot.schedule import Schedule

            return Schedule(self.database, self.clock, self.work, self.effects, self.announcer, *self.ticks())

        return self._part("schedule", make)

    def ticks(self) -> tuple[Callable[[], None], ...]:
        """Return what is done about once a second, in this order."""
        return (self.telling.tick, self.morning.tick, self.briefing.tick)

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
    def drafting(self) -> DraftingDesk:
        """The thread that drafts, while the server runs."""

        def make() -> DraftingDesk:
            from bot.drafting import DraftingDesk

            return DraftingDesk(self)

        return self._part("drafting", make)

    @property
    def indexing(self) -> Indexing:
        """What keeps the index behind what Dealwright itself writes."""

        def make() -> Indexing:
            from bot.indexing import Indexing

            return Indexing(self)

        return self._part("indexing", make)

    @property
    def notes(self) -> Notes:
        """The notes of calls: made when one has come in, and read."""

        def make() -> Notes:
            from agents.notes.service import Notes
            from agents.notes.wording import ModelSummaries

            summaries = ModelSummaries(self.settings) if self.settings.model is not None else None
            return Notes(self.database, self.settings, self.clock, summaries)

        return self._part("notes", make)

    @property
    def coaching(self) -> Coaching:
        """The scorecards of calls, for whoever led them and their managers."""

        def make() -> Coaching:
            from agents.coaching.service import Coaching
            from agents.coaching.track import FILE, faults_of_track, track_in_force

            track = self._in_force(FILE, faults_of_track, track_in_force)
            return Coaching(self.database, self.settings, self.clock, track)

        return self._part("coaching", make)

    @property
    def briefs(self) -> Briefs:
        """What makes the page before a call."""

        def make() -> Briefs:
            from agents.brief.service import Briefs
            from bot.addresses import ConsoleLinks

            return Briefs(self.database, self.settings, self.clock, ConsoleLinks())

        return self._part("briefs", make)

    def _in_force(
        self, name: str, faults_of: Callable[[str], tuple[Fault, ...]], read: Callable[[str | None], T]
    ) -> Callable[[], T]:
        """Return what reads the version in force of a file of rules, as often as it is asked; None is read where there is none."""
        from agents.signals.rulebook import RuleBook

        book = RuleBook(self.database, self.settings.home, name, faults_of)

        def current() -> T:
            found = book.current(self.clock.now())
            return read(found.text if found else None)

        return current
