"""Teams' door: one HTTP address, a checked token, and the inbox behind it. A button's invoke gets its card at once.

Invokes: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.teams.admission import Admission, Unadmitted, is_local, is_local_service, is_loopback
from bot.teams.connector import Connector
from bot.teams.credentials import Tokens
from bot.teams.dialogs import Task, said
from bot.teams.intake import ACTION, FETCH, SUBMIT, SURFACE, arrived
from bot.teams.render import CONTENT_TYPE, Card
from infra.errors import DealwrightError, Denied, Fatal, new_reference, trouble
from infra.logs import logger
from infra.spine.desk import InboxEvent

if TYPE_CHECKING:
    from bot.inbox import Arrived
    from bot.teams.drain import TeamsDrain
    from bot.teams.turns import Adapter

_AT_ONCE_S = 2.8
_LOOK_EVERY_S = 30.0
_LOOKING = "Looking…"
_STILL = "Still at it. I'll post it here in a moment."
_SLOW = "This takes longer than Teams waits. Look at the card in a moment."
_MESSAGE_TYPE = "application/vnd.microsoft.activity.message"
_ERROR_TYPE = "application/vnd.microsoft.error"
_LOG = logger("teams")


class Surface:
    """Teams in one process. Nothing is opened before the server starts; without an app id, nothing before somebody on this machine writes."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._app_id = app.settings.teams_app_id or ""
        self._admission = Admission(app.settings) if self._app_id else None
        self._opened: tuple[TeamsDrain, Adapter] | None = None
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        app.on_start(self._start)
        app.on_stop(self._stop)

    def routes(self) -> APIRouter:
        """Return the HTTP route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/api/messages", self._handle, methods=["POST"])
        return router

    async def _start(self) -> None:
        settings = self._app.settings
        if self._admission is not None:
            self._keep(asyncio.create_task(self._admission.keys.warm()))
            await self._open()
            return
        if (settings.teams_app_secret or settings.teams_tenant_id) and not is_loopback(settings.host):
            raise Fatal(
                "Teams has a secret but no app id, so anybody could speak as Teams.", "Set DEALWRIGHT_TEAMS_APP_ID."
            )
        if await asyncio.to_thread(self._has_left_something):
            await self._open()

    async def _stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _has_left_something(self) -> bool:
        waiting = select(InboxEvent.id).where(InboxEvent.surface == SURFACE, InboxEvent.state == "waiting").limit(1)
        with self._app.database.session() as session:
            return session.scalar(waiting) is not None

    async def _open(self) -> tuple[TeamsDrain, Adapter]:
        async with self._opening:
            if self._opened is None:
                self._opened = await asyncio.to_thread(self._make)
                self._app.inbox.register(SURFACE, self._opened[0])
                self._app.telling.add(self._opened[0].courier)
                self._app.delivering.add(self._opened[0].courier)
                self._keep(asyncio.create_task(_look_for_doubles(self._opened[0])))
            return self._opened

    def _make(self) -> tuple[TeamsDrain, Adapter]:
        from bot.teams.drain import TeamsDrain
        from bot.teams.turns import Adapter

        drain = TeamsDrain(self._app, Connector(Tokens(self._app.settings)))
        return drain, Adapter(self._app_id, self._admission)

    async def _handle(self, request: Request) -> Response:
        header = request.headers.get("authorization")
        if self._admission is not None and not header:
            raise _unknown_sender("it has no token")
        activity = await self._read(request)
        if self._admission is None and not (_is_from_here(request) and is_local_service(activity.get("serviceUrl"))):
            raise _unknown_sender("it is not from this machine")
        drain, adapter = await self._open()
        if self._admission is None:
            await self._app.inbox.start()
        from bot.teams.turns import Turns, readable

        known = readable(activity)
        if known is None:
            raise Fatal("That is no activity.", status=400)

        async def take() -> None:
            event = arrived(activity)
            if event is not None:
                await self._app.inbox.put(event)

        async def answer() -> tuple[int, dict[str, Any] | None]:
            if activity.get("name") in (FETCH, SUBMIT):
                return 200, await self._dialog(drain, activity)
            told = await self._answer(drain, activity)
            return int(told["statusCode"]), told

        try:
            response = await adapter.process_activity(known, header or "", Turns(take, answer).on_turn)
        except Unadmitted as error:
            raise _unknown_sender(str(error)) from None
        if response is not None and response.body is not None:
            return JSONResponse(response.body, response.status)
        return Response(status_code=200)

    async def _read(self, request: Request) -> dict[str, Any]:
        try:
            activity = json.loads(await request.body())
        except (ValueError, RecursionError):
            activity = None
        if not isinstance(activity, dict):
            raise Fatal("That is no activity.", status=400)
        return activity

    async def _answer(self, drain: TeamsDrain, activity: dict[str, Any]) -> dict[str, Any]:
        if activity.get("name") != ACTION:
            return _error(501, "NotImplemented", "Dealwright does not answer that.")
        event = arrived(activity)
        if event is None:
            return _error(400, "BadRequest", "That is no button of Dealwright's.")
        if event.payload["action"] == "ask":
            await self._app.inbox.put(event)
            return _message(_LOOKING)
        return await self._pressed(drain, event)

    async def _dialog(self, drain: TeamsDrain, activity: dict[str, Any]) -> Task | None:
        """Answer what opens or sends a dialog. One that takes longer is told so; what it decides shows on the card."""
        event = arrived(activity)
        if event is None:
            return said("That is no button of Dealwright's.")
        filled = activity.get("name") == SUBMIT
        task = asyncio.create_task(asyncio.to_thread(_dialog_of, drain, event, filled))
        self._keep(task)
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(task), _AT_ONCE_S)
        return said(_SLOW)

    async def _pressed(self, drain: TeamsDrain, event: Arrived) -> dict[str, Any]:
        task = asyncio.create_task(asyncio.to_thread(_shown, drain, event))
        self._keep(task)
        with contextlib.suppress(TimeoutError):
            shown = await asyncio.wait_for(asyncio.shield(task), _AT_ONCE_S)
            return _message(shown) if isinstance(shown, str) else _card(shown)
        await self._app.inbox.put(event)
        return _message(_STILL)


async def _look_for_doubles(drain: TeamsDrain) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        try:
            await asyncio.to_thread(drain.doubles.look_again)
        except (DealwrightError, SQLAlchemyError) as error:
            _LOG.warning("doubles not looked for", exc_info=error)


def _shown(drain: TeamsDrain, event: Arrived) -> Card | str:
    try:
        return drain.clicks.respond(event.payload)
    except DealwrightError as error:
        told = trouble(error, new_reference())
    except Exception as error:  # noqa: BLE001 - a click is always answered, in fixed words
        told = trouble(error, new_reference())
        _LOG.error("click failed", event_id=event.id, reference=told.reference, exc_info=error)
    return told.text()


def _dialog_of(drain: TeamsDrain, event: Arrived, filled: bool) -> Task | None:
    try:
        return drain.clicks.dialog(event.payload, filled=filled)
    except DealwrightError as error:
        return said(trouble(error, new_reference()).text())
    except Exception as error:  # noqa: BLE001 - a dialog is always answered, in fixed words
        told = trouble(error, new_reference())
        _LOG.error("dialog failed", event_id=event.id, reference=told.reference, exc_info=error)
        return said(told.text())


def _is_from_here(request: Request) -> bool:
    server = request.scope.get("server") or (None,)
    return is_local(request.client.host if request.client else None, server[0], request.headers)


def _unknown_sender(reason: str) -> Denied:
    _LOG.warning("activity refused", reason=reason)
    return Denied("That does not come from Teams.", "The bot's address answers the Bot Framework only.", status=401)


def _card(card: Card) -> dict[str, Any]:
    return {"statusCode": 200, "type": CONTENT_TYPE, "value": card}


def _message(text: str) -> dict[str, Any]:
    return {"statusCode": 200, "type": _MESSAGE_TYPE, "value": text}


def _error(status: int, code: str, message: str) -> dict[str, Any]:
    return {"statusCode": status, "type": _ERROR_TYPE, "value": {"code": code, "message": message}}
