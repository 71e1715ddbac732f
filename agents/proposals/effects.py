"""Doing what was approved, at most once, through kills and restarts.

Before a mail leaves, its effect is marked `sending` under its Message-ID. Whoever finds that mark after a crash asks the carrier first:
there → done, absent → sent now, cannot tell → a person decides. A worker that was only stalled is held back by two fences, read right
before the carrier is touched: its hold on the durable work, and the name that the last one to take the effect left in its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol, TypeVar

from sqlalchemy import select

from agents.proposals.aftermath import Aftermath
from agents.proposals.announcer import Announcer
from agents.proposals.effect_rows import read_key
from agents.proposals.guards import Guards
from agents.proposals.post import PostOffice
from agents.proposals.record import Mail
from agents.proposals.verdicts import Taken, Verdict, Verdicts
from infra.errors import DealwrightError
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.proposals import Effect, ProposalVersion
from integrations.sending.carrier import Carrier, NotTaken, OutcomeUnknown, Receipt
from sales.clock import Clock

T = TypeVar("T")
SETTLING = timedelta(minutes=1)
"""How long after an attempt a carrier that does not show the mail is not believed: what Gmail and Microsoft took is found some seconds later."""

_LOG = logger("effects")


class Steps(Protocol):
    """Durable work, as `infra.workflows` does it."""

    def step(self, name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        """Do `function` once, through restarts; its result must be plain JSON."""
        ...

    def still_ours(self) -> bool:
        """Tell whether the work under way in this thread was not taken over by another worker."""
        ...


Doer = Callable[[Taken, Steps], Verdict]
"""Carries out an effect of one kind that a run has taken, records the verdict and returns it. Where `look_first` is set, an earlier run may have done it."""


class Effects:
    """Has effects carried out. `prepare` has known what the guardrails ask of a sender and a recipient, before they are read; `logged` is called when there is a new activity to be indexed; `crash` is called with the name of each point between two records; tests let it kill the process."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        guards: Guards,
        post: PostOffice,
        announcer: Announcer,
        aftermath: Aftermath,
        *,
        prepare: Callable[[str, str], None] = lambda _sender, _recipient: None,
        logged: Callable[[], None] = lambda: None,
        crash: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._post = post
        self._announcer = announcer
        self._verdicts = Verdicts(database, settings, clock, guards, aftermath)
        # The one place that knows who carries out which kind of effect (`Content.effect.kind`).
        self._doers: Mapping[str, Doer] = {"mail": self._mail, "task": self._task, "closing": self._task}
        self._prepare = prepare
        self._logged = logged
        self._crash = crash

    def run(self, key: str, steps: Steps) -> None:
        """Do the durable work of one planning of an effect. See `effect_rows.work_key`."""
        effect_id, planning = read_key(key)
        self._crash("effect: begun")
        verdict = steps.step("send", lambda: self._send(effect_id, planning, steps))
        self._crash("effect: sent")
        if verdict != "over":
            steps.step("tell", lambda: self._tell(effect_id), attempts=3)
        if verdict == "done":
            self._logged()
        self._crash("effect: told")

    def give_up(self, effect_id: str, planning: int) -> None:
        """Plan an effect anew whose durable work ended without a verdict; after several times it stands before a person."""
        if self._verdicts.give_up(effect_id, planning):
            self._tell(effect_id)

    def _tell(self, effect_id: str) -> None:
        with self._database.session() as session:
            proposal = session.scalar(select(Effect.proposal_id).where(Effect.id == effect_id))
        if proposal is not None:
            self._announcer.changed(proposal)

    def _send(self, effect_id: str, planning: int, steps: Steps) -> Verdict:
        place = self._prepared(effect_id)
        taken = self._verdicts.take(effect_id, planning, place)
        if not isinstance(taken, Taken):
            return taken
        self._crash("send: marked")
        return self._doers[taken.content.effect.kind](taken, steps)

    def _task(self, taken: Taken, _steps: Steps) -> Verdict:
        """What stands in the spine alone, as tasks and what is planned of a call's card do: that it is done is all there is to do."""
        return self._verdicts.done(taken, Receipt("spine"))

    def _mail(self, taken: Taken, steps: Steps) -> Verdict:
        assert isinstance(taken.content.effect, Mail)
        try:
            return self._carry(taken, taken.content.effect, steps)
        except NotTaken as refusal:
            return self._verdicts.refused(taken, refusal)
        except OutcomeUnknown:
            _LOG.warning("outcome unknown", effect_id=taken.effect_id)
            return self._looked_for(taken)

    def _prepared(self, effect_id: str) -> str:
        """Have known what the guardrails will ask; return the place that the mail would leave from, "" where that can't be told."""
        with self._database.session() as session:
            told = session.scalar(
                select(ProposalVersion.effect)
                .join(Effect, Effect.proposal_id == ProposalVersion.proposal_id)
                .where(Effect.id == effect_id, ProposalVersion.version == Effect.version)
            )
        mail = told.get("mail") if told is not None and told["kind"] == "closing" else None
        if mail is not None:
            self._prepare(mail["sender"], mail["to"])
        if told is None or told["kind"] != "mail":
            return ""
        self._prepare(told["sender"], told["to"])
        try:
            return self._post.place_of(told["sender"])
        except DealwrightError:
            # Whoever carries it meets the same trouble, and tells a person.
            return ""

    def _carry(self, taken: Taken, mail: Mail, steps: Steps) -> Verdict:
        assert taken.marker is not None
        try:
            carrier = self._post.carrier_of(mail.sender)
            if taken.look_first:
                found = self._found(taken, mail) or self._too_early(taken) or self._verdicts.held_back(taken)
                if found is not None:
                    return found
            message = self._post.written(mail, marker=taken.marker, proposal_id=taken.proposal_id, at=self._clock.now())
        except DealwrightError as error:
            _LOG.error("mail not written", effect_id=taken.effect_id, exc_info=error)
            return self._verdicts.unwritten(taken, error, maybe_sent=taken.look_first)
        if not (steps.still_ours() and self._verdicts.is_held(taken)):
            return "over"
        receipt = _handed(carrier, message, mail, taken.marker)
        self._crash("send: taken")
        verdict = self._verdicts.done(taken, receipt)
        self._crash("send: recorded")
        return verdict

    def _found(self, taken: Taken, mail: Mail) -> Verdict | None:
        """Ask the carrier of an attempt what became of it; None where it does not have the mail."""
        assert taken.marker is not None
        carrier = self._post.asked(taken.place, mail.sender)
        where = carrier.find(taken.marker, sender=mail.sender) if carrier is not None else "cannot_tell"
        if carrier is not None and where == "there":
            return self._verdicts.done(taken, Receipt(carrier.name))
        return None if where == "absent" else self._verdicts.unknown(taken)

    def _too_early(self, taken: Taken) -> Verdict | None:
        """Look again a while later where a mail that the carrier does not have yet may still be on its way into its search."""
        at_once = taken.place.partition(":")[0] == "outbox"
        return None if at_once or self._clock.now() - taken.tried_at >= SETTLING else self._verdicts.look_again(taken)

    def _looked_for(self, taken: Taken) -> Verdict:
        """After a broken connection: look whether the mail arrived, where that can be done."""
        assert isinstance(taken.content.effect, Mail)
        mail = taken.content.effect
        try:
            found = self._found(taken, mail)
        except DealwrightError as error:
            return self._verdicts.unwritten(taken, error, maybe_sent=True)
        return found or self._verdicts.look_again(taken)


def _handed(carrier: Carrier, message: bytes, mail: Mail, marker: str) -> Receipt:
    try:
        return carrier.send(message, sender=mail.sender, recipient=mail.to, marker=marker)
    except (NotTaken, OutcomeUnknown):
        raise
    except Exception as error:
        _LOG.error("carrier failed", carrier=carrier.name, exc_info=error)
        raise OutcomeUnknown("carrier_failed") from error
