"""From a click on a card in Slack to what came of it on that card: against a fake workspace and a real SMTP server on loopback.

The pace that a real workspace asks of those who post (one message a second and channel) is left out: it is not ours to speed up.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

import bot.slack.web
from agents.proposals.record import Content, Mail, NewProposal
from bot.app import App
from infra.settings import Settings
from infra.spine.database import open_database
from infra.spine.models import Account, Contact
from tests.benchmarks.timing import Line, Timed
from tests.bot.offices import furnish, until
from tests.bot.slack.conftest import Workspace, buttons, texts
from tests.fakes.dns_server import dns_server
from tests.fakes.slack import SECRET, TOKEN, FakeSlack
from tests.fakes.smtp_server import Mailroom, smtp_server

CLICKS = 50
_OURS, _THEIRS = "tallyport.example", "buyer.example"
_ZONE = {
    (_OURS, "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
    (f"_dmarc.{_OURS}", "TXT"): ["v=DMARC1; p=none"],
    (_OURS, "MX"): [f"10 mx.{_OURS}."],
    (_THEIRS, "MX"): [f"10 mx.{_THEIRS}."],
    (f"mx.{_THEIRS}", "A"): ["127.0.0.1"],
    (f"mx.{_OURS}", "A"): ["127.0.0.1"],
}
_DANA, _PLACE = "UDANA", "DUDANA"


def measure(clicks: int = CLICKS) -> Iterator[Line]:
    """Yield how long it takes from a click until the card says that it is approved, and that it is sent."""
    home = Path(tempfile.mkdtemp(prefix="dealwright-clicks-"))
    pace, bot.slack.web._MESSAGE_EVERY_S = bot.slack.web._MESSAGE_EVERY_S, 0.0
    slack = FakeSlack(rate_limited=False)
    slack.person(_DANA, f"dana@{_OURS}")
    slack.channel(_PLACE, _DANA, kind="im", is_im=True)
    slack.start()
    room = Mailroom()
    try:
        with dns_server(_ZONE) as (dns, _), smtp_server(room) as port:
            settings = _settings(home, slack, dns, port)
            furnish(open_database(settings), datetime.now(UTC))
            workspace = Workspace(slack, App(settings))
            workspace.start()
            try:
                _offer(workspace, clicks)
                approved, sent = _click_all(workspace)
            finally:
                workspace.stop()
    finally:
        slack.stop()
        bot.slack.web._MESSAGE_EVERY_S = pace
        shutil.rmtree(home, ignore_errors=True)
    yield Line(f"click to “approved” on the card, {clicks} clicks", f"p50 {approved.p50:.0f} ms, p95 {approved.p95:.0f} ms", "", "", None)  # fmt: skip
    bar = sent.p95 <= 1_000 and len(room.mails) == clicks
    yield Line(f"click to “sent” on the card, {clicks} clicks, {len(room.mails)} mails", f"p50 {sent.p50:.0f} ms, p95 {sent.p95:.0f} ms", "", "p95 ≤ 1 s", bar)  # fmt: skip


def _settings(home: Path, slack: FakeSlack, dns: str, port: int) -> Settings:
    # A zone in which it is about noon now, so that the recipients' working hours are open.
    ahead = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    return Settings(
        home=home,
        time_zone=f"Etc/GMT{-ahead:+d}",
        working_days=tuple(range(7)),
        disturb_from="00:00",
        disturb_until="23:59:59.999999",
        notices_a_day=1_000,
        company_domain=_OURS,
        company_name="Tallyport",
        company_address="1 High Street, Porto",
        public_url=f"https://deals.{_OURS}",
        smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"),
        dns_server=dns,
        slack_bot_token=SecretStr(TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url=f"{slack.url}/api/",
        api_token=SecretStr("bench"),
    )


def _offer(workspace: Workspace, clicks: int) -> None:
    app, now = workspace.app, workspace.app.clock.now()
    came = {"source": "bench", "source_at": now}
    made = []
    with app.database.transaction() as session:
        for number in range(clicks):
            account, address = f"buyer-{number}", f"buyer{number}@{_THEIRS}"
            session.add(Account(id=account, name=f"Buyer {number}", name_key=account, owner_id="dana", **came))
            session.flush()
            session.add(Contact(id=account, account_id=account, name="Ann", name_key="ann", email=address, **came))
            session.flush()
            mail = Mail(sender=f"dana@{_OURS}", to=address, subject=f"Question {number}", body="Is it still on?")
            new = NewProposal(
                key=f"bench:{number}", kind="outreach", headline=f"Buyer {number} is hiring", owner_id="dana",
                account_id=account, contact_id=account, content=Content(effect=mail),
            )  # fmt: skip
            made.append(app.proposals.put_forward(session, new))
    for proposal in made:
        app.announcer.offer(proposal)
    until(lambda: len(workspace.slack.said(_PLACE)) == clicks, 120)


def _click_all(workspace: Workspace) -> tuple[Timed, Timed]:
    approved, sent = [], []
    for number, card in enumerate(list(workspace.slack.said(_PLACE))):
        button = next(one for label, one in buttons(card).items() if label.startswith("Approve"))
        start = time.perf_counter()
        workspace.send(workspace.slack.click(_DANA, _PLACE, card, button))
        approved.append(_until_it_says(workspace, number, ("Approved", "Being sent", "Sent"), start))
        sent.append(_until_it_says(workspace, number, ("*Sent",), start))
    return Timed(tuple(sorted(approved))), Timed(tuple(sorted(sent)))


def _until_it_says(workspace: Workspace, number: int, words: tuple[str, ...], start: float) -> float:
    said: Callable[[], str] = lambda: texts(workspace.slack.said(_PLACE)[number])  # noqa: E731
    while not any(word in said() for word in words):
        if time.perf_counter() - start > 30:
            raise TimeoutError(said())
        time.sleep(0.003)
    return (time.perf_counter() - start) * 1_000


def main() -> None:
    """Measure and print."""
    for line in measure():
        print(line.text(), flush=True)


if __name__ == "__main__":
    main()
