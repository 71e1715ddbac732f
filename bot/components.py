"""What is set up, what is missing and what to do next, for every component: for `dealwright doctor` and `/readyz`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from agents.mailroom.alarms import SOON
from agents.model.provider import provider_of
from bot.app import App
from infra.errors import DealwrightError, Fatal
from infra.logs import logger
from infra.spine.models import Account, Activity, Contact, Deal, KeptAside, Lead, Mailbox, Passage, User
from infra.spine.scope import find_user

State = Literal["ok", "missing", "broken"]
_LOG = logger("doctor")
_TABLES = {"accounts": Account, "deals": Deal, "contacts": Contact, "leads": Lead, "activities": Activity}
_SEES = {"own": "their own accounts", "team": "their team's accounts", "all": "all accounts"}


@dataclass(frozen=True)
class Component:
    """One component: `missing` is not set up, and works without; `broken` needs a person. `next_step` is "" where nothing is to do."""

    name: str
    state: State
    detail: str
    next_step: str = ""

    def public(self) -> dict[str, str]:
        """Return it for JSON."""
        return asdict(self)


def ready_components(app: App) -> list[Component]:
    """Return the parts that an answer needs: database, index, model."""
    return [_database(app), _index(app), _model(app)]


def all_components(app: App) -> list[Component]:
    """Return every component."""
    return [
        _home(app),
        *ready_components(app),
        _data(app),
        _people(app),
        _encoder(app),
        _vectors(app),
        _console(app),
        _api(app),
        _slack(app),
        _teams(app),
        _mail(app),
        _mailboxes(app),
        _systems(app),
    ]


def _home(app: App) -> Component:
    home = app.settings.home
    if not home.is_dir():
        return Component("home", "missing", f"{home} does not exist yet.", "It is made at the first command.")
    if not os.access(home, os.W_OK | os.X_OK):
        return Component(
            "home",
            "broken",
            f"{home} can't be written to.",
            "Give yourself the right to write to it, or set DEALWRIGHT_HOME.",
        )
    return Component("home", "ok", str(home))


def _database(app: App) -> Component:
    try:
        with app.database.session() as session:
            session.execute(text("SELECT 1"))
    except DealwrightError as error:
        return Component("database", "broken", error.sentence, error.next_step)
    except SQLAlchemyError as error:
        _LOG.error("database check failed", exc_info=error)
        return Component(
            "database",
            "broken",
            "The database does not answer.",
            "Check DEALWRIGHT_DATABASE_URL and that the server runs.",
        )
    return Component("database", "ok", "SQLite in the home folder" if app.database.is_sqlite else "PostgreSQL")


def _guarded(name: str, check: Callable[[], Component]) -> Component:
    try:
        return check()
    except DealwrightError as error:
        return Component(name, "broken", error.sentence, error.next_step)
    except SQLAlchemyError:
        return Component(name, "broken", "The database does not answer.", "See the component database.")


def _index(app: App) -> Component:
    return _guarded("index", lambda: _index_state(app))


def _index_state(app: App) -> Component:
    with app.database.session() as session:
        passages = session.scalar(select(func.count()).select_from(Passage)) or 0
        waiting = session.scalar(select(func.count()).select_from(Passage).where(Passage.embedded_as.is_(None))) or 0
    if waiting:
        return Component(
            "index", "missing", f"{waiting:,} of {passages:,} passages wait to be embedded.", "Run `dealwright index`."
        )
    if not passages:
        return Component(
            "index",
            "missing",
            "The index is empty.",
            "Import something: `dealwright import PATH` or `dealwright sample load`.",
        )
    return Component("index", "ok", f"{passages:,} passages")


def _model(app: App) -> Component:
    model = app.settings.model
    if model is None:
        return Component(
            "model",
            "missing",
            "No language model: answers are composed from quotes and figures.",
            "To have answers phrased, set DEALWRIGHT_MODEL=provider:name.",
        )
    try:
        provider_of(app.settings)
    except Fatal as error:
        return Component("model", "broken", error.sentence, error.next_step)
    return Component("model", "ok", model)


def _data(app: App) -> Component:
    def check() -> Component:
        with app.database.session() as session:
            counts = {
                name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in _TABLES.items()
            }
            aside = session.scalar(select(func.count()).select_from(KeptAside)) or 0
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        if not any(counts.values()):
            return Component(
                "data",
                "missing",
                "Nothing is imported yet.",
                "Run `dealwright sample load`, or `dealwright import PATH`.",
            )
        kept = f"; {aside:,} {'row' if aside == 1 else 'rows'} kept aside" if aside else ""
        return Component("data", "ok", told + kept)

    return _guarded("data", check)


def _people(app: App) -> Component:
    def check() -> Component:
        with app.database.session() as session:
            users = session.scalar(select(func.count()).select_from(User).where(User.active)) or 0
            known = find_user(session, app.settings.user) is not None if app.settings.user else None
        if not users:
            return Component(
                "people",
                "missing",
                "No users are known, so nobody can ask.",
                "Import a CSV of users with name, email, role and team.",
            )
        if known is False:
            return Component(
                "people",
                "broken",
                "DEALWRIGHT_USER names nobody that is known.",
                "Set it to the mail address of a user; `dealwright users` lists them.",
            )
        asker = f"you ask as {app.settings.user}" if known else "name yourself with --as or DEALWRIGHT_USER"
        return Component("people", "ok", f"{users:,} users; {asker}; a rep sees {_SEES[app.settings.visibility]}")

    return _guarded("people", check)


def _encoder(app: App) -> Component:
    def check() -> Component:
        encoder = app.index.encoder
        return Component(
            "encoder",
            "ok",
            f"{app.settings.embedding_model}, {encoder.dim} dimensions, {app.settings.embedding_precision}",
        )

    return _guarded("encoder", check)


def _vectors(app: App) -> Component:
    def check() -> Component:
        where = "a Chroma server" if app.settings.chroma_url else "Chroma in the home folder"
        app.index.vectors.open()
        return Component("vectors", "ok", where)

    return _guarded("vectors", check)


def _console(app: App) -> Component:
    if app.settings.console_password or app.settings.console_identity_header:
        by = "a password" if app.settings.console_password else "the proxy's identity header"
        return Component("console", "ok", f"Signed in by {by}.")
    return Component("console", "ok", "On this machine only.", "To open it to others, set DEALWRIGHT_CONSOLE_PASSWORD.")


def _api(app: App) -> Component:
    if app.settings.api_token:
        return Component("api", "ok", "Programs come in with DEALWRIGHT_API_TOKEN.")
    return Component("api", "missing", "No token: /api answers 401.", "To let programs in, set DEALWRIGHT_API_TOKEN.")


def _slack(app: App) -> Component:
    settings = app.settings
    if not settings.slack_bot_token and not settings.slack_client_id:
        return Component(
            "slack",
            "missing",
            "Not connected.",
            "Make the app from infra/slack-manifest.yaml and set DEALWRIGHT_SLACK_BOT_TOKEN.",
        )
    if not settings.slack_app_token and not settings.slack_signing_secret:
        return Component(
            "slack",
            "broken",
            "Slack can't reach us.",
            "Set DEALWRIGHT_SLACK_APP_TOKEN for Socket Mode, or DEALWRIGHT_SLACK_SIGNING_SECRET for HTTP.",
        )
    return Component("slack", "ok", "Socket Mode" if settings.slack_app_token else "HTTP at /slack/events")


def _teams(app: App) -> Component:
    settings = app.settings
    if not settings.teams_app_id:
        return Component(
            "teams",
            "missing",
            "Not connected; answered on this machine only.",
            "Register a bot and set DEALWRIGHT_TEAMS_APP_ID and DEALWRIGHT_TEAMS_APP_SECRET.",
        )
    if not settings.teams_app_secret:
        return Component(
            "teams", "broken", "The bot has no secret, so it can't answer.", "Set DEALWRIGHT_TEAMS_APP_SECRET."
        )
    return Component("teams", "ok", "HTTP at /api/messages")


def _mail(app: App) -> Component:
    if app.settings.smtp_url:
        return Component("mail", "ok", "An SMTP server is set.")
    return Component("mail", "missing", "No SMTP server: no mail is sent.", "To send mails, set DEALWRIGHT_SMTP_URL.")


def _mailboxes(app: App) -> Component:
    def check() -> Component:
        with app.database.session() as session:
            counted = session.execute(select(Mailbox.state, func.count()).group_by(Mailbox.state)).all()
            states = {state: count for state, count in counted}  # noqa: C416 - rows are no pairs to a type checker
            ending = session.scalar(select(func.count()).where(Mailbox.ends_at <= app.clock.now() + SOON)) or 0
        total, broken = sum(states.values()), states.get("broken", 0)
        if not total:
            return Component(
                "mailboxes", "missing", "No mailbox is connected.", "Each rep says “connect my mailbox” in chat, or runs `dealwright mailbox connect`."
            )  # fmt: skip
        if broken or ending:
            told = f"{broken:,} of {total:,} can't be read any more" if broken else f"the permission of {ending:,} of {total:,} ends soon"  # fmt: skip
            return Component("mailboxes", "broken", f"{told}.", "`dealwright mailbox list` shows which; their owners connect them again.")  # fmt: skip
        return Component("mailboxes", "ok", f"{total:,} mailboxes and calendars are read")

    return _guarded("mailboxes", check)


def _systems(app: App) -> Component:
    def check() -> Component:
        from bot.crm import status

        told = [one for one in status(app)["systems"] if one["state"] != "not_connected"]
        if not told:
            return Component("crm", "missing", "No CRM is connected.", "Set DEALWRIGHT_HUBSPOT_TOKEN; docs/connectors.md tells more.")  # fmt: skip
        for one in told:
            failed = [stream["stream"] for stream in one["streams"] if stream["state"] == "failed"]
            if one["state"] == "broken" or failed or one["dead_letters"]:
                said = one["trouble"] or (f"{', '.join(failed)} could not be read." if failed else f"{one['dead_letters']:,} dead letters wait.")  # fmt: skip
                return Component("crm", "broken", f"{one['title']}: {said}", "`dealwright sync --status` and `dealwright letters` tell more.")  # fmt: skip
        return Component("crm", "ok", f"{', '.join(one['title'] for one in told)} connected")

    return _guarded("crm", check)
