"""From what a model told to claims that may be checked: its evidence by id, its words held to that evidence, and whose words they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.answer import Claim
from agents.model.shelf import Shelf, Shown
from agents.model.slot import flat
from agents.model.told import Told, ToldClaim
from agents.sources import ACTIVITY_SOURCES
from sales.wording import content_stems, word_keys

_LEAST_SUPPORT = 1 / 3
"""So many of a claim's own words must be words of its evidence: a paraphrase has more, and words from elsewhere (a prompt, a planted order) have none."""
_LINK = re.compile(r"://|\bwww\.|\]\(|[‹›<>`*_|]|^#|@\w")


@dataclass(frozen=True)
class Believed:
    """Claims to be checked, and the accounts that their evidence belongs to."""

    claims: tuple[Claim, ...]
    accounts: tuple[str, ...]


def believed(told: Told, shelf: Shelf) -> Believed:
    """Return the claims whose evidence was really shown and holds their words. Quotes come from the shelf, so none can be made up."""
    claims: list[Claim] = []
    accounts: dict[str, None] = {}
    seen: set[str] = set()
    for one in told.claims:
        shown = [shelf.evidence(name) for name in dict.fromkeys(one.evidence)]
        there = [found for found in shown if found is not None]
        text = " ".join(one.text.split())
        if len(there) != len(shown) or text in seen or not _fits(text, there):
            continue
        seen.add(text)
        claims.append(Claim(text=_attributed(one, text, there), evidence=tuple(found.evidence for found in there)))
        accounts |= dict.fromkeys(found.account_id for found in there if found.account_id)
    return Believed(tuple(claims), tuple(accounts))


def _fits(text: str, shown: Sequence[Shown]) -> bool:
    """Whether a claim is plain text in words of its evidence."""
    if _LINK.search(text) or flat(text) != text:
        return False
    # Numbers and days are the claim check's.
    own = {stem for stem in content_stems(text) if not any(letter.isdigit() for letter in stem)}
    held = frozenset[str]().union(*(_words_of(found) for found in shown))
    return len(own & held) >= len(own) * _LEAST_SUPPORT


def _words_of(found: Shown) -> frozenset[str]:
    one = found.evidence
    return content_stems(f"{one.quote} {one.source} {one.label or ''} {one.speaker or ''} {found.about}")


def _attributed(one: ToldClaim, text: str, shown: Sequence[Shown]) -> str:
    """Say whose words a claim is where it rests on words alone: what somebody said is never stated as a fact of ours."""
    if any(found.evidence.source not in ACTIVITY_SOURCES for found in shown):
        return text
    speakers = list(dict.fromkeys(found.evidence.speaker for found in shown if found.evidence.speaker))
    words = set(word_keys(text))
    if not speakers or any(set(word_keys(speaker)) & words for speaker in speakers):
        return text
    return f"{' and '.join(speakers)}: {text}"
