"""`dealwright mailbox` and `dealwright mail`, beside a running server and alone."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from tests.bot.running import Home
from tests.fakes.imap import FakeImap


def _mail(sender: str, to: str, number: int, body: str = "The contract is on its way.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "Contract"
    message["Message-ID"] = f"<mailbox-{number}@test.example>"
    message["Date"] = format_datetime(datetime.now(UTC))
    message.set_content(body)
    return message.as_bytes()


def test_a_mailbox_is_connected_read_listed_and_forgotten(company: Home, tmp_path: Path) -> None:
    with FakeImap(user="dana@tallyport.example") as server:
        today = datetime.now(UTC).date()
        server.folders["INBOX"].add(_mail("tom@acme.example", "dana@tallyport.example", 1), today)
        server.folders["INBOX"].add(_mail("spam@stranger.example", "dana@tallyport.example", 2), today)
        connect = [
            "mailbox",
            "connect",
            "imap",
            "--as",
            "dana@tallyport.example",
            "--host",
            "127.0.0.1",
            "--port",
            str(server.port),
            "--security",
            "plain",
        ]
        done = company.run(*connect, DEALWRIGHT_MAILBOX_SECRET="right")
        assert done.status == 0, done.err
        assert done.out.startswith("Connected dana@tallyport.example.")
        # The running server may have read it by itself meanwhile.
        synced = company.run("mailbox", "sync", "--json")
        assert synced.status == 0, synced.err
        listed = company.run("mailbox", "list", "--json").json()["mailboxes"]
        assert [(box["user"], box["kind"], box["trouble"]) for box in listed] == [
            ("dana@tallyport.example", "imap", None)
        ]
        assert listed[0]["read_at"] is not None
        assert "right" not in company.run("mailbox", "list").out
        assert sorted(uid for _, uid in server.fetched) == [1, 2]
        wrong = company.run(*connect, DEALWRIGHT_MAILBOX_SECRET="wrong")
        assert wrong.status == 0
        failed = company.run("mailbox", "sync")
        assert failed.status == 1
        assert "Connect it again" in failed.out
    assert company.run("mailbox", "disconnect", "dana@tallyport.example").out == "Disconnected 1.\n"
    assert company.run("mailbox", "list").out.startswith("No mailbox is connected.")
    path = tmp_path / "one.eml"
    path.write_bytes(_mail("tom@acme.example", "dana@tallyport.example", 3))
    assert company.run("mail", "take", str(path), "--json").json()["mails"][0]["kept"] == "activity"
    assert company.run("mail", "take", str(tmp_path / "gone.eml")).status != 0
    assert company.run("mail", "replies").out == "Nothing came back yet.\n"
    assert company.run("mail", "choose", "nothing", "stop").status != 0
