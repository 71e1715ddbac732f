"""`digest.toml`: when each team's review is sent, and to which channels besides the people whom it is for. Without it: Monday at 08:00 in the company's zone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from sales.icp import Fault, syntax_fault
from sales.reviewing import Hour

FILE = "digest.toml"
EXAMPLE = """# When the weekly review is sent. Each rep gets their own, each manager that of their people, admins the company's, by direct message.
weekday = "Monday"
at = "08:00"
# zone = "Europe/Berlin"   # where it names none: the company's (DEALWRIGHT_TIME_ZONE)
mail = false               # true: by mail as well; who is in no chat gets it by mail anyway

# Channels get figures of the team, never of a person: slack:CHANNEL, slack:WORKSPACE:CHANNEL or teams:CONVERSATION.
# [company]
# channels = ["slack:C0123456789"]

# [[team]]
# name = "West"
# weekday = "Monday"
# at = "08:30"
# zone = "America/Los_Angeles"
# channels = ["slack:C0987654321"]
"""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_PLACE = re.compile(r"(slack):(?:([A-Z0-9]+):)?([CG][A-Z0-9]{2,})|(teams):(\S{3,})")
_TOP = {"weekday", "at", "zone", "mail", "company", "team"}
_TEAM = {"name", "weekday", "at", "zone", "mail", "channels"}


@dataclass(frozen=True)
class Channel:
    """A channel on a surface: `workspace` of a Slack channel where it is named, else the only one."""

    surface: str
    channel: str
    workspace: str | None = None

    @property
    def place(self) -> dict[str, Any]:
        """What a delivery keeps of it."""
        if self.surface == "teams":
            return {"conversation": self.channel}
        return {"channel": self.channel, **({"workspace": self.workspace} if self.workspace else {})}


@dataclass(frozen=True)
class Sent:
    """When and where a review goes."""

    hour: Hour
    mail: bool
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True)
class DigestRules:
    """The rules in force: for the company, and for each team by its folded name."""

    company: Sent
    teams: Mapping[str, Sent] = field(default_factory=dict)

    def of_team(self, team: str | None) -> Sent:
        """Return when and where a team's review goes; a team that is not named follows the company's hour and has no channel."""
        found = self.teams.get((team or "").strip().casefold())
        return found or Sent(self.company.hour, self.company.mail)


def digest_rules(text: str | None, zone: ZoneInfo) -> DigestRules:
    """Return the rules of a text that has no faults; the usual ones of None."""
    told = tomllib.loads(text) if text else {}
    base = _sent(told, Sent(Hour(0, time(8), zone), mail=False))
    company = told.get("company", {})
    teams = {str(one["name"]).strip().casefold(): _sent(one, base) for one in told.get("team", [])}
    return DigestRules(_sent(company, base), teams)


def faults_of_digest(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text, with the line where it can be told."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return (syntax_fault(error, text),)
    faults = [*_unknown(told, _TOP, ""), *_faults(told, "")]
    company, teams = told.get("company", {}), told.get("team", [])
    if not isinstance(company, dict) or not isinstance(teams, list) or not all(isinstance(one, dict) for one in teams):
        return (*faults, Fault(0, "company is a table [company], each team a table [[team]]"))
    faults += [*_unknown(company, _TEAM - {"name"}, "company"), *_faults(company, "company")]
    names: list[str] = []
    for one in teams:
        name = one.get("name")
        where = f"team {name!r}" if isinstance(name, str) else "a team"
        if not isinstance(name, str) or not name.strip():
            faults.append(Fault(0, "a team needs its name"))
        elif name.strip().casefold() in names:
            faults.append(Fault(0, f"{where} stands there twice"))
        else:
            names.append(name.strip().casefold())
        faults += [*_unknown(one, _TEAM, where), *_faults(one, where)]
    return tuple(faults)


def _sent(told: Mapping[str, Any], base: Sent) -> Sent:
    hour = base.hour
    weekday = _DAYS.index(str(told["weekday"]).casefold()) if "weekday" in told else hour.weekday
    at = time.fromisoformat(f"{told['at']:0>5}") if "at" in told else hour.at
    zone = ZoneInfo(told["zone"]) if "zone" in told else hour.zone
    channels = tuple(found for one in told.get("channels", ()) if (found := _channel(one)) is not None)
    return Sent(Hour(weekday, at, zone), bool(told.get("mail", base.mail)), channels)


def _channel(text: object) -> Channel | None:
    found = _PLACE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    if found[4]:
        return Channel("teams", found[5])
    return Channel("slack", found[3], found[2])


def _unknown(told: Mapping[str, Any], known: set[str], where: str) -> list[Fault]:
    of = f" of {where}" if where else ""
    return [Fault(0, f"nothing{of} is called {name!r}") for name in told if name not in known]


def _faults(told: Mapping[str, Any], where: str) -> list[Fault]:
    of = f"{where}: " if where else ""
    faults = []
    if "weekday" in told and str(told["weekday"]).casefold() not in _DAYS:
        faults.append(Fault(0, f"{of}weekday is a day such as Monday"))
    if "at" in told and not (isinstance(told["at"], str) and _AT.fullmatch(told["at"])):
        faults.append(Fault(0, f'{of}at is a time such as "08:00"'))
    if "zone" in told and not _is_zone(told["zone"]):
        faults.append(Fault(0, f"{of}zone is a name such as Europe/Berlin"))
    if "mail" in told and not isinstance(told["mail"], bool):
        faults.append(Fault(0, f"{of}mail is true or false"))
    channels = told.get("channels", [])
    if not isinstance(channels, list) or any(_channel(one) is None for one in channels):
        faults.append(Fault(0, f"{of}channels are written slack:C0123456789 or teams:CONVERSATION"))
    return faults


def _is_zone(name: object) -> bool:
    try:
        ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        return False
    return isinstance(name, str)
