"""An auto-reply is nobody's word, whatever language the mailbox speaks."""

from __future__ import annotations

import pytest

from sales.automatic import is_automatic_subject


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: One page",
        "Re: Auto-Reply: your offer",
        "Out of the office until Monday",
        "Automatische Antwort: Angebot",
        "Undeliverable: Revised quote",
        "Delivery Status Notification (Failure)",
    ],
)
def test_automatic_subjects_are_told(subject: str) -> None:
    assert is_automatic_subject(subject)


@pytest.mark.parametrize("subject", ["Re: Automatic doors at dock 7", "Offer", "", "Vacancies", "We are out of offers"])
def test_what_people_write_is_not_taken_for_a_machines(subject: str) -> None:
    assert not is_automatic_subject(subject)
