"""A server whose reviews are small: what `python -m tests.bot.delivering.serving` starts over the home and settings of its environment."""

from __future__ import annotations

import sys
from decimal import Decimal

from agents.digest.pictures import MovementPicture, MovementStep
from bot.message import Buttons, Message, Text
from bot.pictures.drawing import chart_of

PICTURE = MovementPicture(
    currency="USD",
    begin=Decimal(120_000),
    end=Decimal(97_000),
    begin_label="9 Nov",
    end_label="16 Nov",
    steps=(
        MovementStep(label="New", kind="new", amount=Decimal(38_000), deals=2),
        MovementStep(label="Won", kind="won", amount=Decimal(-61_000), deals=1),
    ),
)


def review_for(user_id: str | None) -> Message:
    """Return a review of one line and one picture, which names whom it is for."""
    line = f"Week 46 for {user_id or 'everybody'}"
    return Message(line, (Text(f"**{line}**", "heading"), chart_of(PICTURE), Buttons(())))


class SmallReviews:
    """See `bot.delivering.Reviews`."""

    def message_of(self, review_id: str, user_id: str | None, surface: str) -> Message:
        """Return the review."""
        return review_for(user_id)


def main() -> None:
    """Serve until stopped."""
    from bot.app import App
    from bot.server import bind, run, url_of
    from infra.logs import configure_logs
    from infra.owner import take_home
    from infra.settings import load_settings

    settings = load_settings()
    with take_home(settings.home, wait_s=10.0) as ownership:
        configure_logs(settings)
        app = App(settings)
        app.delivering.reviews = SmallReviews()
        listening = bind(app, "127.0.0.1", 0)

        async def announce() -> None:
            ownership.announce(url_of(listening))
            sys.stdout.write(f"{url_of(listening)}\n")
            sys.stdout.flush()

        app.on_start(announce)
        with listening:
            run(app, listening)


if __name__ == "__main__":
    main()
