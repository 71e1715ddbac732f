"""A transcript that can't be read is told from one that can."""

from __future__ import annotations

import pytest

from sales.transcripts import SENTENCES, is_generic, trouble_of
from tests.sales.calls.talking import talk

GOOD = (
    "seller Dana: Thanks for taking the time today, how are you using the system right now?",
    "buyer Ray: We have about forty trucks and every driver waits for most of the morning at the gate.",
    "seller Dana: And what does that cost you in a month, if you had to say?",
    "buyer Ray: I would say around twelve thousand, but nobody has really counted it so far.",
)


def test_a_plain_talk_can_be_read() -> None:
    assert trouble_of(talk(*GOOD)) is None


@pytest.mark.parametrize(
    ("lines", "trouble"),
    [
        ((), "empty"),
        (("seller Dana: ",), "empty"),
        (("seller Dana: Hello, can you hear me?", "buyer Ray: Yes."), "short"),
        (tuple(f":{line.partition(':')[2]}" for line in GOOD), "speakers"),
        (tuple(f"Speaker 1:{line.partition(':')[2]}" for line in GOOD), "speakers"),
        (tuple("buyer Ray: Thank you for watching this video today." for _ in range(9)), "repeated"),
        (tuple("buyer Ray: glorp zint fabble morx quend strill bant vorple trisk nemble" for _ in range(1)) * 6, "garbled"),
        (tuple("buyer Ray: xkcd vbnmk qwrtp zxcvb the hjklm to pqrst and wvbnm" for _ in range(1)) * 6, "garbled"),
        (tuple("buyer Ray: and then the [inaudible] was for the" for _ in range(1)) * 1 + tuple(f"seller Dana: so we [inaudible] to the {word} and" for word in "one two three four five six".split()), "garbled"),
        (
            (
                "Anna: Wir haben die Unterlagen nicht bekommen und das ist für uns ein Problem.",
                "Bernd: Das verstehe ich, wir schicken sie noch heute mit der Post zu Ihnen.",
                "Anna: Dann warten wir auf die Post und sehen uns das in der nächsten Woche an.",
            ),
            "language",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(lines: tuple[str, ...], trouble: str) -> None:
    assert trouble_of(talk(*lines)) == trouble


def test_every_trouble_has_its_sentence() -> None:
    assert set(SENTENCES) == {"empty", "short", "speakers", "garbled", "repeated", "language"}
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_a_label_that_names_nobody_is_known() -> None:
    assert is_generic("Speaker 1")
    assert is_generic("Unknown")
    assert is_generic(None)
    assert not is_generic("Guest Relations Team")
    assert not is_generic("Ray Delgado")
