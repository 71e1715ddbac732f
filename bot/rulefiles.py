"""What every surface can have done with rule files: looking, checking, changing, their log, and going back. All of it blocks.

What a profile would have let through is told by `bot.signals`, which serves the same file under its own commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import signals
from bot.app import App
from bot.asker import Door
from infra.errors import Fatal

if TYPE_CHECKING:
    from agents.signals.rulebook import RuleBook, Version

ICP = "icp.toml"
OUTREACH = "outreach.toml"
SIGNALS = "signals.toml"
FRAMEWORKS = "frameworks.toml"
FIELDS = "fields.toml"
TALK_TRACK = "talk_track.toml"
WORKFLOW = "workflow.toml"
PLAYBOOKS = "playbooks.toml"
DIGEST = "digest.toml"
NAMES = (ICP, OUTREACH, SIGNALS, FRAMEWORKS, WORKFLOW, FIELDS, TALK_TRACK, PLAYBOOKS, DIGEST)
ABOUT = {
    ICP: "Whom we sell to: which signals are worth a mail, and which are skipped.",
    OUTREACH: "How mails are written: what you offer, how long they are, how many touches and when.",
    SIGNALS: "Where signals come from, and how long each kind is worth acting on.",
    FRAMEWORKS: "How calls are qualified: MEDDPICC, BANT, SPIN or your own, element by element.",
    FIELDS: "Who writes which field of the CRM, and what the field is called there.",
    TALK_TRACK: "The steps that a call should take, for scorecards: each with the words by which it is known.",
    WORKFLOW: "The deal's stages, what the buyer does before one ends, and what we do how soon after something happens.",
    DIGEST: "When each team's weekly review is sent, and to which channels besides the people whom it is for.",
    PLAYBOOKS: "What to do about each kind of risk: what an alert tells, and what shows that it was tried.",
}


def book_of(app: App, name: str) -> RuleBook:
    """Return the versions of a rule file. Raises Fatal (404) where there is none of that name."""
    if name == ICP:
        return app.signals.rules
    if name == SIGNALS:
        return app.signals.sources
    if name == OUTREACH:
        from agents.outreach.rules import FILE, faults_of_rules
        from agents.signals.rulebook import RuleBook

        return RuleBook(app.database, app.settings.home, FILE, faults_of_rules)
    if name == FRAMEWORKS:
        from agents.signals.rulebook import RuleBook
        from sales.qualifying.frameworks import faults_of_frameworks

        return RuleBook(app.database, app.settings.home, FRAMEWORKS, faults_of_frameworks)
    if name == FIELDS:
        from agents.crm.rules import field_rules

        return field_rules(app.database, app.settings.home)
    if name == TALK_TRACK:
        from agents.coaching.track import FILE as TRACK
        from agents.coaching.track import faults_of_track
        from agents.signals.rulebook import RuleBook

        return RuleBook(app.database, app.settings.home, TRACK, faults_of_track)
    if name == PLAYBOOKS:
        from agents.signals.rulebook import RuleBook
        from sales.playbooks import faults_of_playbooks

        return RuleBook(app.database, app.settings.home, PLAYBOOKS, faults_of_playbooks)
    if name == WORKFLOW:
        return app.workflow.book
    if name == DIGEST:
        return app.reviews.book
    raise Fatal("There is no such rule file.", f"There are {', '.join(NAMES)}.", status=404)


def in_force(app: App, name: str) -> dict[str, Any]:
    """Return the rules in force: `{version, text, by, note, at}`; version 0 is the example that a new file starts with."""
    found = book_of(app, name).current(app.clock.now())
    if found is not None:
        return _version(found)
    return {"version": 0, "text": _example(name), "by": None, "note": None, "at": None}


def check(app: App, name: str, text: str | None, weeks: int = 4) -> dict[str, Any]:
    """Return `{valid, faults: [{line, message}], preview}`; the preview of a profile tells what it would have let through in the last weeks,
    that of `signals.toml` what would change, as sentences."""
    if name == ICP:
        return signals.icp_check(app, text, weeks)
    faults = book_of(app, name).faults(text)
    return {
        "valid": not faults,
        "faults": [{"line": one.line, "message": one.message} for one in faults],
        "preview": _preview(app, text) if name == SIGNALS and text is not None and not faults else None,
    }


def save(
    app: App, email: str | None, door: Door, name: str, text: str, note: str | None, expected: int | None
) -> dict[str, Any]:
    """Put rules in force. Only who leads people may. Raises Denied, and Fatal for faults (422) or when they were changed meanwhile (409)."""
    return signals.save_rules(app, email, door, book_of(app, name), text, note, expected)


def log(app: App, name: str) -> list[dict[str, Any]]:
    """Return all versions, the newest first."""
    book = book_of(app, name)
    book.current(app.clock.now())
    return [_version(one) for one in book.log()]


def rollback(app: App, email: str | None, door: Door, name: str, version: int) -> dict[str, Any]:
    """Put an earlier version in force again, as a new one. Raises Denied, and Fatal where there is none of that number."""
    return signals.roll_back_rules(app, email, door, book_of(app, name), version)


def _preview(app: App, text: str) -> dict[str, Any]:
    from agents.signals.preview import preview_of_sources

    return {"told": preview_of_sources(app.database, app.settings, app.signals.sources, text, app.clock.now())}


def _example(name: str) -> str:
    if name == SIGNALS:
        from agents.signals.sources import EXAMPLE as OF_SIGNALS

        return OF_SIGNALS
    if name == OUTREACH:
        from agents.outreach.rules import EXAMPLE as OF_OUTREACH

        return OF_OUTREACH
    if name == FIELDS:
        from sales.ownership import EXAMPLE as OF_FIELDS

        return OF_FIELDS
    if name == FRAMEWORKS:
        from sales.qualifying.example import EXAMPLE as OF_FRAMEWORKS

        return OF_FRAMEWORKS
    if name == TALK_TRACK:
        from agents.coaching.track import EXAMPLE as OF_TRACK

        return OF_TRACK
    if name == PLAYBOOKS:
        from sales.playbooks import EXAMPLE as OF_PLAYBOOKS

        return OF_PLAYBOOKS
    if name == DIGEST:
        from agents.digest.rules import EXAMPLE as OF_DIGEST

        return OF_DIGEST
    if name == WORKFLOW:
        from sales.workflow.example import EXAMPLE as OF_WORKFLOW

        return OF_WORKFLOW
    from sales.icp import EXAMPLE as OF_ICP

    return OF_ICP


def _version(one: Version) -> dict[str, Any]:
    return {"version": one.version, "text": one.text, "by": one.by, "note": one.note, "at": one.at}
