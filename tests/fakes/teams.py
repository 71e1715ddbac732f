"""A Teams tenant on loopback: the Bot Connector with state, limits and refusals, Microsoft's sign-in, and the keys that its tokens are signed with.

Pages: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference,
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication,
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages.
It runs in a thread with a loop of its own: a key server in the loop of the bot would wait for itself. Not modelled: files, reactions, sovereign clouds.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jsonschema import Draft4Validator

from tests.fakes.cards import LARGEST, faults, objects
from tests.fakes.teams_graph import FakeGraph

APP_ID = "9a3b1c20-0e30-4430-b1c1-b4de6031b69f"
SECRET = "fake-secret"
TENANT = "11111111-2222-3333-4444-555555555555"
BOT = f"28:{APP_ID}"
CARD = "application/vnd.microsoft.card.adaptive"
_SCOPE = "https://api.botframework.com/.default"
_CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts"

Body = dict[str, Any]


class Refusal(Exception):
    """An error of the Connector: status, code, and for 429 after how many seconds to come again."""

    def __init__(self, status: int, code: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


@dataclass
class Conversation:
    """A personal chat, group chat, team or channel thread: who is in it, and the activities that stand there now, by id; `posted` tells when, of deleted ones too."""

    id: str
    members: list[str]
    activities: dict[str, Body] = field(default_factory=dict)
    posted: dict[str, datetime] = field(default_factory=dict)


@dataclass
class Called:
    """One call that came in: what, in which conversation, its body, and when (monotonic)."""

    what: str
    conversation: str
    body: Body
    at: float


class FakeTeams:
    """The tenant. `start` it, then read `conversations` and `called`; everything is guarded by `lock`. `fail` may raise a Refusal before a call."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.people: dict[str, Body] = {}
        self.conversations: dict[str, Conversation] = {}
        self.called: list[Called] = []
        self.fail: Callable[[str, str], None] = lambda _what, _conversation: None
        self.dies: Callable[[str], str] = lambda _what: ""
        self.late_posts_s = 0.0
        self.token_seconds = 3600
        self.not_added: set[str] = set()
        self.team = "19:team"
        self.keys_asked = 0
        self.tokens_given: list[str] = []
        self.url = ""
        self.graph = FakeGraph(self)
        self.teams: dict[str, set[str]] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_id = "key-1"
        self._numbers = itertools.count(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._contract = _contract()

    # -- the world -----------------------------------------------------------------------------------------------

    def reset(self, team: str) -> None:
        """Forget what was said and every place; `team` is the team of all channels from now on."""
        with self.lock:
            self.team = team
            self.conversations.clear()
            self.called.clear()
            self.not_added.clear()
            self.fail = lambda _what, _conversation: None
            self.late_posts_s = 0.0

    def group_of(self, channel: str) -> str:
        """Return the Entra group of the team that has a channel, "" where none has it."""
        found = (team for team, channels in self.teams.items() if channel in channels)
        return next((f"group-of-{team}" for team in found), "")

    def person(self, name: str, email: str | None, **flags: Any) -> str:
        """Add a person; `flags` are fields of a Teams member: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context."""
        with self.lock:
            self.people[f"29:{name}"] = {
                "id": f"29:{name}",
                "name": name.title(),
                "objectId": f"aad-{name}",
                "aadObjectId": f"aad-{name}",
                "email": email,
                "userPrincipalName": email,
                "tenantId": TENANT,
                "userRole": "user",
                **flags,
            }
        return f"29:{name}"

    def conversation(self, id: str, *people: str) -> str:
        """Add a conversation with its people; the bot is a member."""
        with self.lock:
            self.conversations[id] = Conversation(id, list(people))
        return id

    def said(self, conversation: str) -> list[Body]:
        """Return the messages of the bot that stand in a conversation now, in order."""
        with self.lock:
            standing = self.conversations[conversation].activities.values()
            return [one for one in standing if one.get("type") == "message"]

    def cards(self, conversation: str) -> list[Body]:
        """Return the cards of the bot that stand in a conversation now, in order."""
        return [attachment["content"] for one in self.said(conversation) for attachment in one.get("attachments", ())]

    def calls(self, what: str) -> list[Called]:
        """Return the calls of one kind: send, update, open, member, members."""
        with self.lock:
            return [call for call in self.called if call.what == what]

    def environment(self) -> dict[str, str]:
        """Return the settings that connect a server to this tenant."""
        return {
            "DEALWRIGHT_TEAMS_APP_ID": APP_ID,
            "DEALWRIGHT_TEAMS_APP_SECRET": SECRET,
            "DEALWRIGHT_TEAMS_TENANT_ID": TENANT,
            "DEALWRIGHT_TEAMS_OPENID_URL": f"{self.url}/openid",
            "DEALWRIGHT_TEAMS_LOGIN_URL": f"{self.url}/login/{TENANT}",
            "DEALWRIGHT_TEAMS_GRAPH_URL": self.graph.url,
        }

    # -- activities from Teams to us -----------------------------------------------------------------------------

    def token(self, **claims: Any) -> str:
        """Return a token as the Bot Framework signs them; `claims` replace its own, and None leaves one out."""
        now = int(time.time())
        known = {
            "iss": "https://api.botframework.com",
            "aud": APP_ID,
            "serviceurl": f"{self.url}/",
            "nbf": now - 10,
            "exp": now + 3600,
        }
        told = {key: value for key, value in (known | claims).items() if value is not None}
        return jwt.encode(told, self.key, algorithm="RS256", headers={"kid": self.key_id})

    def activity(self, kind: str, user: str, conversation: str, place: str, **more: Any) -> Body:
        """Return an activity: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object."""
        person = self.people[user]
        return {
            "type": kind,
            "id": f"1790{next(self._numbers):09}",
            "timestamp": "2026-11-23T15:00:00.000Z",
            "serviceUrl": f"{self.url}/",
            "channelId": "msteams",
            "from": {"id": user, "name": person["name"], "aadObjectId": person["aadObjectId"]},
            "conversation": {"id": conversation, "conversationType": place, "tenantId": TENANT},
            "recipient": {"id": BOT, "name": "Dealwright"},
            "channelData": {"tenant": {"id": TENANT}},
            **more,
        }

    def personal(self, user: str, text: str, **more: Any) -> Body:
        """Return what somebody writes to the bot alone."""
        chat = f"a:{user}"
        if chat not in self.conversations:
            self.conversation(chat, user)
        return self.activity("message", user, chat, "personal", text=text, textFormat="plain", **more)

    def mention(self, user: str, conversation: str, text: str, place: str = "channel", **more: Any) -> Body:
        """Return what somebody writes to the bot among others, in a thread (`19:…;messageid=…`) or a group chat."""
        said = {
            "text": f"<at>Dealwright</at> {text}\n",
            "entities": [
                {"type": "mention", "mentioned": {"id": BOT, "name": "Dealwright"}, "text": "<at>Dealwright</at>"}
            ],
        }
        return self.activity(
            "message", user, conversation, place, **{**self._where(conversation, place), **said, **more}
        )

    def talk(self, user: str, conversation: str, text: str, place: str = "channel", **more: Any) -> Body:
        """Return what somebody writes in a channel without a mention, which comes where the team's owner let us read along."""
        return self.activity(
            "message", user, conversation, place, **{**self._where(conversation, place), "text": text, **more}
        )

    def _where(self, conversation: str, place: str) -> Body:
        if place != "channel":
            return {}
        channel = conversation.partition(";")[0]
        return {"channelData": {"tenant": {"id": TENANT}, "team": {"id": self.team}, "channel": {"id": channel}}}

    def execute(self, user: str, conversation: str, place: str, pressed: Body, on: str, **more: Any) -> Body:
        """Return the invoke of a pressed `Action.Execute` on the activity `on`."""
        action = {"type": "Action.Execute", "title": pressed["title"], "verb": pressed["verb"], "data": pressed["data"]}
        value = {"action": action, "trigger": "manual"}
        known = {"name": "adaptiveCard/action", "value": value, "replyToId": on}
        return self.activity(
            "invoke", user, conversation, place, **{**self._where(conversation, place), **known, **more}
        )

    def submit(self, user: str, conversation: str, place: str, pressed: Body, on: str) -> Body:
        """Return the message that an old client sends for the same button, by its fallback."""
        data = pressed["fallback"]["data"]
        known = {"value": {key: value for key, value in data.items() if key != "msteams"}, "replyToId": on}
        return self.activity("message", user, conversation, place, **{**self._where(conversation, place), **known})

    def fetch(self, user: str, conversation: str, place: str, pressed: Body, on: str, **more: Any) -> Body:
        """Return the invoke of a button that opens a dialog:
        https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots.
        """
        data = pressed.get("fallback", pressed)["data"]
        if data.get("msteams", {}).get("type") != "task/fetch":
            raise AssertionError(f"{pressed['title']} opens no dialog")
        value = {"data": data, "context": {"theme": "default"}}
        known = {"name": "task/fetch", "value": value, "replyToId": on}
        return self.activity(
            "invoke", user, conversation, place, **{**self._where(conversation, place), **known, **more}
        )

    def dialog(self, user: str, conversation: str, place: str, told: Body, filled: Body, **more: Any) -> Body:
        """Return the invoke of a sent dialog: what its button carries, and its fields as they stand, with `filled` in place of some."""
        card = dialog_of(told)
        fields = {one["id"]: one.get("value", "") for one in objects(card) if str(one.get("type")).startswith("Input.")}
        if not set(filled) <= set(fields):
            raise AssertionError(f"the dialog asks for {sorted(fields)}")
        send = next(one for one in objects(card) if one.get("type") == "Action.Submit")
        value = {"data": {**fields, **filled, **send["data"]}, "context": {"theme": "default"}}
        return self.activity("invoke", user, conversation, place, **{"name": "task/submit", "value": value, **more})

    # -- the server ----------------------------------------------------------------------------------------------

    def start(self) -> str:
        """Serve in a thread; return the base URL."""
        ready = threading.Event()

        def run() -> None:
            loop = self._loop = asyncio.new_event_loop()
            loop.run_until_complete(self._open())
            ready.set()
            loop.run_forever()
            loop.close()

        self._thread = threading.Thread(target=run, name="fake-teams", daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self.url

    def stop(self) -> None:
        """Close everything."""
        if self._loop is None or self._thread is None:
            return
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _open(self) -> None:
        app = web.Application(client_max_size=4_000_000)
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/login/{tenant}/oauth2/v2.0/token", self._login)
        base = "/v3/conversations"
        app.router.add_post(base, self._connector("open"))
        app.router.add_post(f"{base}/{{id}}/activities", self._connector("send"))
        app.router.add_post(f"{base}/{{id}}/activities/{{activity}}", self._connector("send"))
        app.router.add_put(f"{base}/{{id}}/activities/{{activity}}", self._connector("update"))
        app.router.add_delete(f"{base}/{{id}}/activities/{{activity}}", self._connector("delete"))
        app.router.add_get("/v3/teams/{id}", self._connector("team"))
        app.router.add_get("/v3/teams/{id}/conversations", self._connector("channels"))
        self.graph.add_to(app)
        app.router.add_get(f"{base}/{{id}}/members/{{member}}", self._connector("member"))
        app.router.add_get(f"{base}/{{id}}/pagedmembers", self._connector("members"))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{port}"

    async def _openid(self, _request: web.Request) -> web.Response:
        with self.lock:
            self.keys_asked += 1
        return web.json_response({"issuer": "https://api.botframework.com", "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _request: web.Request) -> web.Response:
        with self.lock:
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return web.json_response({"keys": [{**public, "kid": self.key_id, "endorsements": ["msteams"]}]})

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        right = {"client_id": APP_ID, "client_secret": SECRET, "grant_type": "client_credentials"}
        if {key: form.get(key) for key in right} != right or request.match_info["tenant"] not in (
            TENANT,
            "botframework.com",
        ):
            return web.json_response({"error": "invalid_client"}, status=401)
        if form.get("scope") not in (_SCOPE, self.graph.scope):
            return web.json_response({"error": "invalid_scope"}, status=400)
        if form.get("scope") == self.graph.scope:
            # Graph knows tenants only: a token of the Bot Framework's own is none.
            if request.match_info["tenant"] != TENANT:
                return web.json_response({"error": "invalid_request"}, status=400)
            token = self.graph.token()
            return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": token})
        with self.lock:
            token = f"token-{next(self._numbers)}"
            self.tokens_given.append(token)
        return web.json_response({"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": token})

    def _connector(self, what: str) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            body = await request.json() if request.can_read_body else {}
            id = request.match_info.get("id", "")
            with self.lock:
                dies = self.dies(what)
            if dies and dies != "after":
                # The connection breaks before anything was done.
                return _broken(request)
            try:
                with self.lock:
                    self.called.append(Called(what, id, body, time.monotonic()))
                    self._admit(request)
                    self.fail(what, id)
                    told = self._do(what, request, id, body)
            except Refusal as refusal:
                headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
                error = {"error": {"code": refusal.code, "message": refusal.code}}
                return web.json_response(error, status=refusal.status, headers=headers)
            if dies:
                # It was done, and the caller never hears of it.
                return _broken(request)
            if what == "send" and self.late_posts_s and body.get("type") == "message":
                # The message stands before the caller hears of it: what a kill in between makes of that is the question.
                await asyncio.sleep(self.late_posts_s)
            return web.json_response(told, status=201 if what in ("send", "open") else 200)

        return answer

    def _do(self, what: str, request: web.Request, id: str, body: Body) -> Body:
        if what == "open":
            return self._create(body)
        if what == "send":
            return self._send(id, body)
        if what == "update":
            return self._update(id, request.match_info["activity"], body)
        if what == "delete":
            return self._delete(id, request.match_info["activity"])
        if what in ("team", "channels"):
            return self._team(id, what)
        if what == "member":
            return self._member(id, request.match_info["member"])
        return self._members(id, int(request.query.get("continuationToken", "0")), int(request.query["pageSize"]))

    def _admit(self, request: web.Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens_given:
            raise Refusal(401, "Unauthorized")

    def _place(self, id: str) -> Conversation:
        # A thread of a channel is there when its channel is.
        base = id.partition(";messageid=")[0]
        if base != id and base in self.conversations and id not in self.conversations:
            self.conversation(id, *self.conversations[base].members)
        if id not in self.conversations:
            raise Refusal(404, "ConversationNotFound")
        return self.conversations[id]

    def _send(self, id: str, body: Body) -> Body:
        place = self._place(id)
        self._check(body)
        number = f"bot-{next(self._numbers)}"
        if body["type"] != "typing":
            place.activities[number] = {**body, "id": number}
            place.posted[number] = datetime.now(UTC)
        return {"id": number}

    def _delete(self, id: str, number: str) -> Body:
        """https://learn.microsoft.com/microsoftteams/platform/bots/how-to/update-and-delete-bot-messages"""
        if self._place(id).activities.pop(number, None) is None:
            raise Refusal(404, "ActivityNotFoundInConversation")
        return {}

    def _team(self, id: str, what: str) -> Body:
        """https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context"""
        if id not in self.teams:
            raise Refusal(404, "NotFound")
        if what == "channels":
            return {"conversations": [{"id": one, "name": None} for one in sorted(self.teams[id])]}
        return {"id": id, "name": "A team", "aadGroupId": f"group-of-{id}"}

    def _update(self, id: str, number: str, body: Body) -> Body:
        place = self._place(id)
        if number not in place.activities:
            raise Refusal(404, "ActivityNotFoundInConversation")
        self._check(body)
        place.activities[number] = {**body, "id": number}
        return {"id": number}

    def _check(self, activity: Body) -> None:
        if self._contract is not None:
            for error in self._contract.iter_errors(activity):
                raise Refusal(400, f"BadSyntax: {error.message[:200]}")
        if len(json.dumps(activity)) > LARGEST:
            raise Refusal(413, "MessageSizeTooBig")
        if activity.get("type") == "message" and not (activity.get("text") or activity.get("attachments")):
            raise Refusal(400, "BadArgument: an empty message")
        for attachment in activity.get("attachments") or ():
            wrong = faults(attachment["content"]) if attachment.get("contentType") == CARD else ["unknown attachment"]
            if wrong:
                raise Refusal(400, f"BadSyntax: {wrong[0]}")

    def _create(self, body: Body) -> Body:
        members = body.get("members") or []
        if len(members) != 1 or members[0].get("id") not in self.people or body.get("isGroup"):
            raise Refusal(400, "BadSyntax: one member")
        # The service takes names in any case, and the SDK writes this one as tenantID.
        told = {key.lower(): value for key, value in body.items()}
        if told.get("tenantid") != TENANT or (body.get("bot") or {}).get("id") != BOT:
            raise Refusal(400, "BadSyntax: tenant and bot")
        if members[0]["id"] in self.not_added:
            raise Refusal(403, "ForbiddenOperationException")
        chat = f"a:{members[0]['id']}"
        if chat not in self.conversations:
            self.conversation(chat, members[0]["id"])
        return {"id": chat}

    def _member(self, id: str, wanted: str) -> Body:
        for member in self._place(id).members:
            if wanted in (member, self.people[member]["aadObjectId"]):
                return self.people[member]
        raise Refusal(404, "MemberNotFoundInConversation")

    def _members(self, id: str, start: int, most: int) -> Body:
        everybody = self._place(id).members
        page: Body = {"members": [self.people[one] for one in everybody[start : start + most]]}
        if start + most < len(everybody):
            page["continuationToken"] = str(start + most)
        return page


def _broken(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=500)


def _contract() -> Draft4Validator | None:
    path = _CONTRACTS / "botframework-connector.swagger.json"
    if not path.is_file():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    return Draft4Validator({"$ref": "#/definitions/Activity", "definitions": told["definitions"]})


def dialog_of(told: Body) -> Body:
    """Return the card of a dialog that a bot answered with, as Teams would show it. Raises AssertionError where it would not."""
    task = told["task"]
    assert task["type"] == "continue", task
    assert task["value"]["title"], task
    assert task["value"]["card"]["contentType"] == CARD, task
    card: Body = task["value"]["card"]["content"]
    wrong = faults(card)
    assert not wrong, wrong
    return card
