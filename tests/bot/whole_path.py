"""A Dealwright at work for tests of the whole path: one real server between a Slack, a Teams, an SMTP and a DNS server, with a clock that tests set."""

from __future__ import annotations

import email
import email.policy
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from integrations.signals.signing import signature
from tests.bot.offices import until
from tests.bot.running import Home, new_home
from tests.bot.slack.conftest import buttons as slack_buttons
from tests.bot.web.serving import post
from tests.fakes import cards as teams_cards
from tests.fakes.dns_server import dns_server
from tests.fakes.slack import FakeSlack
from tests.fakes.smtp_server import Mailroom, smtp_server
from tests.fakes.teams import FakeTeams

DANA = "dana.whitfield@tallyport.example"
ADMIN = "ines.calder@tallyport.example"
SECRET = "webhook-secret"
PUBLIC = "https://deals.tallyport.example"
MORNING = "2023-01-31T17:30:00+00:00"
"""A Tuesday on which all of the United States works, hours after the last of the three filings was signed."""

FORM = "application/x-www-form-urlencoded"
WAIT_S = 120.0
_OURS = "tallyport.example"
ZONE = {
    (_OURS, "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
    (f"_dmarc.{_OURS}", "TXT"): [f"v=DMARC1; p=reject; rua=mailto:dmarc@{_OURS}"],
    (_OURS, "MX"): [f"10 mx.{_OURS}."],
    (f"mx.{_OURS}", "A"): ["127.0.0.1"],
}


@dataclass
class Way:
    """The server and everybody around it."""

    home: Home
    clock: Path
    slack: FakeSlack
    teams: FakeTeams
    mailroom: Mailroom
    zone: dict[tuple[str, str], list[str]]
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    # -- what happens outside ------------------------------------------------------------------------------------

    def at(self, moment: str) -> None:
        """Set the clock."""
        self.clock.write_text(moment, encoding="utf-8")

    def takes_mail(self, *domains: str) -> None:
        """Let these domains take mail."""
        for domain in domains:
            self.zone[domain, "MX"] = [f"10 mx.{domain}."]
            self.zone[f"mx.{domain}", "A"] = ["127.0.0.1"]

    def signal(self, secret: str = SECRET, **event: Any) -> httpx.Response:
        """Send a signal by a signed webhook."""
        body = json.dumps(event).encode()
        stamp = str(int(time.time()))
        headers = {
            "X-Dealwright-Timestamp": stamp,
            "X-Dealwright-Signature": signature(secret, stamp, body),
            "Content-Type": "application/json",
        }
        return httpx.post(f"{self.home.url}/webhooks/signals/news", content=body, headers=headers, timeout=60)

    def imports(self, folder: Path, **files: str) -> None:
        """Import tables; each keyword is a file's name without its ending."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, text in files.items():
            path = folder / f"{name}.csv"
            path.write_text(text, encoding="utf-8")
            paths.append(str(path))
        done = self.home.run("import", *paths, "--yes", "--json")
        assert done.status == 0, done.err

    def answers(self, mail: EmailMessage, words: str, folder: Path, **headers: str) -> dict[str, Any]:
        """Let the recipient of `mail` answer it, and take the answer in from a file; return what was made of it."""
        reply = EmailMessage()
        reply["From"], reply["To"] = str(mail["To"]), str(mail["From"])
        reply["Subject"] = f"Re: {mail['Subject']}"
        reply["Message-ID"] = f"<reply-{next(self._numbers)}@buyer.example>"
        reply["Date"] = self.now_in_mail()
        reply["In-Reply-To"] = reply["References"] = str(mail["Message-ID"])
        for name, value in headers.items():
            reply[name.replace("_", "-")] = value
        quoted = "\n".join(f"> {line}" for line in plain_of(mail).splitlines())
        reply.set_content(f"{words}\n\nOn Tue, somebody wrote:\n{quoted}\n")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"reply-{next(self._numbers)}.eml"
        path.write_bytes(reply.as_bytes())
        done = self.home.run("mail", "take", str(path), "--json")
        assert done.status == 0, done.err
        told: dict[str, Any] = done.json()
        return told

    def now_in_mail(self) -> str:
        """Return the clock's moment as a mail's Date."""
        from datetime import datetime
        from email.utils import format_datetime

        return format_datetime(datetime.fromisoformat(self.clock.read_text(encoding="utf-8")))

    # -- what is seen of it --------------------------------------------------------------------------------------

    def proposals(self, **query: str) -> list[dict[str, Any]]:
        """Return proposals as programs read them."""
        with self.home.client() as client:
            found: list[dict[str, Any]] = client.get("/api/proposals", params=query).json()["proposals"]
        return found

    def proposal(self, identity: str) -> dict[str, Any]:
        """Return one."""
        with self.home.client() as client:
            found: dict[str, Any] = client.get(f"/api/proposals/{identity}").json()
        return found

    def card(self, to: str, **like: Any) -> dict[str, Any]:
        """Wait for the card of a mail to this address and return its proposal."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [
                one
                for one in self.proposals()
                if one["effect"].get("to") == to and all(one[name] == value for name, value in like.items())
            ]
            return bool(found)

        until(there, WAIT_S)
        return found[0]

    def decide(self, identity: str, action: str = "approve", version: int = 1, **more: Any) -> dict[str, Any]:
        """Decide over the API."""
        with self.home.client() as client:
            body = {"action": action, "version": version, **more}
            told: dict[str, Any] = client.post(f"/api/proposals/{identity}/decide", json=body).json()
        return told

    def state(self, identity: str) -> str:
        """Return a proposal's state."""
        state: str = self.proposal(identity)["state"]
        return state

    def becomes(self, identity: str, state: str) -> dict[str, Any]:
        """Wait until a proposal has come to a state and return it."""
        until(lambda: self.state(identity) == state, WAIT_S)
        return self.proposal(identity)

    def mails(self, to: str) -> list[EmailMessage]:
        """Return what the mail server took for an address."""
        taken = [one for one in list(self.mailroom.mails) if one.recipients == [to]]
        return [email.message_from_bytes(one.content, policy=email.policy.default) for one in taken]

    def mailed(self, to: str, count: int = 1) -> EmailMessage:
        """Wait for the mail to an address and return the last of exactly `count`."""
        until(lambda: len(self.mails(to)) >= count, WAIT_S)
        found = self.mails(to)
        assert len(found) == count
        return found[-1]

    # -- Slack ---------------------------------------------------------------------------------------------------

    def in_slack(self, identity: str, channel: str = "DUDANA") -> dict[str, Any]:
        """Wait for the card in Slack and return its message."""

        def found() -> list[dict[str, Any]]:
            return [
                one
                for one in self.slack.said(channel)
                if any(
                    str(button.get("value", "")).startswith(f"{identity}:") for button in slack_buttons(one).values()
                )
            ]

        until(lambda: bool(found()), WAIT_S)
        # As somebody sees it now: what is drawn anew later does not change what they press.
        return deepcopy(found()[-1])

    def slack_sends(self, form: str) -> httpx.Response:
        """Send the form of a press, signed."""
        return httpx.post(
            f"{self.home.url}/slack/events", content=form, headers=self.slack.signed(form, kind=FORM), timeout=60
        )

    def slack_click(self, card: dict[str, Any], action: str = "approve") -> str:
        """Return the form of Dana's press on a button of a card in Slack."""
        button = next(one for one in slack_buttons(card).values() if one["action_id"] == f"dw:{action}")
        return self.slack.click("UDANA", "DUDANA", card, button)

    def press_in_slack(self, identity: str) -> None:
        """Approve the card in Slack."""
        assert self.slack_sends(self.slack_click(self.in_slack(identity))).status_code == 200

    # -- Teams ---------------------------------------------------------------------------------------------------

    def teams_sends(self, activity: dict[str, Any]) -> httpx.Response:
        """Send an activity with a token of the Bot Framework."""
        headers = {"Authorization": f"Bearer {self.teams.token()}"}
        return httpx.post(f"{self.home.url}/api/messages", json=activity, headers=headers, timeout=60)

    def in_teams(self, identity: str, chat: str = "a:29:dana") -> dict[str, Any]:
        """Wait for the card in Teams and return its message."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.teams.said(chat) if f'"{identity}:' in json.dumps(one)]

        until(lambda: bool(found()), WAIT_S)
        return deepcopy(found()[-1])

    def teams_click(self, message: dict[str, Any], action: str = "approve") -> dict[str, Any]:
        """Return the invoke of Dana's press on a button of a card in Teams."""
        pressed = teams_cards.buttons(message["attachments"][0]["content"]).values()
        button = next(one for one in pressed if one.get("verb") == f"dw:{action}")
        return self.teams.execute("29:dana", "a:29:dana", "personal", button, message["id"])

    def press_in_teams(self, identity: str) -> None:
        """Approve the card in Teams."""
        response = self.teams_sends(self.teams_click(self.in_teams(identity)))
        assert response.status_code == 200, response.text

    # -- the console ---------------------------------------------------------------------------------------------

    def press_in_console(self, identity: str) -> None:
        """Approve the card in the console, as whoever sits at this machine; 303 leads to the decided card, 409 says that it was decided before."""
        with httpx.Client(base_url=self.home.url, headers={"accept": "text/html"}, timeout=60) as browser:
            answer = post(browser, "/press/approve", value=f"{identity}:1")
        assert answer.status_code in (303, 409), answer.text


def plain_of(mail: EmailMessage) -> str:
    """Return a mail's plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


@contextmanager
def at_work(folder: Path, models: Path, *, database_url: str | None = None, **more: str) -> Iterator[Way]:
    """Start everybody around, and make the home; the server is started by whoever fills the home."""
    with ExitStack() as stack:
        slack, teams, mailroom = FakeSlack(rate_limited=False), FakeTeams(), Mailroom()
        slack.spared_s = 60.0
        slack.person("UDANA", DANA)
        slack.person("UINES", ADMIN)
        for user in ("UDANA", "UINES"):
            slack.channel(f"D{user}", user, kind="im", is_im=True)
        teams.person("dana", DANA)
        slack.start()
        stack.callback(slack.stop)
        teams.start()
        stack.callback(teams.stop)
        dns, asked = stack.enter_context(dns_server(ZONE))
        port = stack.enter_context(smtp_server(mailroom))
        home = new_home(folder / "home", models)
        clock = folder / "clock"
        clock.write_text(MORNING, encoding="utf-8")
        home.environment = {
            "DEALWRIGHT_TEST": "1",
            "DEALWRIGHT_CLOCK_FILE": str(clock),
            "DEALWRIGHT_USER": DANA,
            "DEALWRIGHT_WEBHOOK_SECRET": SECRET,
            "DEALWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "DEALWRIGHT_DNS_SERVER": dns,
            "DEALWRIGHT_PUBLIC_URL": PUBLIC,
            "DEALWRIGHT_COMPANY_NAME": "Tallyport",
            "DEALWRIGHT_COMPANY_ADDRESS": "1 High Street, Porto",
            "DEALWRIGHT_NOTICES_A_DAY": "500",
            **slack.environment(),
            **teams.environment(),
            **more,
        }
        if database_url is not None:
            home.environment["DEALWRIGHT_DATABASE_URL"] = database_url
        way = Way(home, clock, slack, teams, mailroom, asked.zone)
        try:
            yield way
        finally:
            if home.process is not None and home.process.poll() is None:
                home.stop()
