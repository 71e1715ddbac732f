"""Microsoft Graph beside the fake tenant: what stands in its conversations, for whom somebody consented, a page at a time.

Pages: https://learn.microsoft.com/graph/api/channel-list-messages, https://learn.microsoft.com/graph/api/chatmessage-list-replies,
https://learn.microsoft.com/graph/api/chat-list-messages, https://learn.microsoft.com/graph/api/resources/chatmessage,
https://learn.microsoft.com/graph/api/userteamwork-list-installedapps, https://learn.microsoft.com/graph/api/userscopeteamsappinstallation-get-chat,
https://learn.microsoft.com/graph/throttling, https://learn.microsoft.com/microsoftteams/platform/graph-api/rsc/resource-specific-consent:
a team's or a group chat's consent lets an app read there; in personal chats there is none of it, only that of a tenant's admin.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.teams import Body, Conversation, FakeTeams

APPS, CHATS, CHANNELS = "TeamsAppInstallation.ReadForUser.All", "Chat.Read.All", "ChannelMessage.Read.All"
_MOST, _USUAL = 50, 20


class GraphRefusal(Exception):
    """An error of Graph: status and code, and for 429 after how many seconds to come again."""

    def __init__(self, status: int, code: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class FakeGraph:
    """Graph over the conversations of a tenant. `roles` is what its admin consented to, `consents` the teams and group chats that did.

    `fail` may raise a GraphRefusal before a call; `asked` are the paths that were read.
    """

    def __init__(self, teams: FakeTeams) -> None:
        self._teams = teams
        self.roles: set[str] = set()
        self.consents: set[str] = set()
        self.others: dict[str, list[tuple[datetime, str]]] = {}
        self.fail: Callable[[str], None] = lambda _path: None
        self.asked: list[str] = []
        self._tokens: dict[str, frozenset[str]] = {}
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """The setting that leads here."""
        return f"{self._teams.url}/v1.0"

    @property
    def scope(self) -> str:
        """What a token is asked for."""
        return f"{self._teams.url}/.default"

    def talk(self, conversation: str, words: str, at: datetime | None = None) -> None:
        """Let somebody say something in a conversation."""
        self.others.setdefault(conversation, []).append((at or datetime.now(UTC), words))

    def token(self) -> str:
        """Return a token with the roles that there are."""
        made = jwt.encode({"roles": sorted(self.roles), "jti": next(self._numbers)}, "k" * 32, algorithm="HS256")
        self._tokens[made] = frozenset(self.roles)
        return made

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        channel = "/v1.0/teams/{group}/channels/{channel}/messages"
        app.router.add_get(channel, self._answers(self._channel))
        app.router.add_get(f"{channel}/{{root}}/replies", self._answers(self._channel))
        app.router.add_get("/v1.0/chats/{chat}/messages", self._answers(self._chat))
        apps = "/v1.0/users/{person}/teamwork/installedApps"
        app.router.add_get(apps, self._answers(self._installed))
        app.router.add_get(f"{apps}/{{installed}}/chat", self._answers(self._chat_with))

    def _answers(self, read: Callable[[web.Request, frozenset[str]], Body]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            try:
                with self._teams.lock:
                    self.asked.append(request.path)
                    self.fail(request.path)
                    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
                    if token not in self._tokens:
                        raise GraphRefusal(401, "InvalidAuthenticationToken")
                    return web.json_response(read(request, self._tokens[token]))
            except GraphRefusal as refusal:
                headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
                error = {"error": {"code": refusal.code, "message": refusal.code, "innerError": {}}}
                return web.json_response(error, status=refusal.status, headers=headers)

        return answer

    def _channel(self, request: web.Request, roles: frozenset[str]) -> Body:
        group, channel = request.match_info["group"], request.match_info["channel"]
        if group not in self.consents and CHANNELS not in roles:
            raise GraphRefusal(403, "Forbidden")
        place = self._teams.conversations.get(channel)
        if place is None or group != self._teams.group_of(channel):
            raise GraphRefusal(404, "NotFound")
        root = request.match_info.get("root")
        if root is not None:
            place = self._teams.conversations.get(f"{channel};messageid={root}")
        return self._page(request, place, {"channelIdentity": {"teamId": group, "channelId": channel}})

    def _chat(self, request: web.Request, roles: frozenset[str]) -> Body:
        chat = request.match_info["chat"]
        alone = chat.endswith("@unq.gbl.spaces")
        if CHATS not in roles and (alone or chat not in self.consents):
            raise GraphRefusal(403, "Forbidden")
        return self._page(request, self._teams.conversations.get(self._name(chat) if alone else chat), {"chatId": chat})

    def _installed(self, request: web.Request, roles: frozenset[str]) -> Body:
        from tests.fakes.teams import APP_ID

        person = self._person(request, roles)
        query = request.query
        if query.get("$expand") != "teamsApp" or query.get("$filter") != f"teamsApp/externalId eq '{APP_ID}'":
            raise GraphRefusal(400, "BadRequest")
        added = person["id"] not in self._teams.not_added
        return {"value": [{"id": f"install-{person['aadObjectId']}="}] if added else []}

    def _chat_with(self, request: web.Request, roles: frozenset[str]) -> Body:
        from tests.fakes.teams import APP_ID

        person = self._person(request, roles)
        if request.match_info["installed"] != f"install-{person['aadObjectId']}=":
            raise GraphRefusal(404, "NotFound")
        return {"id": f"19:{APP_ID}_{person['aadObjectId']}@unq.gbl.spaces"}

    def _person(self, request: web.Request, roles: frozenset[str]) -> Body:
        if APPS not in roles:
            raise GraphRefusal(403, "Forbidden")
        for person in self._teams.people.values():
            if person["aadObjectId"] == request.match_info["person"]:
                return person
        raise GraphRefusal(404, "NotFound")

    def _name(self, chat: str) -> str:
        account = chat.partition("_")[2].removesuffix("@unq.gbl.spaces")
        found = (id for id, person in self._teams.people.items() if person["aadObjectId"] == account)
        return f"a:{next(found, '')}"

    def _page(self, request: web.Request, place: Conversation | None, about: Body) -> Body:
        if place is None:
            raise GraphRefusal(404, "NotFound")
        if set(request.query) - {"$top", "$skiptoken", "$expand", "$orderby", "$filter"}:
            raise GraphRefusal(400, "BadRequest")
        most, start = int(request.query.get("$top", _USUAL)), int(request.query.get("$skiptoken", 0))
        if not 1 <= most <= _MOST:
            raise GraphRefusal(400, "BadRequest")
        everything = sorted(
            self._messages(place, about), key=lambda one: str(one["lastModifiedDateTime"]), reverse=True
        )
        told: Body = {"@odata.count": most, "value": everything[start : start + most]}
        if start + most < len(everything):
            told["@odata.nextLink"] = (
                f"{self._teams.url}{request.path_qs.partition('?')[0]}?$top={most}&$skiptoken={start + most}"
            )
        return told

    def _messages(self, place: Conversation, about: Body) -> list[Body]:
        from tests.fakes.teams import APP_ID

        us = {"application": {"id": APP_ID, "displayName": "Dealwright", "applicationIdentityType": "bot"}}
        made = [_message(id, at, about, us, place.activities.get(id)) for id, at in place.posted.items()]
        for number, (at, words) in enumerate(self.others.get(place.id, ())):
            who = {"user": {"id": "aad-somebody", "displayName": "Somebody", "userIdentityType": "aadUser"}}
            made.append(_message(f"person-{number}", at, about, who, {"text": words}))
        return made


def _message(id: str, at: datetime, about: Body, who: Body, activity: Body | None) -> Body:
    """Return a chatMessage; one without its activity was deleted, and tells no more than that."""
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    attached = [
        {
            "id": f"{id}-{number}",
            "contentType": one["contentType"],
            "contentUrl": None,
            "content": json.dumps(one["content"]),
        }
        for number, one in enumerate((activity or {}).get("attachments") or ())
    ]
    words = (activity or {}).get("text") or "".join(f'<attachment id="{one["id"]}"></attachment>' for one in attached)
    return {
        "id": id,
        "replyToId": None,
        "etag": id,
        "messageType": "message",
        "createdDateTime": stamp,
        "lastModifiedDateTime": stamp,
        "deletedDateTime": None if activity is not None else stamp,
        "from": {"application": None, "device": None, "user": None, **who},
        "body": {"contentType": "html", "content": words},
        "attachments": attached,
        **about,
    }
