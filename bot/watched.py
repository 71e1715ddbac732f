"""The parts that watch: deal health, alerts, the pipeline, the workflow, and the reviews that are delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.selling import Selling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.alerts.service import Alerting
    from agents.digest.service import Reviews
    from agents.health.service import HealthService
    from agents.likelihood.service import Likelihoods
    from agents.operating.service import OperatingReviews
    from agents.pipeline.service import Pipeline
    from agents.workflow.service import Workflows
    from bot.admin_minutes import AdminAsking
    from bot.alert_watch import AlertWatch
    from bot.delivering import Delivering
    from bot.digest_rounds import Reviewing
    from bot.noting import Noting
    from bot.stepping import Step
    from bot.workflow_watch import WorkflowWatch


class Watched(Selling):
    """What stands on everything that sells, and tells people how it stands. See `bot.app.App`."""

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
            from bot.addresses import ConsoleLinks
            from sales.playbooks import EXAMPLE, FILE, faults_of_playbooks, read_playbooks

            playbooks = self._in_force(FILE, faults_of_playbooks, lambda text: read_playbooks(text or EXAMPLE))
            drafting = Redrafting(self.database, self.settings, self.clock, self.guards, self.guard_tending.prepare)
            return Alerting(
                self.database,
                self.settings,
                self.clock,
                self.health_of_deals,
                playbooks,
                drafting,
                ConsoleLinks(),
                lambda: self.workflow,
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
    def admin_asking(self) -> AdminAsking:
        """What asks people for their minutes of administration."""

        def make() -> AdminAsking:
            from bot.admin_minutes import AdminAsking

            return AdminAsking(self)

        return self._part("admin_asking", make)

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

    @property
    def noting(self) -> Noting:
        """The thread that reads calls, while the server runs."""

        def make() -> Noting:
            from bot.noting import Noting

            return Noting(self)

        return self._part("noting", make)

    def compose(self, kind: str, payload: Mapping[str, Any], user_id: str) -> Step | None:
        """See `Selling.compose`."""
        if kind == "alert":
            return self.alert_watch.compose(payload, user_id)
        if kind == "admin_minutes":
            return self.admin_asking.compose(payload, user_id)
        return super().compose(kind, payload, user_id)

    def ticks(self) -> tuple[Callable[[], None], ...]:
        """See `Selling.ticks`."""
        # It draws cards anew in durable work, so it must have said so before that starts.
        _ = self.alert_watch
        kept = (self.workflow_watch.tick, self.admin_asking.tick) if self.settings.watch else ()
        return (*super().ticks(), self.delivering.tick, *kept)
