"""What was acknowledged is answered although the process is killed in between, and at most the post under way stands twice."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.bot.offices import until
from tests.bot.running import Home
from tests.fakes.cards import texts
from tests.fakes.teams import APP_ID, SECRET, TENANT, FakeTeams


def test_nothing_that_was_acknowledged_is_left_unanswered(
    make_home: Callable[[], Home], company_files: Path, teams: FakeTeams
) -> None:
    teams.reset("19:team")
    home = make_home()
    known = {
        "DEALWRIGHT_TEAMS_APP_ID": APP_ID,
        "DEALWRIGHT_TEAMS_APP_SECRET": SECRET,
        "DEALWRIGHT_TEAMS_TENANT_ID": TENANT,
        "DEALWRIGHT_TEAMS_OPENID_URL": f"{teams.url}/openid",
        "DEALWRIGHT_TEAMS_LOGIN_URL": f"{teams.url}/login/{TENANT}",
    }
    for name in ("users.csv", "accounts.csv", "deals.csv"):
        assert home.run("import", str(company_files / name), "--yes", "--json").status == 0
    chats = [teams.conversation(f"a:chat-{number}", "29:ines") for number in range(6)]
    teams.late_posts_s = 0.5
    url = home.serve(**known)
    for chat in chats:
        activity = teams.activity("message", "29:ines", chat, "personal", text="Which deals close this month?")
        headers = {"Authorization": f"Bearer {teams.token()}"}
        assert httpx.post(f"{url}/api/messages", json=activity, headers=headers, timeout=30).status_code == 200
    until(lambda: any(teams.cards(chat) for chat in chats), 30)
    home.stop(signal.SIGKILL)
    teams.late_posts_s = 0.0
    home.serve(**known)
    until(lambda: all(any("Useful" in texts(card) for card in teams.cards(chat)) for chat in chats), 30)
    home.stop()
    assert all(len(teams.cards(chat)) <= 2 for chat in chats)
