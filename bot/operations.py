"""What programs and the command line can have done: ask, search, import, load the sample, refresh the index, forget.

Each takes the App and blocks: run it in a thread, never on the event loop.
"""

from __future__ import annotations

import re
import time

from agents.answer import Answer
from agents.question import Question
from bot.api.shapes import AskBody, PassageOut, Passages, SearchBody
from bot.app import App
from bot.asker import Asker, Door, find_asker, refusal
from bot.jobs import Job
from bot.message import Message
from bot.moments import read_moment
from bot.told_answer import answer_of
from infra.errors import Denied
from infra.spine.people import User

_WHOLE = re.compile(r"0|-?[1-9][0-9]*")


def ask(app: App, body: AskBody, door: Door, job: Job) -> Answer:
    """Answer a question. Somebody unknown gets a refusal as an answer."""
    return answered(app, body, door, job)[0]


def answered(app: App, body: AskBody, door: Door, job: Job) -> tuple[Answer, Message | None]:
    """Answer a question; what a chat shows as a message of its own comes with that message, and as an answer for programs."""
    started = time.perf_counter()
    message: Message | None = None
    try:
        asker = find_asker(app, body.asker, door)
        as_of = read_moment(body.as_of, app.settings.zone) if body.as_of else app.clock.now()
        if (message := _looked(app, body, asker, door)) is not None:
            answer = answer_of(message, as_of)
        else:
            question = Question(body.question, asker.scope, as_of, asker.user_id, body.thread, door)
            answer = app.ask.ask(question, job.say)
    except Denied as denied:
        answer = refusal(denied)
    app.telemetry.answers.labels(answer.kind, door).inc()
    app.telemetry.answer_seconds.labels(answer.kind).observe(time.perf_counter() - started)
    return answer, message


def _looked(app: App, body: AskBody, asker: Asker, door: Door) -> Message | None:
    """Return what only a look at alerts, the workflow or a review answers, as in a chat. A question does nothing else."""
    from bot.commands import Commands

    with app.database.session() as session:
        user = session.get(User, asker.user_id) if asker.user_id else None
    return Commands(app, door).look(body.question, user, asker.scope, body.as_of)


def search(app: App, body: SearchBody, door: Door) -> Passages:
    """Return the best passages. An account that does not exist and one that may not be seen both hold nothing. Raises Denied."""
    asker = find_asker(app, body.asker, door)
    accounts = _accounts_called(app, body.account) if body.account else ()
    if body.account and not accounts:
        return Passages(passages=[])
    as_of = read_moment(body.as_of, app.settings.zone) if body.as_of else app.clock.now()
    with app.telemetry.search_seconds.time():
        found = app.search.search(body.query, asker.scope, k=body.k, as_of=as_of, accounts=accounts, activity=body.call)
    return Passages(
        passages=[
            PassageOut(
                call=one.source_id,
                turns=[_turn_id(turn, turn in one.quoted) for turn in one.turns],
                speaker=one.speaker,
                at=one.at,
                text=one.text,
                score=one.score,
                kind=one.kind,
                account=one.account_id,
                deal=one.deal_id,
            )
            for one in found
        ]
    )


def _turn_id(stored: str, is_text: bool) -> int | str:
    # Ids are kept as text; what was imported as a number is given back as a number.
    return int(stored) if not is_text and _WHOLE.fullmatch(stored) else stored


def _accounts_called(app: App, words: str) -> tuple[str, ...]:
    """Return the ids of the accounts with this id or name. Not held to a scope: the search is."""
    from sqlalchemy import or_, select

    from infra.spine.business import Account
    from sales.names import account_key

    with app.database.session() as session:
        by_id = session.get(Account, words)
        if by_id is not None:
            return (by_id.id,)
        return tuple(
            session.scalars(
                select(Account.id).where(or_(Account.name == words, Account.name_key == account_key(words)))
            )
        )
