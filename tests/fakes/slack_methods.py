"""The methods of Slack's Web API that we call, each as its page describes it."""

from __future__ import annotations

import json
import time

from tests.fakes.slack_state import APP_TOKEN, BOT_ID, BOT_USER, TRIGGER_S, Arguments, Channel, File, Refusal, State


class Methods(State):
    """One method each, named `_` and the method with underscores. Not modelled: scopes, other people's tokens, sharing files to channels."""

    def _auth_test(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/auth.test"""
        return {"team_id": self.tokens[arguments["_token"]], "user_id": BOT_USER, "bot_id": BOT_ID, "team": "Tallyport"}

    def _users_info(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/users.info"""
        user = self.users.get(arguments.get("user", ""))
        if user is None:
            raise Refusal("user_not_found")
        return {"user": user}

    def _users_lookupByEmail(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/users.lookupByEmail"""
        email = arguments.get("email")
        for user in self.users.values():
            if email and user["profile"].get("email") == email and not user.get("is_stranger"):
                return {"user": user}
        raise Refusal("users_not_found")

    def _conversations_info(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.info"""
        channel = self._known(arguments)
        shape = {
            "is_channel": channel.kind == "channel",
            "is_im": channel.kind == "im",
            "is_mpim": channel.kind == "mpim",
        }
        return {"channel": {"id": channel.id, **shape, "is_ext_shared": False, "is_shared": False, **channel.flags}}

    def _conversations_members(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.members"""
        return self._paged("members", self._known(arguments).members, arguments)

    def _conversations_open(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.open"""
        user = str(arguments.get("users", ""))
        if user not in self.users:
            raise Refusal("users_not_found")
        if self.users[user]["is_bot"]:
            raise Refusal("cannot_dm_bot")
        id = f"D{user}"
        self.channels.setdefault(id, Channel(id, [user, BOT_USER], "im"))
        return {"channel": {"id": id}}

    def _conversations_history(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.history"""
        channel = self._known(arguments)
        found = [m for m in self.messages[channel.id] if not m.get("thread_ts") or m["thread_ts"] == m["ts"]]
        return self._paged("messages", self._told(found, arguments)[::-1], arguments)

    def _conversations_replies(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.replies"""
        channel = self._known(arguments)
        root = arguments.get("ts")
        found = [m for m in self.messages[channel.id] if root in (m["ts"], m.get("thread_ts"))]
        if not found:
            raise Refusal("thread_not_found")
        return self._paged("messages", self._told(found, arguments), arguments)

    def _chat_postMessage(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.postMessage"""
        channel = self._writable(arguments)
        self._check_message(arguments)
        self._take_rate(channel.id)
        ts = self.stamp()
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "ts": ts, "posted_at": time.monotonic()}
        for key in ("text", "blocks", "thread_ts", "metadata"):
            if arguments.get(key):
                message[key] = arguments[key]
        self.messages[channel.id].append(message)
        return {"channel": channel.id, "ts": ts, "message": message}

    def _chat_update(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.update"""
        channel = self._writable(arguments)
        self._check_message(arguments)
        for message in self.messages[channel.id]:
            if message["ts"] == arguments.get("ts"):
                if message.get("bot_id") != BOT_ID:
                    raise Refusal("cant_update_message")
                message.update({key: arguments[key] for key in ("text", "blocks") if key in arguments})
                return {"channel": channel.id, "ts": message["ts"]}
        raise Refusal("message_not_found")

    def _chat_delete(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.delete"""
        channel = self._known(arguments)
        kept = [m for m in self.messages[channel.id] if m["ts"] != arguments.get("ts")]
        if len(kept) == len(self.messages[channel.id]):
            raise Refusal("message_not_found")
        self.messages[channel.id] = kept
        return {"ts": arguments["ts"]}

    def _chat_postEphemeral(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
        channel = self._writable(arguments)
        if arguments.get("user") not in channel.members:
            raise Refusal("user_not_in_channel")
        self._check_message(arguments)
        self.ephemerals.append(arguments)
        return {"message_ts": self.stamp()}

    def _files_getUploadURLExternal(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/files.getUploadURLExternal"""
        if not arguments.get("filename") or int(arguments.get("length") or 0) <= 0:
            raise Refusal("invalid_arguments")
        id = f"F{len(self.files) + 1:08}"
        self.files[id] = File(int(arguments["length"]), str(arguments.get("alt_txt") or ""))
        return {"upload_url": f"{self.url}/upload/{id}", "file_id": id}

    def _files_completeUploadExternal(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/files.completeUploadExternal"""
        named = json.loads(arguments.get("files") or "[]")
        if not named or any(one.get("id") not in self.files for one in named):
            raise Refusal("file_not_found")
        for one in named:
            if len(self.files[one["id"]].content) != self.files[one["id"]].length:
                raise Refusal("file_update_failed")
            self.files[one["id"]].title = str(one.get("title") or "")
        return {"files": named}

    def _reactions_add(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/reactions.add"""
        reaction = self._reaction(arguments)
        if reaction in self.reactions:
            raise Refusal("already_reacted")
        self.reactions.add(reaction)
        return {}

    def _reactions_remove(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/reactions.remove"""
        reaction = self._reaction(arguments)
        if reaction not in self.reactions:
            raise Refusal("no_reaction")
        self.reactions.remove(reaction)
        return {}

    def _views_open(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/views.open"""
        made = self._triggers.pop(arguments.get("trigger_id", ""), None)
        if made is None:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - made > TRIGGER_S:
            raise Refusal("expired_trigger_id")
        return self._keep_view(arguments, f"V{len(self.views) + 1}")

    def _views_update(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/views.update"""
        if not any(view["id"] == arguments.get("view_id") for view in self.views):
            raise Refusal("not_found")
        return self._keep_view(arguments, arguments["view_id"])

    def _assistant_threads_setStatus(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/assistant.threads.setStatus"""
        if not self.statuses_work:
            raise Refusal("missing_scope")
        self._in_thread(arguments)
        if "status" not in arguments:
            raise Refusal("invalid_arguments")
        self.statuses.append(arguments)
        return {}

    def _assistant_threads_setSuggestedPrompts(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts"""
        self._in_thread(arguments)
        prompts = arguments.get("prompts") or []
        if not 1 <= len(prompts) <= 4 or any(set(prompt) != {"title", "message"} for prompt in prompts):
            raise Refusal("invalid_arguments")
        self.prompts.append(arguments)
        return {}

    def _oauth_v2_access(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/oauth.v2.access"""
        answer = self.codes.pop(str(arguments.get("code")), None)
        if answer is None:
            raise Refusal("invalid_code")
        return answer

    def _apps_connections_open(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/apps.connections.open"""
        if arguments["_token"] != APP_TOKEN:
            raise Refusal("not_allowed_token_type")
        return {"url": f"{self.url.replace('http', 'ws')}/link?ticket=1"}
