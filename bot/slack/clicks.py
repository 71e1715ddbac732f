"""What a pressed button does: feedback, asking on, and opening what was folded."""

from __future__ import annotations

from typing import Any

from bot.app import App
from bot.channel import covers
from bot.deciding import VERBS
from bot.inbox import Arrived
from bot.message import all_buttons, fixed
from bot.pictures.keeping import Pictures
from bot.reception import GONE, NOT_HERE, NOT_YOURS, Kept
from bot.slack.blocks import Block
from bot.slack.decisions import CardClicks
from bot.slack.deliveries import Delivery, direct, update, view, whisper
from bot.slack.directory import Directory
from bot.slack.mrkdwn import escaped
from bot.slack.posting import Posts
from bot.slack.questions import Questions, Spot
from bot.slack.render import (
    MESSAGE_BLOCKS,
    REST,
    context,
    fold_label,
    modal,
    page_of,
    render,
    render_fold,
    render_rest,
)
from infra.errors import Denied
from infra.spine.people import User
from infra.spine.scope import scope_of

_NOTE = "dw-said"
_EPHEMERAL_CHARACTERS = 8_000


class Clicks:
    """Does what buttons say. A click is always answered."""

    def __init__(self, app: App, directory: Directory, posts: Posts, questions: Questions) -> None:
        self._app = app
        self._directory = directory
        self._posts = posts
        self._questions = questions
        self._reception = questions.reception
        self._cards = CardClicks(app, directory)
        self._pictures = Pictures(app.settings, app.database, app.clock)

    def pressed(self, event: Arrived) -> list[Delivery]:
        """Return what to deliver for a click."""
        click = event.payload
        verb = click["action"].split(":")[1]
        if verb == "open":
            return []
        if verb == "ask":
            return self._ask(event, click)
        try:
            asker = self._directory.people.asker(f"{click['workspace']}:{click['user']}")
            if verb in ("useful", "not_useful"):
                return self._feedback(click, asker, verb == "useful")
            if verb in ("fold", "more"):
                return self._unfold(click, asker)
            if verb in VERBS:
                return self._cards.pressed(event.id, verb, click, asker)
        except Denied as denied:
            return [self.say(click, denied.sentence, denied.next_step)]
        return [self.say(click, *NOT_HERE)]

    def submitted(self, event: Arrived) -> list[Delivery]:
        """Return what to deliver for a form that was filled in."""
        form = event.payload
        try:
            asker = self._directory.people.asker(f"{form['workspace']}:{form['user']}")
            return self._cards.submitted(event.id, form, asker)
        except Denied as denied:
            told = render(fixed(denied.sentence, denied.next_step), self._reception.view.calendar)
            return [direct(f"{event.id}:told", form["workspace"], form["user"], told)]

    def say(self, click: dict[str, Any], sentence: str, next_step: str = "") -> Delivery:
        """Return a fixed sentence for the one who clicked."""
        rendered = render(fixed(sentence, next_step), self._reception.view.calendar)
        return whisper(click, rendered.text, rendered.blocks)

    def _ask(self, event: Arrived, click: dict[str, Any]) -> list[Delivery]:
        words = self._words(click["value"])
        if words is None:
            return [self.say(click, *GONE)]
        private = click["channel"].startswith("D")
        unseen = click["response_url"] if click["ephemeral"] else None
        thread = click["thread_ts"] or (None if private or unseen else click["ts"])
        spot = Spot(event.id, click["workspace"], click["channel"], click["user"], click["ts"], thread, unseen)
        asked = context(f"<@{click['user']}> asked: “{escaped(words[:300])}”")
        return self._questions.answer(spot, words, click.get("user_team"), False, [asked])

    def _words(self, value: str) -> str | None:
        if not value.startswith("@"):
            return value or None
        key, _, number = value[1:].rpartition(":")
        kept = self._reception.kept(key)
        buttons = [] if kept is None else list(all_buttons(kept.message.parts))
        return buttons[int(number)].value if number.isdigit() and int(number) < len(buttons) else None

    def _feedback(self, click: dict[str, Any], asker: User, useful: bool) -> list[Delivery]:
        if self._reception.kept(click["value"]) is None:
            return [self.say(click, *GONE)]
        self._reception.rate(click["value"], asker, useful=useful)
        if click["view_id"]:
            # A modal is no message that a line could be added to.
            thanks = render(fixed("Noted. Thank you."), self._reception.view.calendar)
            return [
                direct(f"{click['view_id']}:{click['value']}:noted"[:200], click["workspace"], click["user"], thanks)
            ]
        told = f"<@{click['user']}> found this {'useful' if useful else 'not useful'}. Thank you."
        line = {**context(told), "block_id": f"{_NOTE}:{click['user']}"[:255]}
        blocks = [block for block in click["blocks"] if block.get("block_id") != line["block_id"]]
        if not blocks or len(blocks) >= MESSAGE_BLOCKS:
            return [self.say(click, "Noted. Thank you.")]
        url = click["response_url"] if click["ephemeral"] else None
        return [update(click["workspace"], click["channel"], click["ts"], url, click["text"], [*blocks, line])]

    def _unfold(self, click: dict[str, Any], asker: User) -> list[Delivery]:
        name, _, offset = click["value"].rpartition(":")
        key, which, start = [*name.rsplit(":", 2), "", ""][:3]
        kept = self._reception.kept(key)
        if kept is None or not start.isdigit() or not offset.isdigit():
            return [self.say(click, *GONE)]
        if not self._may_read(click, asker, kept):
            return [self.say(click, *NOT_YOURS)]
        message = self._pictures.linked(kept.message)
        if which == REST:
            title, blocks = "The rest", render_rest(message, kept.calendar)[int(start) :]
        elif which.isdigit():
            title = fold_label(message, int(which))
            blocks = render_fold(message, kept.calendar, int(which), tables=False)
        else:
            return [self.say(click, *GONE)]
        shown = modal(title, blocks, name, int(offset))
        otherwise = self._unfolded(click, blocks, name, int(offset))
        return [view(click["workspace"], click["trigger_id"] or "", click["view_id"], shown, otherwise)]

    def _may_read(self, click: dict[str, Any], asker: User, kept: Kept) -> bool:
        # A modal is open before the one who may read it only.
        if kept.asked_by == asker.id or kept.open or click["view_id"]:
            return True
        scope = self._posts.scope_of(click["workspace"], click["channel"], click["ts"])
        if scope is None:
            return False
        with self._app.database.session() as session:
            return covers(scope_of(session, asker, self._app.settings.visibility), scope)

    def _unfolded(self, click: dict[str, Any], blocks: list[Block], name: str, offset: int) -> Delivery:
        page = page_of(blocks, offset, MESSAGE_BLOCKS - 2, _EPHEMERAL_CHARACTERS)
        shown = list(page.blocks)
        if page.following is not None:
            more = {"type": "button", "text": {"type": "plain_text", "text": "More"}, "action_id": "dw:more:0"}
            shown.append({"type": "actions", "elements": [{**more, "value": f"{name}:{page.following}"}]})
        return whisper(click, "The part that was folded.", shown)
