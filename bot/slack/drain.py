"""Slack's side of the inbox: think once, then deliver each part once."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from bot.app import App
from bot.copies import stand
from bot.inbox import Arrived, Steps
from bot.message import Message, fixed
from bot.slack.clicks import Clicks
from bot.slack.courier import SlackCourier
from bot.slack.deliveries import Delivery, prompts
from bot.slack.directory import Directory
from bot.slack.installations import Installations
from bot.slack.posting import Draft, Posts
from bot.slack.questions import Questions, Spot
from bot.slack.status import Statuses
from bot.slack.web import Refused, respond
from infra.errors import Trouble
from infra.logs import logger

_LOG = logger("slack")
_ATTEMPTS = 5
_TOO_LATE = frozenset(
    {
        "expired_trigger_id",
        "trigger_expired",
        "trigger_exchanged",
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "invalid_trigger",
        "not_found",
        "invalid_arguments",
    }
)
_TITLE = 24


class SlackDrain:
    """Answers Slack's events. See `bot.inbox.Drain`."""

    def __init__(self, app: App, directory: Directory, installations: Installations) -> None:
        self._app = app
        self._directory = directory
        self._installations = installations
        self._posts = Posts(app.database, app.clock)
        self.courier = SlackCourier(app.settings, app.database, app.clock, directory, installations)
        self._questions = Questions(app, directory, self._posts, Statuses())
        self._clicks = Clicks(app, directory, self._posts, self._questions)

    def drain(self, event: Arrived, steps: Steps) -> dict[str, Any]:
        """Answer one event."""
        deliveries = steps.step("think", lambda: self._think(event), attempts=_ATTEMPTS)
        for number, delivery in enumerate(deliveries):
            self._in_step(f"deliver {number}", delivery, steps)
        return {"deliveries": len(deliveries)}

    def apologise(self, event: Arrived, told: Trouble, steps: Steps) -> None:
        """Tell whoever asked that it failed."""
        for delivery in steps.step("apologise", lambda: self._sorry(event, told)):
            self._in_step("deliver apology", delivery, steps)

    def _in_step(self, name: str, delivery: Delivery, steps: Steps) -> None:
        steps.step(name, lambda: self._deliver(delivery), attempts=_ATTEMPTS)

    def _think(self, event: Arrived) -> list[Delivery]:
        if event.kind in ("mention", "message"):
            return self._questions.from_message(event)
        if event.kind == "command":
            return self._questions.from_command(event)
        if event.kind == "click":
            return self._clicks.pressed(event)
        if event.kind == "form":
            return self._clicks.submitted(event)
        if event.kind == "assistant_thread_started":
            return self._welcome(event.payload)
        if event.kind in ("app_uninstalled", "tokens_revoked"):
            self._installations.remove(event.payload["workspace"])
        return []

    def _welcome(self, opened: dict[str, Any]) -> list[Delivery]:
        questions = self._questions.prompts(f"{opened['workspace']}:{opened['user']}")
        if not questions:
            return []
        return [prompts(opened["workspace"], opened["channel"], opened["thread_ts"], questions)]

    def _sorry(self, event: Arrived, told: Trouble) -> list[Delivery]:
        said = event.payload
        message: Message = fixed(told.text())
        if event.kind == "click":
            return [self._clicks.say(said, told.text())]
        if event.kind not in ("mention", "message", "command") or not said.get("user"):
            return []
        private = str(said["channel"]).startswith("D")
        thread = said.get("thread_ts") or (None if private else said.get("ts"))
        url = said.get("response_url")
        spot = Spot(
            f"{event.id}:sorry", said["workspace"], said["channel"], said["user"], said.get("ts") or "", thread, url
        )
        return [self._questions.tell(spot, message, None)]

    def _deliver(self, delivery: Delivery) -> str:
        how = delivery["how"]
        if how == "post":
            return self._post(delivery)
        if how == "respond":
            return self._respond(delivery)
        if how == "direct":
            return self._direct(delivery)
        if how == "view":
            return self._open(delivery)
        web = self._directory.web(delivery["workspace"])
        if how == "ephemeral":
            return self._ephemeral(delivery)
        if how == "update":
            return self._update(delivery)
        web.call(
            "assistant.threads.setSuggestedPrompts",
            channel_id=delivery["channel"],
            thread_ts=delivery["thread_ts"],
            title="Ask me about your deals",
            prompts=[{"title": question, "message": question} for question in delivery["questions"]],
        )
        return ""

    def _post(self, delivery: Delivery) -> str:
        draft = Draft(**{field.name: delivery[field.name] for field in fields(Draft)})
        ts = self._posts.post(self._directory.web(draft.workspace), draft)
        if delivery.get("copy"):
            ref = {"workspace": draft.workspace, "channel": draft.channel, "ts": ts, "place": f"{draft.channel}:{ts}"}
            with self._app.database.transaction() as session:
                stand(session, "slack", ref, delivery["copy"], self._app.clock.now())
        return ts

    def _respond(self, delivery: Delivery) -> str:
        body = {"response_type": "ephemeral", "text": delivery["text"], "blocks": delivery["blocks"]}
        try:
            respond(delivery["url"], body)
        except Refused as refused:
            _LOG.info("answered by direct message", key=delivery["key"], code=refused.code)
            return self._direct(delivery)
        return ""

    def _direct(self, delivery: Delivery) -> str:
        web = self._directory.web(delivery["workspace"])
        opened = web.call("conversations.open", users=delivery["user"])
        channel = str((opened.get("channel") or {}).get("id") or "")
        draft = Draft(
            key=f"{delivery['key']}:direct",
            workspace=delivery["workspace"],
            channel=channel,
            thread_ts=None,
            text=delivery["text"],
            blocks=delivery["blocks"],
            context=f"slack:{delivery['workspace']}:{channel}",
            after="0",
        )
        return self._posts.post(web, draft)

    def _ephemeral(self, delivery: Delivery) -> str:
        if url := delivery.get("url"):
            body = {"response_type": "ephemeral", "replace_original": False}
            try:
                respond(url, body | {"text": delivery["text"], "blocks": delivery["blocks"]})
            except Refused as refused:
                _LOG.info("told by the web api", code=refused.code)
            else:
                return ""
        web = self._directory.web(delivery["workspace"])
        sent = web.call(
            "chat.postEphemeral",
            place=delivery["channel"],
            channel=delivery["channel"],
            user=delivery["user"],
            thread_ts=delivery["thread_ts"],
            text=delivery["text"],
            blocks=delivery["blocks"],
        )
        return str(sent.get("message_ts") or "")

    def _update(self, delivery: Delivery) -> str:
        if delivery["url"]:
            respond(delivery["url"], {"replace_original": True, "text": delivery["text"], "blocks": delivery["blocks"]})
            return ""
        self._directory.web(delivery["workspace"]).call(
            "chat.update",
            channel=delivery["channel"],
            ts=delivery["ts"],
            text=delivery["text"],
            blocks=delivery["blocks"],
        )
        return str(delivery["ts"])

    def _open(self, delivery: Delivery) -> str:
        web = self._directory.web(delivery["workspace"])
        try:
            if delivery["view_id"]:
                opened = web.call("views.update", view_id=delivery["view_id"], view=delivery["view"])
            else:
                opened = web.call("views.open", trigger_id=delivery["trigger_id"], view=delivery["view"])
        except Refused as refused:
            if refused.code not in _TOO_LATE or not delivery["otherwise"]["channel"]:
                raise
            return self._ephemeral(delivery["otherwise"])
        return str((opened.get("view") or {}).get("id") or "")
