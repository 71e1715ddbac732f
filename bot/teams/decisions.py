"""Presses on cards and submitted forms, in Teams: decided by `bot.deciding`, answered with the card as it stands now.

A client that opens no dialog for a button presses it: then the form stands inside the card until it is sent or left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.app import App
from bot.compose import view_at
from bot.copies import as_it_stands, note_of, ref_at, stand
from bot.deciding import OF_NO_CARD, VERBS, Presses, Shown, belongs, read_value, words_in
from bot.message import FORMS, REVIEW, Button, Buttons, Form, Message
from bot.teams.dialogs import Task, filled, opened, said
from bot.teams.elements import Element
from bot.teams.intake import SURFACE
from bot.teams.posting import place_name
from bot.teams.render import Card, lead_of, render
from infra.errors import DealwrightError, Denied
from infra.spine.people import User
from infra.spine.proposals import Copy

BACK = "card"
"""The action of the button that leads back from the evidence or a form to the card."""

CARD_VERBS = VERBS | {BACK}

_NOT_OF_THIS_CARD = "That button does not belong to this card, so nothing was done."
_GONE = "There is no such card any more."
_NOTED = "Done. The card shows it in a moment."


class CardClicks:
    """Answers presses on cards. The other copies are drawn anew by `bot.telling`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._presses = Presses(app, SURFACE)

    def respond(self, click: dict[str, Any], asker: User) -> Card | str:
        """Return the card that takes the place of the pressed one, or a sentence that is shown beside it."""
        try:
            if not self._belongs(click):
                return _NOT_OF_THIS_CARD
            if click["action"] == BACK:
                card = self._presses.card_of(read_value(click["value"])[0], asker)
                return _GONE if card is None else self._drawn(self._placed(click, Shown(card=card), asker))
            return self._told(click, self._shown(click, asker), asker)
        except Denied:
            raise
        except DealwrightError as error:
            return _sentence(error)

    def open(self, click: dict[str, Any], asker: User) -> Task:
        """Return the dialog that a button opens."""
        try:
            if not self._belongs(click):
                return said(_NOT_OF_THIS_CARD)
            shown = self._presses.press(click["action"], click["value"], asker)
        except DealwrightError as error:
            return said(_sentence(error))
        if shown.form is None:
            return said(shown.sentence or _NOTED)
        return opened(shown.form, lead=self._lead(shown.form))

    def submit(self, click: dict[str, Any], asker: User) -> Task | None:
        """Do what a dialog says; return what it shows then, None where it closes. What can't be right is asked again, with all words kept."""
        if not click["fields"]:
            # Some clients show the pressed card in the dialog before they ask for its own.
            return self.open(click, asker)
        try:
            shown = self._presses.submit(click["action"], click["value"], click["fields"], asker)
        except DealwrightError as error:
            form = self._form(click, asker) if error.status == 422 else None
            if form is None:
                return said(_sentence(error))
            return opened(filled(form, click["fields"]), _sentence(error), self._lead(form))
        return None if shown.acted else said(shown.sentence or _NOTED)

    def _shown(self, click: dict[str, Any], asker: User) -> Shown:
        if click["action"] in FORMS and words_in(click["fields"]):
            return self._presses.submit(click["action"], click["value"], click["fields"], asker)
        return self._presses.press(click["action"], click["value"], asker, click["fields"])

    def _form(self, click: dict[str, Any], asker: User) -> Form | None:
        # What submits a review is no button that opens it.
        verb = REVIEW if click["action"] == "approve" else click["action"]
        try:
            return self._presses.press(verb, click["value"], asker).form
        except DealwrightError:
            return None

    def _lead(self, form: Form) -> list[Element]:
        calendar = view_at(self._app.settings, self._app.clock.now()).calendar
        return lead_of(form, calendar)

    def _told(self, click: dict[str, Any], shown: Shown, asker: User) -> Card | str:
        back = Buttons((Button("Back", BACK, click["value"]),))
        if shown.form is not None:
            return self._drawn(Message(shown.form.title, (*shown.form.lead, shown.form, back)))
        if shown.evidence is not None:
            return self._drawn(replace(shown.evidence, parts=(*shown.evidence.parts, back)))
        if shown.card is not None:
            return self._drawn(self._placed(click, shown, asker), None if shown.acted else shown.sentence)
        return shown.sentence or _NOTED

    def _placed(self, click: dict[str, Any], shown: Shown, asker: User) -> Message:
        """Return a card as it stands in this message: one of a list in its frame; one that was turned to is its card from now on."""
        assert shown.card is not None
        database = self._app.database
        ref = ref_at(database, SURFACE, place_name(click["conversation"], click["reply_to"]))
        if shown.turned_to is None:
            return as_it_stands(database, shown.card, ref)
        if ref:
            with database.transaction() as session:
                stand(session, SURFACE, ref, note_of(shown.turned_to, asker.id, shown.place), self._app.clock.now())
        return shown.card

    def _drawn(self, message: Message, lead: str | None = None) -> Card | str:
        cards = render(message, view_at(self._app.settings, self._app.clock.now()).calendar, lead).cards
        # The place of one card takes one: what is longer is drawn by whoever put it there.
        return cards[0] if len(cards) == 1 else lead or _NOTED

    def _belongs(self, click: dict[str, Any]) -> bool:
        """Return whether a card that we put there is the proposal's own: a payload may name any other."""
        if click["action"] in OF_NO_CARD or not click["reply_to"]:
            return True
        proposal_id, _ = read_value(click["value"])
        place = place_name(click["conversation"], click["reply_to"])
        with self._app.database.session() as session:
            stands = session.scalars(select(Copy.proposal_id).where(Copy.surface == SURFACE, Copy.place == place)).all()
            return belongs(session, proposal_id, stands)


def _sentence(error: DealwrightError) -> str:
    return " ".join(filter(None, (error.sentence, error.next_step)))
