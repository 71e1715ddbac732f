"""Presses on cards and submitted forms, in Slack: decided by `bot.deciding`, told where one pressed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.app import App
from bot.compose import view_at
from bot.copies import as_it_stands, note_of, ref_at, stand
from bot.deciding import OF_NO_CARD, Presses, Shown, belongs, read_value
from bot.figures import Calendar
from bot.message import Message, fixed
from bot.slack.deliveries import Delivery, direct, update, view, whisper
from bot.slack.directory import Directory
from bot.slack.forms import fits, form_modal
from bot.slack.render import modal, render, render_rest
from infra.errors import DealwrightError, Denied
from infra.spine.people import User
from infra.spine.proposals import Copy

_NOT_OF_THIS_CARD = "That button does not belong to this card, so nothing was done."
_TOO_LONG = "This mail is too long for a form in Slack. Open it in the console to change it."
_ELSEWHERE = "Slack took too long to open that. Press again."


class CardClicks:
    """Answers presses on cards. Reads, decides, and returns what to deliver; the other copies are drawn anew by `bot.telling`."""

    def __init__(self, app: App, directory: Directory) -> None:
        self._app = app
        self._directory = directory
        self._presses = Presses(app, "slack")

    def pressed(self, key: str, verb: str, click: dict[str, Any], asker: User) -> list[Delivery]:
        """Return what to deliver for a press."""
        try:
            if not self._belongs(verb, click):
                return [self._say(click, _NOT_OF_THIS_CARD)]
            shown = self._presses.press(verb, click["value"], asker, click.get("fields"))
        except Denied:
            raise
        except DealwrightError as error:
            if error.status >= 500:
                raise
            return [self._say(click, " ".join(filter(None, (error.sentence, error.next_step))))]
        return self._deliveries(key, click, self._placed(click, shown, asker))

    def submitted(self, key: str, form: dict[str, Any], asker: User) -> list[Delivery]:
        """Return what to deliver for a submitted form: the one who filled it in is told in private."""
        verb = form["action"].split(":")[1]
        try:
            shown = self._presses.submit(verb, form["value"], form["fields"], asker)
        except Denied:
            raise
        except DealwrightError as error:
            if error.status >= 500:
                raise
            shown = Shown(" ".join(filter(None, (error.sentence, error.next_step))))
        return [self._privately(key, form, shown.sentence)] if shown.sentence and not shown.acted else []

    def _belongs(self, verb: str, click: dict[str, Any]) -> bool:
        """Return whether a card that we put there is the proposal's own: a payload may name any other."""
        if verb in OF_NO_CARD or click["view_id"]:
            return True
        proposal_id, _ = read_value(click["value"])
        with self._app.database.session() as session:
            stands = session.scalars(
                select(Copy.proposal_id).where(
                    Copy.surface == "slack", Copy.place == f"{click['channel']}:{click['ts']}"
                )
            ).all()
            return belongs(session, proposal_id, stands)

    def _placed(self, click: dict[str, Any], shown: Shown, asker: User) -> Shown:
        """Return what to show as it stands in this message: a card of a list in its frame; one that was turned to is its card from now on."""
        if shown.card is None or not click["ts"] or click["ephemeral"]:
            return shown
        place = f"{click['channel']}:{click['ts']}"
        if shown.turned_to is None:
            card = as_it_stands(self._app.database, shown.card, ref_at(self._app.database, "slack", place))
            return replace(shown, card=card)
        ref = {"workspace": click["workspace"], "channel": click["channel"], "ts": click["ts"], "place": place}
        with self._app.database.transaction() as session:
            stand(session, "slack", ref, note_of(shown.turned_to, asker.id, shown.place), self._app.clock.now())
        return shown

    def _deliveries(self, key: str, click: dict[str, Any], shown: Shown) -> list[Delivery]:
        made: list[Delivery] = []
        if shown.card is not None and click["ts"]:
            url = click["response_url"] if click["ephemeral"] else None
            drawn = render(shown.card, self._calendar)
            made.append(update(click["workspace"], click["channel"], click["ts"], url, drawn.text, drawn.blocks))
        if shown.form is not None:
            if fits(shown.form):
                lead = render_rest(Message(shown.form.title, shown.form.lead), self._calendar)
                opened, otherwise = form_modal(shown.form, lead), self._say(click, _ELSEWHERE)
                made.append(view(click["workspace"], click["trigger_id"] or "", None, opened, otherwise))
            else:
                made.append(self._say(click, _TOO_LONG))
        if shown.evidence is not None:
            made.append(self._open(click, shown.evidence))
        if shown.sentence and not shown.acted:
            made.append(self._say(click, shown.sentence))
        return made

    def _open(self, click: dict[str, Any], message: Message) -> Delivery:
        drawn = render(message, self._calendar)
        shown = modal("Why?", drawn.blocks, "", 0)
        otherwise = whisper(click, drawn.text, drawn.blocks)
        return view(click["workspace"], click["trigger_id"] or "", click["view_id"], shown, otherwise)

    def _say(self, click: dict[str, Any], sentence: str) -> Delivery:
        drawn = render(fixed(sentence), self._calendar)
        return whisper(click, drawn.text, drawn.blocks)

    def _privately(self, key: str, form: dict[str, Any], sentence: str) -> Delivery:
        # A form knows no channel: its outcome goes to the direct message of the one who filled it in.
        drawn = render(fixed(sentence), self._calendar)
        return direct(f"{key}:told", form["workspace"], form["user"], drawn)

    @property
    def _calendar(self) -> Calendar:
        return view_at(self._app.settings, self._app.clock.now()).calendar
