"""The app package that an admin uploads to Teams: the manifest and two icons in one zip.

Manifest: https://learn.microsoft.com/microsoft-365/extensibility/schema/ (1.27, of April 2026, is the newest that is generally available)
"""

from __future__ import annotations

import ipaddress
import json
import re
import struct
import zipfile
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from bot.teams.icons import ACCENT, COLOR_SIZE, OUTLINE_SIZE, color_icon, outline_icon
from infra.errors import Fatal
from infra.settings import Settings

MANIFEST_VERSION = "1.27"
SCOPES = ("personal", "team", "groupChat")

_HOMEPAGE = "https://dealwright.example"
_SHORT = "Answers about your deals, with evidence."
_FULL = (
    "Ask Dealwright about your deals: what was said last, who is involved, what was promised, which deals have gone quiet. "
    "Each answer shows the words it rests on, who said them and when. In a channel it says only what everybody there may see."
)
_COMMANDS = (
    ("Silent deals", "Which deals have been silent for 5+ days?"),
    ("No next step", "Which deals close this month without a next step?"),
    ("My feed", "Ready drafts, one card at a time"),
    ("What waits for me", "The cards that you decide on"),
    ("Help", "What you can ask"),
)
_DATE = (2026, 1, 1, 0, 0, 0)


def make_package(
    settings: Settings, version: str, *, follow_threads: bool = False, find_doubles: bool = False
) -> bytes:
    """Return the zip. The same settings give the same bytes. `follow_threads` asks for channel messages without a mention, `find_doubles` for the
    right to look for what a kill left twice in teams and group chats (an owner must consent to either).

    Raises Fatal where the app id is missing or none, or where the manifest would not be taken.
    """
    made = manifest(settings, version, follow_threads=follow_threads, find_doubles=find_doubles)
    files = {
        "manifest.json": json.dumps(made, indent=2, ensure_ascii=False).encode(),
        "color.png": color_icon(),
        "outline.png": outline_icon(),
    }
    wrong = problems(made, files)
    if wrong:
        raise Fatal(f"Teams would not take the package: {wrong[0]}.", "Mend the setting that it comes from.")
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def manifest(
    settings: Settings, version: str, *, follow_threads: bool = False, find_doubles: bool = False
) -> dict[str, Any]:
    """Return the manifest. Raises Fatal where the app id is missing or none."""
    app_id = _app_id(settings)
    home = _public(settings.public_url)
    commands = [{"title": title, "description": told} for title, told in _COMMANDS]
    made: dict[str, Any] = {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{MANIFEST_VERSION}/MicrosoftTeams.schema.json",
        "manifestVersion": MANIFEST_VERSION,
        "version": _three_numbers(version),
        "id": app_id,
        "developer": {
            "name": "Dealwright",
            "websiteUrl": home or _HOMEPAGE,
            "privacyUrl": home or _HOMEPAGE,
            "termsOfUseUrl": home or _HOMEPAGE,
        },
        "name": {"short": "Dealwright", "full": "Dealwright, the sales copilot"},
        "description": {"short": _SHORT, "full": _FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "bots": [
            {
                "botId": app_id,
                "scopes": list(SCOPES),
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [{"scopes": list(SCOPES), "commands": commands}],
            }
        ],
        "supportsChannelFeatures": "tier1",
        "validDomains": [urlsplit(home).hostname] if home else [],
    }
    # Reading a channel is one right, whatever it is used for.
    wanted = ("ChannelMessage.Read.Group", *(("ChatMessage.Read.Chat",) if find_doubles else ()))
    if follow_threads or find_doubles:
        rights = [{"name": name, "type": "Application"} for name in wanted]
        made["webApplicationInfo"] = {"id": app_id, "resource": f"api://botid-{app_id}"}
        made["authorization"] = {"permissions": {"resourceSpecific": rights}}
    return made


def problems(made: dict[str, Any], files: dict[str, bytes]) -> list[str]:
    """Return what Teams would refuse, in its own limits; empty where nothing."""
    wrong = []
    limits = (("name", "short", 30), ("name", "full", 100), ("description", "short", 80), ("description", "full", 4000))
    wrong += [f"{part}.{key} is too long" for part, key, most in limits if len(made[part][key]) > most]
    wrong += [f"{bot['botId']} is no GUID" for bot in made["bots"] if not _is_guid(bot["botId"])]
    wrong += [f"there is no scope {scope}" for bot in made["bots"] for scope in bot["scopes"] if scope not in SCOPES]
    for listed in (commands for bot in made["bots"] for commands in bot["commandLists"]):
        wrong += [f"command {one['title']!r} is too long" for one in listed["commands"] if _is_long(one)]
    for domain in made["validDomains"]:
        if "/" in domain or ":" in domain or "*" in domain or "." not in domain:
            wrong.append(f"{domain} is no domain")
    for name, side in (("color.png", COLOR_SIZE), ("outline.png", OUTLINE_SIZE)):
        if struct.unpack(">II", files[name][16:24]) != (side, side):
            wrong.append(f"{name} is not {side} × {side}")
    return wrong


def _is_long(command: dict[str, str]) -> bool:
    return len(command["title"]) > 32 or len(command["description"]) > 128


def _app_id(settings: Settings) -> str:
    given = settings.teams_app_id
    if not given:
        raise Fatal("The package needs the bot's app id.", "Register a bot in Azure and set DEALWRIGHT_TEAMS_APP_ID.")
    if not _is_guid(given):
        raise Fatal(
            "DEALWRIGHT_TEAMS_APP_ID is no app id.",
            "It looks like 00000000-0000-0000-0000-000000000000: copy it from Azure.",
        )
    return str(UUID(given))


def _is_guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _three_numbers(version: str) -> str:
    # Teams takes no pre-releases: 0.2.0.dev1 is told as 0.2.0.
    found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", version)
    return ".".join(number or "0" for number in (found.groups() if found else ("0", "1", "0")))


def _public(url: str | None) -> str | None:
    """Return the console's address where Teams may name it: https, and not of this machine alone."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme != "https" or "." not in host:
        return None
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return url.rstrip("/")
    return None
