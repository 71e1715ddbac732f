"""The manifest asks for what the code needs, and the docs name the settings that there are."""

from __future__ import annotations

import re
from pathlib import Path

from bot.slack.surface import SCOPES
from infra.settings import Settings

_ROOT = Path(__file__).resolve().parents[3]
_MANIFEST = (_ROOT / "infra" / "slack-manifest.yaml").read_text(encoding="utf-8")


def _list_under(key: str) -> list[str]:
    found = re.search(rf"^( *){key}:\n((?:\1  - .+\n)+)", _MANIFEST, re.MULTILINE)
    assert found is not None
    return [line.strip().removeprefix("- ") for line in found[2].splitlines()]


def test_the_manifest_asks_for_the_scopes_that_an_install_asks_for() -> None:
    assert tuple(_list_under("bot")) == SCOPES


def test_the_manifest_subscribes_what_is_answered() -> None:
    events = set(_list_under("bot_events"))
    assert {"app_mention", "message.im", "message.channels", "message.groups", "message.mpim"} <= events
    assert {"assistant_thread_started", "app_uninstalled", "tokens_revoked"} <= events


def test_every_address_of_the_manifest_is_one_that_we_serve() -> None:
    paths = set(re.findall(r"https://example\.com(\S+)", _MANIFEST))
    assert paths == {"/slack/events", "/slack/oauth_redirect"}


def test_the_docs_name_settings_that_there_are() -> None:
    docs = (_ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    named = {name.lower() for name in re.findall(r"DEALWRIGHT_([A-Z_]+[A-Z])", docs)}
    assert named
    assert named <= set(Settings.model_fields)
