"""What people have done by words in a chat, alike on every surface: their feed, what waits, a draft, pausing, being away, connecting a mailbox.

Only clear matches count: everything else is a question. What comes of it is for the asker's eyes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from agents.notices import drop
from bot import admin_minutes
from bot.absences import come_back, set_away
from bot.app import App
from bot.cards import card
from bot.compose import view_at
from bot.guarding import Surface, set_paused
from bot.message import Button, Buttons, Message, Part, Text, fixed, plain
from bot.moments import read_moment
from bot.stepping import Stepping
from bot.telling import first_card
from infra.errors import DealwrightError, Denied
from infra.spine.people import User
from infra.spine.scope import Scope, scope_of
from sales.courtesies import END
from sales.spoken_dates import days_in

if TYPE_CHECKING:
    from agents.proposals.record import ProposalOut

_FEED = re.compile(rf"\s*(?:(?:please\s+)?show\s+(?:me\s+)?)?(?:my\s+)?(?:morning\s+)?feed{END}", re.IGNORECASE)
_WAITING = re.compile(
    rf"\s*(?:what(?:['’]s| is)?\s+wait(?:s|ing)(?:\s+for\s+me)?"
    rf"|what\s+do\s+i\s+(?:have\s+to|need\s+to|must)\s+(?:approve|decide(?:\s+on)?)"
    rf"|(?:show\s+(?:me\s+)?)?my\s+(?:cards|approvals|proposals)){END}",
    re.IGNORECASE,
)
_PAUSE = re.compile(
    r"\s*(?P<what>pause|resume)(?:\s+(?:sending|mails?))?(?:\s+(?:from|for))?(?:\s+(?P<domain>@?[\w-]+(?:\.[\w-]+)+))?"
    rf"(?:\s*(?::|,|-|–|because)\s*(?P<reason>.+?))?{END}",
    re.IGNORECASE | re.DOTALL,
)
_AWAY = re.compile(
    r"\s*(?:i\s*(?:['’]m|am|will\s+be)\s+)?(?:away|out(?:\s+of\s+(?:the\s+)?office)?|on\s+(?:leave|holidays?|vacation))\s+"
    r"(?P<when>(?:until|till|through|to)\s+.+?)\s*[,;.]?\s+(?:and\s+)?(?P<who>\S+(?:\s+\S+){0,3}?)\s+"
    rf"(?:decides|will\s+decide|stands\s+in|covers|approves)(?:\s+for\s+me)?{END}",
    re.IGNORECASE,
)
_BACK = re.compile(rf"\s*i\s*(?:['’]m|am)\s+back{END}", re.IGNORECASE)
_ASKED_IN_CHAT = "Paused by hand in chat."


@dataclass(frozen=True)
class Reply:
    """What came of a command: a message for the asker alone, and the card that it shows, with its place in a list."""

    message: Message
    proposal: ProposalOut | None = None
    place: str = ""


class Commands:
    """Does what people say on one surface. All of it blocks."""

    def __init__(self, app: App, surface: Surface) -> None:
        self._app = app
        self._surface = surface

    def answer(self, words: str, user: User) -> Reply | None:
        """Return what came of a command, None where the words are none. What can't be done is told in fixed words."""
        try:
            return self._answer(words, user)
        except DealwrightError as error:
            if error.status >= 500:
                raise
            return Reply(fixed(error.sentence, error.next_step))

    def _answer(self, words: str, user: User) -> Reply | None:
        from agents.outreach.on_demand import is_request
        from bot.mailboxes import asks_to_connect, connect_message

        if asks_to_connect(words):
            return Reply(connect_message(self._app, user.id, self._surface))
        if _FEED.fullmatch(words):
            return self._stepped("feed", user)
        if _WAITING.fullmatch(words):
            return self._stepped("waiting", user)
        if found := _PAUSE.fullmatch(words):
            return self._paused(found, user)
        if found := _AWAY.fullmatch(words):
            return self._away(found, user)
        if _BACK.fullmatch(words):
            back = come_back(self._app, user.id, self._surface)["back"]
            return Reply(fixed("Welcome back. Your cards come to you again." if back else "I did not know you away."))
        if (scorecard := self._scorecard(words, user)) is not None:
            return Reply(scorecard)
        if (call := self._call(words, user)) is not None:
            return call
        if (noted := admin_minutes.answer(self._app, words, user)) is not None:
            return Reply(noted)
        if (told := self._pressed(words, user)) is not None:
            return Reply(told)
        if (shown := self._look(words, user, self._scope(user), None)) is not None:
            return Reply(shown)
        return self._drafted(words, user) if is_request(words) else None

    def look(self, words: str, user: User | None, scope: Scope, as_of: str | None = None) -> Message | None:
        """Return what words ask to see of alerts, the workflow and the reviews, which changes nothing; None where they ask for something else.

        Without `user` nobody in person asks: a program, or an admin who sees with another's eyes. Raises Denied for what is for one person alone;
        what can't be shown otherwise is told in fixed words.
        """
        try:
            return self._look(words, user, scope, as_of)
        except Denied:
            raise
        except DealwrightError as error:
            if error.status >= 500:
                raise
            return fixed(error.sentence, error.next_step)

    def _look(self, words: str, user: User | None, scope: Scope, as_of: str | None) -> Message | None:
        from bot import alert_words, digest_asking, operating, watch_asking, workflow

        app, now = self._app, self._app.clock.now()
        view = view_at(app.settings, read_moment(as_of, app.settings.zone) if as_of else now)
        if (told := watch_asking.looked(app, words, user, scope, view, as_of, plain_too=False)) is not None:
            return told
        if (asked := alert_words.asked_in(words)) is not None:
            from bot.alert_asking import looked

            if (told := looked(app, asked, scope, view, as_of)) is not None:
                return told
        return (
            workflow.looked(app, words, user, scope, view, as_of)
            or operating.looked(app, words, user, scope, view, as_of)
            or digest_asking.asked(app, words, user, scope, as_of)
            or watch_asking.looked(app, words, user, scope, view, as_of, plain_too=True)
        )

    def _scorecard(self, words: str, user: User) -> Message | None:
        from bot.coaching import answer

        return answer(self._app, words, user, view_at(self._app.settings, self._app.clock.now()))

    def _call(self, words: str, user: User) -> Reply | None:
        from bot.call_asking import asked

        told = asked(self._app, words, self._scope(user), view_at(self._app.settings, self._app.clock.now()))
        return Reply(*told) if told is not None else None

    def _pressed(self, words: str, user: User) -> Message | None:
        from bot import operating, workflow

        view, scope = view_at(self._app.settings, self._app.clock.now()), self._scope(user)
        told = workflow.pressed(self._app, words, user, scope, view, self._surface)
        return told or operating.pressed(self._app, words, user, scope, view, self._surface)

    def _stepped(self, what: str, user: User) -> Reply:
        stepping = stepping_of(self._app)
        show = stepping.feed if what == "feed" else stepping.waiting
        step = show(user, self._scope(user), view_at(self._app.settings, self._app.clock.now()))
        return Reply(step.message, step.proposal, step.place)

    def turned(self, place: str, user: User) -> Reply:
        """Return the card at another place of a list that was shown to somebody."""
        view = view_at(self._app.settings, self._app.clock.now())
        step = stepping_of(self._app).turn(place, user, self._scope(user), view)
        if step is None:
            return Reply(fixed("That list is not kept any more.", "Ask what waits for you."))
        return Reply(step.message, step.proposal, step.place)

    def _drafted(self, words: str, user: User) -> Reply | None:
        scope = self._scope(user)
        told = self._app.drafts_on_demand.draft(user.id, scope, words)
        if told is None:
            return None
        if told.proposal_id is not None and (found := self._app.proposals.get(told.proposal_id, scope)) is not None:
            if self._surface != "terminal":
                # The card stands in the reply: it need not come a second time by itself.
                with self._app.database.transaction() as session:
                    drop(session, first_card(told.proposal_id, user.id))
            view = view_at(self._app.settings, self._app.clock.now())
            return Reply(card(found, view, evidence="asked"), found)
        parts: list[Part] = [Text(f"**{plain(told.sentence)}**", "heading")]
        if told.choices:
            parts.append(Buttons(tuple(Button(one.label, "ask", one.question) for one in told.choices)))
        return Reply(Message(told.sentence, tuple(parts)))

    def _paused(self, found: re.Match[str], user: User) -> Reply | None:
        from agents.guard.gatekeeper import sending_domains

        pause = found["what"].lower() == "pause"
        domain = found["domain"]
        if domain is None:
            with self._app.database.session() as session:
                ours = sending_domains(session, self._app.settings)
            if len(ours) != 1:
                return Reply(_which_domain(found["what"].capitalize(), ours))
            domain = ours[0]
        reason = found["reason"] or (_ASKED_IN_CHAT if pause else "")
        told = set_paused(self._app, domain, paused=pause, reason=reason, user_id=user.id, surface=self._surface)
        if pause:
            return Reply(fixed(f"Sending from {told['domain']} is paused; {told['cards']} cards are held."))
        return Reply(fixed(f"Sending from {told['domain']} goes on."))

    def _away(self, found: re.Match[str], user: User) -> Reply:
        zone = self._app.settings.zone
        today = self._app.clock.now().astimezone(zone).date()
        named = days_in(found["when"], today)
        if not named:
            return Reply(fixed("I can't tell until when.", "Name the day, such as 2026-11-27."))
        # Until Friday means that Friday still counts as away.
        until = datetime.combine(named[0].last + timedelta(days=1), time(0), zone)
        told = set_away(self._app, user.id, until, found["who"], self._surface)
        return Reply(fixed(away_told(told, zone.key)))

    def _scope(self, user: User) -> Scope:
        with self._app.database.session() as session:
            return scope_of(session, user, self._app.settings.visibility)


def away_told(told: dict[str, object], zone: str) -> str:
    """Return what is told of an absence that was set."""
    from zoneinfo import ZoneInfo

    until = ""
    if told["until"]:
        last = datetime.fromisoformat(str(told["until"])).astimezone(ZoneInfo(zone)) - timedelta(seconds=1)
        until = f" until the end of {last:%a} {last.day} {last:%b}"
    shown = f" {told['cards']} cards that wait are shown to them now." if told["cards"] else ""
    return f"{told['name']} decides for you{until}.{shown}"


def stepping_of(app: App) -> Stepping:
    """Return what steps through the cards of this process."""
    return Stepping(app.database, app.clock, app.proposals, app.signals)


def _which_domain(what: str, ours: list[str]) -> Message:
    point = f"{what} sending from which domain?" if ours else "I know no domain that we send from."
    buttons = (Buttons(tuple(Button(one, "ask", f"{what} {one}") for one in ours[:10])),) if ours else ()
    return Message(point, (Text(f"**{plain(point)}**", "heading"), *buttons))
