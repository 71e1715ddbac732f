"""Which kind of objection a person means who asks about one: by its name ("security"), or by what a buyer says ("too expensive")."""

from __future__ import annotations

import re

from sales.objections import topic_of

_NAMED = (
    ("budget", r"budget\w*|fund(?:s|ing)\b|no money"),
    ("price", r"pric(?:e|es|ed|ing|ey|y)\b|(?:too )?expensive|costs?\b|costly|too much|cheaper|too (?:high|steep)|steep"),
    ("security", r"security|privacy|gdpr|complian\w+|soc ?2|iso ?27\d+|infosec|data protection|hipaa|pen(?:etration)?[- ]?test\w*"),
    ("integration", r"integrat\w+|\bapis?\b|connectors?|compatib\w+"),
    ("contract", r"contract\w*|(?:contract |legal )?terms\b|legal\b|redlines?|clauses?|liability|notice period|lock[- ]?in|auto-?renew\w*"),
    ("authority", r"authority|decision[- ]makers?|(?:my |the |their )boss\b|approvals?\b|sign[- ]?off|\bboard\b"),
    ("competitor", r"competit\w+|rivals?\b|incumbents?|existing (?:vendor|tool|supplier|provider|system)s?|already (?:have|use|work with)|in[- ]house"),
    ("no_need", r"no[- _]need|(?:don't|do not) need|not needed|status quo|not interested|happy with what"),
    ("timing", r"timing|not (?:right )?now|too (?:early|soon|late)|bad time|wrong time|no time|bandwidth|too busy|not a priority"),
    ("feature", r"(?:missing |lacking )?features?\b|functionalit\w+|roadmap"),
    ("risk", r"risk\w*|change management|adoption|migration|roll-?out|switching"),
    ("trust", r"trust|doubt\w*|proof\b|credib\w*|s[kc]eptic\w*"),
)  # fmt: skip
_PATTERNS = tuple((topic, re.compile(rf"\b(?:{pattern})", re.I)) for topic, pattern in _NAMED)
_QUOTED = re.compile(
    r"(?<!\w)(?:\"([^\"]{2,120})\"|“([^”]{2,120})”|‘([^’]{2,120})’(?!\w)|'([^']{2,60}(?:'\w[^']{0,60})*)'(?!\w))"
)


def quoted_in(text: str) -> tuple[int, int, str] | None:
    """Return the first words that stand in quotation marks, with their place in the text (marks included)."""
    found = _QUOTED.search(text)
    if found is None:
        return None
    return found.start(), found.end(), next(group for group in found.groups() if group)


def topic_named(words: str) -> tuple[str, str] | None:
    """Return the topic that words name, with the words that name it; None where they name none. What a buyer says is read as an objection."""
    plain = words.replace("’", "'")
    for topic, pattern in _PATTERNS:
        if (found := pattern.search(plain)) is not None:
            return topic, found[0]
    for sentence in (words, f"It is {words}", f"That is {words}"):
        if (said := topic_of(sentence)) is not None:
            return said, words
    return None
