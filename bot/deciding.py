"""What a press on a card does, alike in every chat: it decides, opens a form, or opens the evidence; and it is always answered.

A button carries `<proposal id>:<version>`. Who pressed, their rights, the state and the guardrails are read at that moment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.admin_minutes import ACTIONS as ADMIN
from bot.admin_minutes import press
from bot.alert_card import ACTIONS as ALERTED
from bot.alert_card import ALERT
from bot.app import App
from bot.call_card import submit_form
from bot.cards import card, edit_form, evidence_of, reject_form, snooze_form
from bot.compose import view_at
from bot.message import FORMS, REVIEW, TICK, TICKS, Form, Message
from bot.morning import CHOICES as ASKED
from bot.morning import settle
from bot.stepping import STEP, Stepping
from infra.errors import Denied, Fatal
from infra.spine.people import User
from infra.spine.proposals import Proposal
from infra.spine.scope import Scope, scope_of
from sales.proposal import Action

if TYPE_CHECKING:
    from agents.proposals.record import ProposalOut
    from agents.proposals.request import Request

DECISIONS = frozenset(get_args(Action))
CHOICES = {"reply_stop": "stop", "reply_pause": "pause", "reply_continue": "continue"}
NOW = "now"
"""The button that approves a mail and sends it at once, whatever the hour where it is read."""

VERBS = DECISIONS | CHOICES.keys() | {"why", NOW, STEP, REVIEW} | ASKED.keys() | ALERTED | ADMIN
"""The actions of buttons that are ours to answer."""

OF_NO_CARD = frozenset(CHOICES) | ASKED.keys() | {STEP} | ALERTED | ADMIN
"""Those whose value names no proposal."""

_MORNING = time(9)
_GONE = "There is no such card any more."
_NO_LIST = "That list is not kept any more. Ask for it again."
_OTHER_VERSION = ("That button is from another version of Dealwright.", "Look at the card again.")
_CHOSEN = {"stopped": "Stopped: nothing more is sent to them.", "paused": "Paused.", "active": "It goes on."}


@dataclass(frozen=True)
class Shown:
    """What to show after a press: a sentence for the one who pressed, the card as it stands now, a form to open, or the evidence.

    `turned_to` is the other card of a list that `card` shows then, at `place` in that list.
    `acted` says that the press changed something: the card then tells it, and the sentence need not be said besides.
    """

    sentence: str | None = None
    acted: bool = False
    card: Message | None = None
    form: Form | None = None
    evidence: Message | None = None
    turned_to: ProposalOut | None = None
    place: str = ""


class Presses:
    """Answers presses of one chat surface. All of it blocks."""

    def __init__(self, app: App, surface: str) -> None:
        self._app = app
        self._surface = surface

    def press(self, verb: str, value: str, user: User, fields: Mapping[str, str] | None = None) -> Shown:
        """Do what the button says, or return what it opens; `fields` are what was ticked beside it. Raises Fatal (422) for a value that no card of ours carries."""
        if verb in CHOICES:
            return self._choose(value, CHOICES[verb], user)
        if verb in ASKED:
            signal, _ = read_value(value)
            return Shown(acted=True, card=settle(self._app, verb, signal, user, self._surface))
        if verb == STEP:
            return self._turn(value, user)
        if verb in ALERTED:
            return self._alert(verb, value, user)
        if verb in ADMIN:
            return Shown(acted=True, card=press(self._app, verb, value, user))
        proposal_id, version = read_value(value)
        found = self._app.proposals.get(proposal_id, self._scope(user))
        if found is None:
            return Shown(_GONE)
        if verb == "why":
            return Shown(evidence=evidence_of(found, self._view))
        if verb in FORMS:
            return self._form(verb, version, found)
        return self._decide(verb, proposal_id, version, user, fields or {})

    def submit(self, verb: str, value: str, fields: Mapping[str, str], user: User) -> Shown:
        """Do what a form says. Raises Fatal (422) for what no form of ours holds."""
        if verb in ALERTED:
            return self._alert(verb, value, user, words_in(fields))
        proposal_id, version = read_value(value)
        return self._decide(verb, proposal_id, version, user, fields)

    def _alert(self, verb: str, value: str, user: User, fields: Mapping[str, str] | None = None) -> Shown:
        from bot.alert_presses import press_alert

        done = press_alert(self._app, verb, read_value(value)[0], user.id, self._surface, fields)
        return Shown(done.sentence, done.acted, done.card, done.form, done.evidence)

    def _turn(self, value: str, user: User) -> Shown:
        app = self._app
        stepping = Stepping(app.database, app.clock, app.proposals, app.signals)
        step = stepping.turn(value, user, self._scope(user), self._view)
        if step is None:
            return Shown(_NO_LIST)
        return Shown(acted=True, card=step.message, turned_to=step.proposal, place=step.place)

    def card_of(self, proposal_id: str, user: User) -> Message | None:
        """Return a card, or an alert's, as it stands now, or None where this person may not see it."""
        if proposal_id.startswith(ALERT):
            from bot.alert_presses import card_of_alert

            return card_of_alert(self._app, proposal_id, user.id)
        found = self._app.proposals.get(proposal_id, self._scope(user))
        return None if found is None else card(found, self._view, evidence="asked")

    @property
    def _view(self) -> Any:
        return view_at(self._app.settings, self._app.clock.now())

    def _scope(self, user: User) -> Scope:
        with self._app.database.session() as session:
            return scope_of(session, user, self._app.settings.visibility)

    def _form(self, verb: str, version: int, found: ProposalOut) -> Shown:
        from sales.proposal import after

        action = "approve" if verb == REVIEW else verb
        if version != found.version or after(found.state, action) is None:  # type: ignore[arg-type]
            # Somebody was faster: a form on what is past would only lose their words.
            return Shown(
                "This was changed meanwhile. Here is how it stands now.",
                card=card(found, self._view, evidence="asked"),
            )
        if verb == REVIEW:
            return Shown(form=submit_form(found, self._view))
        if verb == "edit":
            return Shown(form=edit_form(found))
        return Shown(form=snooze_form(found, self._view) if verb == "snooze" else reject_form(found))

    def _decide(self, verb: str, proposal_id: str, version: int, user: User, fields: Mapping[str, str]) -> Shown:
        request = request_of(
            verb,
            (proposal_id, version),
            fields,
            zone=self._app.settings.zone,
            surface=self._surface,
            user_id=user.id,
        )
        outcome = self._app.proposals.decide(request)
        if outcome.outcome in ("denied", "not_found"):
            return Shown(outcome.sentence)
        return Shown(outcome.sentence, outcome.acted, self.card_of(proposal_id, user))

    def _choose(self, reply_id: str, choice: str, user: User) -> Shown:
        from agents.mailroom.choosing import choose

        try:
            now = self._app.clock.now()
            state = choose(self._app.database, reply_id, choice, user_id=user.id, surface=self._surface, now=now)
        except (Fatal, Denied) as error:
            return Shown(" ".join(filter(None, (error.sentence, error.next_step))))
        return Shown(_CHOSEN.get(state, "Noted."))


def belongs(session: Session, proposal_id: str, cards: Collection[str]) -> bool:
    """Return whether a proposal is one of the cards that stand at a place, or came of one of them, as the mail of a call's card does."""
    if not cards or proposal_id in cards:
        return True
    key = session.scalar(select(Proposal.key).where(Proposal.id == proposal_id))
    parents = session.scalars(select(Proposal.key).where(Proposal.id.in_(cards)))
    return key is not None and any(key.startswith(f"{parent}:") for parent in parents)


def read_value(value: str) -> tuple[str, int]:
    """Return the proposal's id and the version that a button carries. Raises Fatal (422)."""
    proposal_id, _, version = value.rpartition(":")
    if not proposal_id or len(proposal_id) > 80 or not (version.isascii() and version.isdigit() and len(version) < 9):
        raise Fatal(*_OTHER_VERSION, status=422)
    return proposal_id, int(version)


def request_of(
    verb: str, on: tuple[str, int], fields: Mapping[str, str], *, zone: ZoneInfo, surface: str, user_id: str | None
) -> Request:
    """Return the decision that a press on a card stands for; `on` is what `read_value` gave. Raises Fatal (422) for what no card of ours asks."""
    from agents.proposals.request import Request

    action = "approve" if verb == NOW else verb
    if action not in DECISIONS:
        raise Fatal(*_OTHER_VERSION, status=422)
    edit: dict[str, Any] | None = edit_of(fields) if verb == "edit" else None
    if action == "approve" and (ticked := ticked_of(fields)) is not None:
        edit = {"ticked": ticked}
    return Request(
        id=on[0],
        action=action,  # type: ignore[arg-type]
        version=on[1],
        surface=surface,
        user_id=user_id,
        edit={**(edit or {}), "send": "now"} if verb == NOW else edit,
        until=until_of(fields, zone) if verb == "snooze" else None,
        reason=reason_of(fields) if verb == "reject" else None,
    )


def edit_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what the fields of an edit change, with line ends as we keep them."""
    return {name: text.replace("\r\n", "\n") for name, text in words_in(fields).items()}


def words_in(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that hold words: some clients send along what is ticked elsewhere on the card."""
    return {name: text for name, text in fields.items() if name != TICKS and not name.startswith(TICK)}


def ticked_of(fields: Mapping[str, str]) -> list[str] | None:
    """Return the ids of the lines that are ticked, None where the form had none to tick."""
    if TICKS not in fields and not any(name.startswith(TICK) for name in fields):
        return None
    return [name.removeprefix(TICK) for name, told in fields.items() if name.startswith(TICK) and told == "true"]


def until_of(fields: Mapping[str, str], zone: ZoneInfo) -> datetime:
    """Return the morning of the day that the fields of a snooze name. Raises Fatal (422)."""
    try:
        day = date.fromisoformat(fields.get("until", ""))
    except ValueError as error:
        raise Fatal("That day can't be read.", "Choose one from the calendar.", status=422) from error
    return datetime.combine(day, _MORNING, zone).astimezone(UTC)


def reason_of(fields: Mapping[str, str]) -> str:
    """Return why it was turned down: the person's own words, else the reason that they chose."""
    return fields.get("words", "").strip() or fields.get("reason", "")
