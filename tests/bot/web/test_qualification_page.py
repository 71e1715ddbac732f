"""The deal's page tells how it is qualified, by whose words, and what was said before."""

from __future__ import annotations

from collections.abc import Callable

from tests.bot.web.conftest import OTHER_REP, REP
from tests.bot.web.serving import Console

Open = Callable[..., Console]
DEAL = "/deals/deal-acme-expansion"


def test_the_page_of_a_deal_shows_its_elements_their_history_and_what_the_crm_says_otherwise(
    open_console: Open,
) -> None:
    with open_console(user=REP).client() as browser:
        page = browser.get(DEAL).text
        assert "MEDDPICC" in page
        assert "<dt>Economic buyer</dt>" in page
        assert "Before<span" in page
        assert "the CRM: close date" in page
        assert "/call-acme-4#turn-" in page


def test_whoever_may_not_see_the_deal_sees_none_of_it(open_console: Open) -> None:
    with open_console(user=OTHER_REP).client() as browser:
        assert browser.get(DEAL).status_code == 404
