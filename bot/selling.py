"""The parts that sell: signals, drafts, proposals and their effects, guardrails, replies and mailboxes, and telling people of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.alerts.service import Alerting
    from agents.brief.service import Briefs
    from agents.coaching.service import Coaching
    from agents.coaching.track import TrackStep
    from agents.digest.service import Reviews
    from agents.guard.house import HouseGuards
    from agents.guard.tending import GuardTending
    from agents.health.service import HealthService
    from agents.likelihood.service import Likelihoods
    from agents.mailroom.mailroom import Mailroom
    from agents.mailroom.syncing import Syncing
    from agents.notes.service import Notes
    from agents.operating.service import OperatingReviews
    from agents.outreach.on_demand import DraftsOnDemand
    from agents.outreach.road import Outreach
    from agents.outreach.sequences import Sequences
    from agents.pipeline.service import Pipeline
    from agents.proposals.effects import Effects
    from agents.proposals.service import Proposals
    from agents.signals.service import Signals
    from agents.workflow.service import Workflows
    from bot.admin_minutes import AdminAsking
    from bot.alert_watch import AlertWatch
    from bot.briefing import Briefing
    from bot.delivering import Delivering
    from bot.digest_rounds import Reviewing
    from bot.drafting import DraftingDesk
    from bot.indexing import Indexing
    from bot.morning import Morning
    from bot.noting import Noting
    from bot.schedule import Schedule
    from bot.stepping import Step
    from bot.telling import Telling
    from bot.work import Work
    from bot.workflow_watch import WorkflowWatch


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
            telling.compose = self._composed
            telling.add_otherwise(AlertMail(self.settings, self.database, self.clock), "alert")
            self.announcer.add(telling)
            return telling

        return self._part("telling", make)

    def _composed(self, kind: str, payload: Mapping[str, Any], user_id: str) -> Step | None:
        if kind == "alert":
            return self.alert_watch.compose(payload, user_id)
        if kind == "brief":
            return self.briefing.compose(payload, user_id)
        if kind == "admin_minutes":
            return self.admin_asking.compose(payload, user_id)
        return self.morning.compose(kind, payload, user_id)

    @property
    def health_of_deals(self) -> HealthService:
        """How open deals stand."""

        def make() -> HealthService:
            from agents.health.service import HealthService
            from bot.addresses import ConsoleLinks

            return HealthService(
                self.database,
                self.settings,
                self.clock,
                ConsoleLinks(),
                likelihoods=lambda: self.likelihoods,
                notes=lambda: self.notes,
            )

        return self._part("health_of_deals", make)

    @property
    def alerts(self) -> Alerting:
        """The alerts: raised, held, worked and ended."""

        def make() -> Alerting:
            from agents.alerts.drafting import Redrafting
            from agents.alerts.service import Alerting
            from agents.signals.rulebook import RuleBook
            from bot.addresses import ConsoleLinks
            from sales.playbooks import EXAMPLE, FILE, Playbook, faults_of_playbooks, read_playbooks

            book = RuleBook(self.database, self.settings.home, FILE, faults_of_playbooks)

            def playbooks() -> dict[str, Playbook]:
                found = book.current(self.clock.now())
                return read_playbooks(found.text if found else EXAMPLE)

            drafting = Redrafting(self.database, self.settings, self.clock, self.guards, self.guard_tending.prepare)
            return Alerting(
                self.database, self.settings, self.clock, self.health_of_deals, playbooks, drafting, ConsoleLinks()
            )

        return self._part("alerts", make)

    @property
    def alert_watch(self) -> AlertWatch:
        """What looks for alerts, while the server runs."""

        def make() -> AlertWatch:
            from bot.alert_watch import AlertWatch

            return AlertWatch(self)

        return self._part("alert_watch", make)

    @property
    def briefing(self) -> Briefing:
        """What puts the brief before each booked meeting."""

        def make() -> Briefing:
            from bot.briefing import Briefing

            return Briefing(self)

        return self._part("briefing", make)

    @property
    def admin_asking(self) -> AdminAsking:
        """What asks people for their minutes of administration."""

        def make() -> AdminAsking:
            from bot.admin_minutes import AdminAsking

            return AdminAsking(self)

        return self._part("admin_asking", make)

    @property
    def morning(self) -> Morning:
        """What puts each rep's morning feed, and what a person is asked."""

        def make() -> Morning:
            from bot.morning import Morning

            return Morning(self)

        return self._part("morning", make)

    @property
    def reviews(self) -> Reviews:
        """The weekly reviews: made, kept and judged."""

        def make() -> Reviews:
            from agents.digest.making import Sources
            from agents.digest.service import Reviews
            from bot.addresses import ConsoleLinks

            return Reviews(
                self.database,
                self.settings,
                self.clock,
                lambda: Sources(self.health_of_deals, self.pipeline, self.workflow),
                lambda: self.coaching,
                ConsoleLinks(),
                lambda: self.operating,
            )

        return self._part("reviews", make)

    @property
    def reviewing(self) -> Reviewing:
        """What makes the weekly reviews on their day, while the server runs."""

        def make() -> Reviewing:
            from bot.digest_rounds import Reviewing

            return Reviewing(self)

        return self._part("reviewing", make)

    @property
    def delivering(self) -> Delivering:
        """What delivers reviews. The surfaces add their roads to it."""

        def make() -> Delivering:
            from bot.delivering import Delivering
            from bot.delivering_mail import MailRoad
            from bot.digest import ReviewDesk

            delivering = Delivering(self.settings, self.database, self.clock, self.work)
            delivering.add(MailRoad(self.settings, self.database, self.clock))
            delivering.reviews = ReviewDesk(self)
            return delivering

        return self._part("delivering", make)

    @property
    def schedule(self) -> Schedule:
        """What hands over what is due, about once a second. Started with the server, the durable work with it."""

        def make() -> Schedule:
            from bot.schedule import Schedule

            # It draws cards anew in durable work, so it must have said so before that starts.
            _ = self.alert_watch
            ticking = (
                self.telling.tick,
                self.morning.tick,
                self.briefing.tick,
                self.delivering.tick,
                *((self.workflow_watch.tick, self.admin_asking.tick) if self.settings.watch else ()),
            )
            return Schedule(self.database, self.clock, self.work, self.effects, self.announcer, *ticking)

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
            from agents.signals.rulebook import RuleBook

            book = RuleBook(self.database, self.settings.home, FILE, faults_of_track)

            def track() -> tuple[TrackStep, ...]:
                found = book.current(self.clock.now())
                return track_in_force(found.text if found else None)

            return Coaching(self.database, self.settings, self.clock, track)

        return self._part("coaching", make)

    @property
    def workflow(self) -> Workflows:
        """What the stages' rules ask for, and what is next on every open deal."""

        def make() -> Workflows:
            from agents.workflow.service import Workflows
            from bot.addresses import ConsoleLinks

            return Workflows(self.database, self.settings, self.clock, ConsoleLinks())

        return self._part("workflow", make)

    @property
    def operating(self) -> OperatingReviews:
        """The operating reviews, and what is decided in them."""

        def make() -> OperatingReviews:
            from agents.operating.effects import Effects
            from agents.operating.service import OperatingReviews
            from bot.addresses import ConsoleLinks

            links = ConsoleLinks()
            effects = Effects(
                self.database,
                self.settings,
                self.clock,
                links,
                workflow=self.workflow,
                proposals=self.proposals,
                signals=self.signals,
                draft=lambda user_id, scope, words: self.drafts_on_demand.draft(user_id, scope, words),
            )
            return OperatingReviews(self.database, self.settings, self.clock, links, self.workflow, effects)

        return self._part("operating", make)

    @property
    def workflow_watch(self) -> WorkflowWatch:
        """What keeps the workflow while the server runs."""

        def make() -> WorkflowWatch:
            from bot.workflow_watch import WorkflowWatch

            return WorkflowWatch(self)

        return self._part("workflow_watch", make)

    @property
    def briefs(self) -> Briefs:
        """What makes the page before a call."""

        def make() -> Briefs:
            from agents.brief.service import Briefs
            from bot.addresses import ConsoleLinks

            return Briefs(self.database, self.settings, self.clock, ConsoleLinks())

        return self._part("briefs", make)

    @property
    def noting(self) -> Noting:
        """The thread that reads calls, while the server runs."""

        def make() -> Noting:
            from bot.noting import Noting

            return Noting(self)

        return self._part("noting", make)

    @property
    def pipeline(self) -> Pipeline:
        """How the pipeline stood, what moved, where the quarter will land, and what wins."""

        def make() -> Pipeline:
            from agents.pipeline.service import Pipeline

            return Pipeline(self.database, self.settings, self.clock, lambda: self.likelihoods)

        return self._part("pipeline", make)

    @property
    def likelihoods(self) -> Likelihoods:
        """How likely open deals are to be won, learned from those that were decided."""

        def make() -> Likelihoods:
            from agents.likelihood.service import Likelihoods

            return Likelihoods(self.database, self.settings, self.clock)

        return self._part("likelihoods", make)
