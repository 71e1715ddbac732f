"""The commands that run and inspect an installation: serve, doctor, settings."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bot.terminal.output import EXIT_FAILED, print_json, progress, tell_error
from infra.errors import DealwrightError

_SIGNS = {"ok": "✓", "missing": "–", "broken": "✗"}
_TO_ASK = ("What's the latest on Acme?", "Which deals have been silent for 5+ days?")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("serve")(serve)
    app.command("doctor")(doctor)
    app.command("settings")(settings)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: DEALWRIGHT_HOST, 127.0.0.1.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one. Default: DEALWRIGHT_PORT, 8321."),
    ] = None,
) -> None:
    """Serve the console, the API, Slack and Teams, until stopped."""
    from infra.owner import HomeTaken, take_home
    from infra.settings import load_settings

    # What is said here holds for links too: a mail's link to opt out leads to this very server.
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings().model_copy(update=chosen)
    try:
        ownership = take_home(settings.home, wait_s=2.0)
    except HomeTaken as taken:
        if taken.server is None:
            raise
        sys.stdout.write(f"Dealwright already runs at {taken.server.url}\n")
        return
    with ownership:
        from bot.app import App
        from bot.server import bind, run, url_of
        from infra.logs import configure_logs

        configure_logs(settings)
        app = App(settings)
        listening = bind(app, settings.host, settings.port)

        async def announce() -> None:
            server = ownership.announce(url_of(listening))
            app.owner_token = server.token
            sys.stdout.write(f"Dealwright is at {server.url}\n")
            sys.stdout.write("".join(f"  Ask: {question}\n" for question in _TO_ASK))
            sys.stdout.write(f"  Drafts to decide on: {server.url}/approvals\n")
            sys.stdout.flush()

        app.on_start(announce)
        with listening:
            run(app, listening)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")] = False) -> None:
    """Tell for every component what is set up, what is missing, and the next thing to do. Exit status 1 where something is broken."""
    from bot.terminal.link import Link
    from infra.settings import load_settings

    link = Link(load_settings())
    try:
        server = link.server()
        with progress(quiet=as_json) as say:
            say("Looking at every component…")
            components: list[dict[str, Any]] = link.perform("doctor", {})["components"]
    except DealwrightError as error:
        raise typer.Exit(tell_error(error, as_json=as_json)) from error
    finally:
        link.close()
    if server is not None:
        running = {"name": "server", "state": "ok", "detail": f"It runs at {server.url}.", "next_step": ""}
    else:
        running = {
            "name": "server",
            "state": "missing",
            "detail": "It does not run.",
            "next_step": "Start it: `dealwright serve`.",
        }
    components.insert(1, running)
    broken = any(one["state"] == "broken" for one in components)
    if as_json:
        print_json({"healthy": not broken, "components": components})
    else:
        for one in components:
            sys.stdout.write(f"{_SIGNS[one['state']]} {one['name']:10} {one['detail']}\n")
            if one["next_step"]:
                sys.stdout.write(f"  {'':10} → {one['next_step']}\n")
    if broken:
        raise typer.Exit(EXIT_FAILED)


def settings() -> None:
    """List every setting: its name in the environment, its default and its meaning."""
    from bot.terminal.reference import settings_lines

    for line in settings_lines():
        sys.stdout.write(line + "\n")
