"""What a pressed button does: feedback, asking on, and opening what was folded.

A new client (`Action.Execute`) waits for the card that takes the place of the one that was pressed, for the one who pressed only; an old one
(`Action.Submit`) sends a message, and gets one.
"""

from __future__ import annotations

from typing import Any

from bot.app import App
from bot.channel import covers
from bot.message import all_buttons, fixed, with_note
from bot.pictures.keeping import Pictures
from bot.reception import GONE, NOT_HERE, NOT_YOURS, Kept
from bot.teams.decisions import CARD_VERBS, CardClicks
from bot.teams.dialogs import Task, said
from bot.teams.directory import Directory
from bot.teams.doubles import Doubles, Spot
from bot.teams.marks import marked
from bot.teams.pictures import inside
from bot.teams.posting import About, Posts
from bot.teams.questions import Delivery, Questions, privately
from bot.teams.render import Card, Rendered, render, render_fold, with_line
from infra.errors import Denied
from infra.spine.people import User
from infra.spine.scope import scope_of

_TWICE = "That message stood here twice, so I removed the one that you pressed. Go on in the other one."
_THANKS = {True: "You found this useful. Thank you.", False: "You found this not useful. Thank you."}


class Clicks:
    """Does what buttons say. A click is always answered."""

    def __init__(self, app: App, directory: Directory, posts: Posts, questions: Questions, doubles: Doubles) -> None:
        self._app = app
        self._directory = directory
        self._posts = posts
        self._questions = questions
        self._doubles = doubles
        self._reception = questions.reception
        self._cards = CardClicks(app)
        self._pictures = Pictures(app.settings, app.database, app.clock)

    def respond(self, click: dict[str, Any]) -> Card | str:
        """Return the card that takes the place of the pressed one, or a sentence that is shown beside it. Not for `ask`.

        What is pressed on a double is done for the post that is kept, and the double is removed.
        """
        kept = self._doubled(click)
        if kept is None:
            told = self._responded(click)
            # What takes the place of a post is known as it, too.
            return told if isinstance(told, str) or not click.get("mark") else marked(told, click["mark"])
        told = self._responded(kept)
        self._doubles.drop(Spot(click["service"], click["conversation"]), click["reply_to"])
        return told if isinstance(told, str) else _TWICE

    def _responded(self, click: dict[str, Any]) -> Card | str:
        try:
            asker = self._directory.asker(click)
            if click["action"] in ("useful", "not_useful"):
                return self._feedback(click, asker, click["action"] == "useful")
            if click["action"] in ("fold", "back"):
                return self._unfold(click, asker)
            if click["action"] in CARD_VERBS:
                return self._cards.respond(click, asker)
        except Denied as denied:
            return " ".join(filter(None, (denied.sentence, denied.next_step)))
        return " ".join(NOT_HERE)

    def dialog(self, click: dict[str, Any], *, filled: bool) -> Task | None:
        """Return the dialog that a button opens, or with `filled` what comes after one was sent: None where it closes."""
        kept = self._doubled(click)
        if kept is not None:
            self._doubles.drop(Spot(click["service"], click["conversation"]), click["reply_to"])
            click = kept
        try:
            asker = self._directory.asker(click)
            return self._cards.submit(click, asker) if filled else self._cards.open(click, asker)
        except Denied as denied:
            return said(" ".join(filter(None, (denied.sentence, denied.next_step))))

    def pressed(self, key: str, click: dict[str, Any]) -> list[Delivery]:
        """Return what to post for a click that nobody waits for."""
        if click["action"] == "ask":
            return self._ask(key, click)
        shown = self.respond(click)
        if isinstance(shown, str):
            return [self._questions.tell(key, click, fixed(shown), None)]
        about = self._about(click)
        post = self._questions.tell(key, click, fixed(*GONE), about.scope, thread=about.context)
        post["draft"] |= {"cards": [shown], "text": shown.get("fallbackText") or "Here it is."}
        # What one person opened is not everybody's: among others it goes to them alone.
        return [post if click["place"] == "personal" else privately(click, post)]

    def _doubled(self, click: dict[str, Any]) -> dict[str, Any] | None:
        """Return the click as one on the post that is kept, where it was made on a double of it."""
        if not click["reply_to"] or not click.get("mark"):
            return None
        kept = self._doubles.kept_for(click["conversation"], click["reply_to"], click["mark"])
        return {**click, "reply_to": kept} if kept else None

    def _ask(self, key: str, click: dict[str, Any]) -> list[Delivery]:
        try:
            words = self._words(click)
        except Denied as denied:
            return [self._questions.tell(key, click, fixed(denied.sentence, denied.next_step), None)]
        if not words:
            return [self._questions.tell(key, click, fixed(*GONE), None)]
        who = click["name"] if click["place"] != "personal" and click["name"] else "You"
        lead = f"{who} asked: “{words[:300]}”"
        return self._questions.answer(key, click, words, lead, self._about(click).context or None)

    def _words(self, click: dict[str, Any]) -> str | None:
        value: str = click["value"]
        if not value.startswith("@"):
            return value
        name, _, number = value[1:].rpartition(":")
        found = self._kept_for(click, self._directory.asker(click), name)
        if isinstance(found, str) or not number.isdigit():
            return None
        buttons = list(all_buttons(found.message.parts))
        return buttons[int(number)].value if int(number) < len(buttons) else None

    def _feedback(self, click: dict[str, Any], asker: User, useful: bool) -> Card | str:
        found = self._kept_for(click, asker, click["value"])
        if isinstance(found, str):
            return found
        self._reception.rate(click["value"], asker, useful=useful)
        return with_line(self._told_again(click, found), _THANKS[useful])

    def _unfold(self, click: dict[str, Any], asker: User) -> Card | str:
        if click["action"] == "back":
            found = self._kept_for(click, asker, click["value"])
            return found if isinstance(found, str) else self._told_again(click, found).cards[0]
        name, which, start = [*click["value"].rsplit(":", 2), "", ""][:3]
        found = self._kept_for(click, asker, name)
        if isinstance(found, str):
            return found
        try:
            told = inside(self._pictures, with_note(found.message, self._about(click).note))
            return render_fold(told, found.calendar, which, int(start))
        except (IndexError, ValueError):
            return " ".join(GONE)

    def _told_again(self, click: dict[str, Any], found: Kept) -> Rendered:
        about = self._about(click)
        return render(inside(self._pictures, with_note(found.message, about.note)), found.calendar, about.lead)

    def _kept_for(self, click: dict[str, Any], asker: User, answer_id: str) -> Kept | str:
        """Return a stored answer that the one who clicked may read, or why not."""
        found = self._reception.kept(answer_id)
        if found is None:
            return " ".join(GONE)
        if found.asked_by == asker.id or found.open:
            return found
        scope = self._about(click).scope
        if scope is None:
            return " ".join(NOT_YOURS)
        with self._app.database.session() as session:
            seen = scope_of(session, asker, self._app.settings.visibility)
        return found if covers(seen, scope) else " ".join(NOT_YOURS)

    def _about(self, click: dict[str, Any]) -> About:
        return self._posts.about(click["conversation"], click["reply_to"]) or About("")
