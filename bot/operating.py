"""The operating review on every surface: area by area, record by record, each with its decisions as buttons; and the one change at its end. It blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.asker import Asker, Door, find_asker
from bot.compose import View, view_at
from bot.figures import money
from bot.jobs import Job
from bot.message import Button, Buttons, Message, Part, Text, fixed, plain
from bot.moments import read_moment
from infra.errors import Denied, Fatal
from infra.spine.people import User
from infra.spine.scope import Scope
from sales.courtesies import END

if TYPE_CHECKING:
    from agents.operating.effects import Decided, Decider
    from agents.operating.record import Area, Change, Item, Operating
    from bot.app import App

_REVIEW = re.compile(rf"\s*(?:(?:please\s+)?(?:show|start|do|open|run)\s+(?:me\s+)?)?(?:the\s+|my\s+|our\s+)?operating\s+review{END}", re.I)  # fmt: skip
_DECIDE = re.compile(r"\s*operating\s+(?P<area>leads|qualified|outreach|overdue|meetings)\s+(?P<choice>[a-z]+)\s+(?P<item>\S.{0,199}?)(?:\s+to\s+(?P<to>user:\S{1,80}))?\s*", re.I)  # fmt: skip
_CHANGE = re.compile(r"\s*operating\s+(?P<what>adopt|refuse)\s+(?P<id>chg-[0-9a-f]{20})\s*", re.I)
_COLLEAGUES = 8


@dataclass(frozen=True)
class Wanted:
    """Which review: of a team by its name, of one's own records, as of a moment (as people write it)."""

    team: str | None = None
    mine: bool = False
    as_of: str | None = None


def read_operating(app: App, email: str | None, door: Door, wanted: Wanted) -> Operating:
    """Return the review for somebody. Raises Denied, and Fatal (404, 422) for a team or moment that means nothing."""
    asker = find_asker(app, email, door)
    scope = asker.scope if wanted.team is None else _team(app, asker, wanted.team)
    moment = read_moment(wanted.as_of, app.settings.zone) if wanted.as_of else None
    return app.operating.read(scope, owner_id=asker.user_id if wanted.mine else None, as_of=moment)


def decide(
    app: App, email: str | None, door: Door, area: str, choice: str, item: str, to: str | None = None
) -> Decided:
    """Decide on one record, for a person or a program. Raises Denied and Fatal."""
    return _decided(app, _decider(find_asker(app, email, door), door), area, choice, item, to)


def settle_change(app: App, email: str | None, door: Door, change_id: str, adopt: bool) -> Decided:
    """Adopt or refuse the proposed change. Raises Denied and Fatal."""
    by = _decider(find_asker(app, email, door), door)
    return app.operating.adopt(change_id, by) if adopt else app.operating.refuse(change_id, by)


def perform_operating(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Read, or decide, for the command line: a record and a message."""
    from bot.terminal.wire import to_wire

    email = body.get("as") or app.settings.user
    said = None
    if given := body.get("decide"):
        said = decide(app, email, "terminal", given["area"], given["choice"], given["item"], given.get("to")).sentence
    if given := body.get("change"):
        said = settle_change(app, email, "terminal", given["id"], bool(given["adopt"])).sentence
    found = read_operating(app, email, "terminal", Wanted(body.get("team"), bool(body.get("mine")), body.get("as_of")))
    now = app.clock.now()
    message = review_message(found, view_at(app.settings, now), items=5)
    return {
        "operating": found.public(),
        "message": to_wire(message),
        "said": said,
        "zone": app.settings.time_zone,
        "now": now.isoformat(),
    }


def looked(
    app: App, words: str, user: User | None, scope: Scope, view: View, as_of: str | None = None
) -> Message | None:
    """Return the review that a line of chat asks for, None where it asks for none."""
    if _REVIEW.fullmatch(words) is None:
        return None
    moment = read_moment(as_of, app.settings.zone) if as_of else None
    return review_message(app.operating.read(scope, owner_id=_own(user) if user is not None else None, as_of=moment), view)  # fmt: skip


def pressed(app: App, words: str, user: User, scope: Scope, view: View, surface: str) -> Message | None:
    """Return what came of a press on the review, None where a line of chat is none."""
    from agents.operating.effects import Decider

    by = Decider(user.id, user.role, scope, surface)
    if found := _CHANGE.fullmatch(words):
        adopt = found["what"].lower() == "adopt"
        told = app.operating.adopt(found["id"], by) if adopt else app.operating.refuse(found["id"], by)
        return fixed(told.sentence)
    if found := _DECIDE.fullmatch(words):
        area, choice, item = found["area"].lower(), found["choice"].lower(), found["item"]
        to = found["to"].removeprefix("user:") if found["to"] else None
        if (area, choice, to) == ("overdue", "owner", None):
            return _whom(app, user, scope, item)
        told = _decided(app, by, area, choice, item, to)
        return next_message(app.operating.read(scope, owner_id=_own(user)), area, told.sentence, view, told.change)
    return None


def _own(user: User) -> str | None:
    return user.id if user.role == "rep" else None


def _decided(app: App, by: Decider, area: str, choice: str, item: str, to: str | None) -> Decided:
    told = app.operating.decide(area, choice, item, by, to)
    if told.proposal_id is not None and told.changed:
        app.announcer.offer(told.proposal_id)
    return told


def _decider(asker: Asker, door: Door) -> Decider:
    from agents.operating.effects import Decider

    return Decider(asker.user_id, asker.scope.role, asker.scope, door)


def _team(app: App, asker: Asker, team: str) -> Scope:
    """Return a team's records inside what the asker may see. Raises Fatal (404) for a team that nobody of theirs is in, Denied for a rep."""
    if asker.user_id is not None and asker.scope.role == "rep":
        raise Denied("A team's review is for whoever leads it.", "Ask for your own: leave --team out.")
    with app.database.session() as session:
        ids = frozenset(session.scalars(select(User.id).where(User.team.ilike(team), asker.scope.users())))
    if not ids:
        raise Fatal(
            f'There is no team "{team}" that you lead.', "`dealwright users` lists people with their teams.", status=404
        )
    return Scope(grants=(*asker.scope.grants, ids), user_id=asker.user_id, role=asker.scope.role)


def review_message(found: Operating, view: View, *, items: int = 1) -> Message:
    """Return the whole review: each area's question and figures, its first records with their buttons, and the change at the end."""
    point = f"Operating review: {found.left} to decide" if found.left else "Operating review: nothing is left to decide"
    parts: list[Part] = [Text(f"**{plain(point)}**", "heading")]
    for area in found.areas:
        parts += _area(area, view, items)
    parts += _closing(found)
    return Message(point, tuple(parts), about={"kind": "operating"})


def next_message(found: Operating, area_key: str, said: str, view: View, asked_for: Change | None = None) -> Message:
    """Return what a press came to, and the change that it puts forward, with the next record of the same area, else of the first area in which any is left."""
    parts: list[Part] = [Text(plain(said), "body", "good")]
    waiting = [area for area in found.areas if area.items]
    if asked_for is not None and (waiting or asked_for not in found.asked_for):
        parts += [Text(_how_sure(asked_for), "quiet"), _buttons(asked_for)]
    area = next((one for one in waiting if one.key == area_key), waiting[0] if waiting else None)
    if area is not None:
        parts += _area(area, view, 1)
    parts.append(Text(_left(found), "quiet"))
    if area is None:
        parts += _change(found)
    return Message(said, tuple(parts), about={"kind": "operating"})


def _area(area: Area, view: View, items: int) -> list[Part]:
    count = f" · {area.total}" if area.total else ""
    parts: list[Part] = [Text(f"**{plain(area.title)}**{count} — {plain(area.question)}")]
    if area.figures:
        told = " · ".join(
            f"{plain(one.label)} {one.count}{f' of {one.of}' if one.of is not None else ''}"
            for one in area.figures
            if one.count or one.of
        )
        parts.append(Text(told or "Nothing to count.", "quiet"))
    if area.note:
        parts.append(Text(plain(area.note), "quiet"))
    for item in area.items[:items]:
        parts.append(Text(_item(item, view), "bullet"))
        parts.append(
            Buttons(
                tuple(Button(one.label, "ask", f"operating {area.key} {one.key} {item.id}") for one in area.choices)
            )
        )
    if area.total > items and area.items:
        parts.append(
            Text(
                f"{area.total - min(items, len(area.items))} more: each comes when the one before is decided.", "quiet"
            )
        )
    return parts


def _item(item: Item, view: View) -> str:
    sums = f" · {money(item.amount, item.currency)}" if item.amount is not None else ""
    owner = f" · {plain(item.owner)}" if item.owner else ""
    lacks = f" · **missing: {plain(', '.join(item.missing))}**" if item.missing else ""
    quote = f" “{plain(item.evidence[0].quote)}”" if item.evidence else ""
    return f"**{plain(item.title)}**{sums}: {plain('; '.join(item.facts))}{quote}{lacks}{owner}"


def _closing(found: Operating) -> list[Part]:
    return [Text(_left(found), "quiet"), *_change(found)]


def _left(found: Operating) -> str:
    left = ", ".join(f"{area.total} {plain(area.title.lower())}" for area in found.areas if area.total)
    return f"*{found.decided} decided this week. {f'Left: {left}.' if left else 'Nothing is left undecided.'}*"


def _change(found: Operating) -> list[Part]:
    change = found.change
    closing: list[Part] = [Text(f"**One change** {plain(found.change_note or '')}")]
    if change is not None:
        closing = _one_change("One change", change)
    return [*closing, *(part for one in found.asked_for for part in _one_change("Asked for", one))]


def _one_change(head: str, change: Change) -> list[Part]:
    return [
        Text(f"**{head}** {plain(change.argument)} **{plain(change.sentence)}**"),
        Text(_how_sure(change), "quiet"),
        _buttons(change),
    ]


def _how_sure(change: Change) -> str:
    chance = "less than 1 in 1,000" if change.p < 0.001 else f"{change.p:.1%}"
    return f"*By luck alone such a difference would come in {chance} of cases, all {change.tried} comparisons counted. Adopting changes {plain(change.adopts)}.*"


def _buttons(change: Change) -> Buttons:
    return Buttons(
        (
            Button("Adopt", "ask", f"operating adopt {change.id}", style="primary"),
            Button("Not now", "ask", f"operating refuse {change.id}"),
        )
    )


def _whom(app: App, user: User, scope: Scope, item: str) -> Message:
    with app.database.session() as session:
        people: Sequence[Any] = session.execute(
            select(User.id, User.name)
            .where(User.active, scope.users(), User.id != user.id)
            .order_by(User.name)
            .limit(_COLLEAGUES)
        ).all()
    mine = [Button("Me", "ask", f"operating overdue owner {item} to user:{user.id}")]
    buttons = [*mine, *(Button(one.name, "ask", f"operating overdue owner {item} to user:{one.id}") for one in people)]
    return Message(
        "Whose is it from now on?", (Text("**Whose is it from now on?**", "heading"), Buttons(tuple(buttons)))
    )
