"""Asking who waits for a word from us: said in many ways, and asked of the figures in the one way that they know."""

from __future__ import annotations

import re

from agents.near_words import plainly_asked, set_right

_KNOWN = frozenset(
    "waiting waits await awaiting reply replies replied response responded answer answers answered unanswered questions mails emails messages buyers customers anyone anybody".split()
)
_GATE = re.compile(r"wai|await|repl|answ|anw|respon|hear|back|owe", re.I)
_LEAD = r"\s*(?:(?:hi|hey|ok|so|and|please|just)[,\s]+)*(?:(?:can|could)\s+you\s+)?(?:(?:please\s+)?(?:show|tell|give|list)\s+(?:me\s+|us\s+)?)?(?:all\s+|the\s+)*"
_THEM = r"(?:buyers?|customers?|clients?|prospects?|people|contacts?|accounts?|companies|leads?|ones?)"
_MAILS = r"(?:(?:e-?)?mails?|messages?|questions?|requests?|threads?)"
_WHO = rf"(?:who(?:m|ever)?|(?:which|what|any)(?:\s+of\s+(?:my|our))?\s+(?:{_THEM}|{_MAILS})|(?:is|are)\s+(?:there\s+)?(?:any(?:one|body)|some(?:one|body)|any\s+{_THEM})|any(?:one|body)|{_THEM}\s+(?:who|that))"
_ANSWER = r"(?:repl(?:y|ies)|answers?|responses?|feedback|word)"
_US = r"(?:us|our\s+(?:side|team|end)|my\s+team|the\s+team)"
_ANSWERED = r"(?:answer(?:ed)?|repl(?:y|ied)(?:\s+to)?|respond(?:ed)?(?:\s+to)?|(?:got|gotten|get|gone|go|come|came|write|wrote|written)\s+back(?:\s+to)?)"
_STILL = r"(?:\s+(?:else|still|now|currently|yet|been|really|just))*"
_FORMS = tuple(
    re.compile(_LEAD + form + r"(?P<rest>(?:\s.*)?)", re.I | re.S)
    for form in (
        rf"{_WHO}{_STILL}(?:\s+(?:is|are|has|have|who|that))*{_STILL}\s+(?:waiting|waits?|awaiting){_STILL}(?:\s+(?:for|on|to\s+(?:get|hear|have)))?(?:\s+(?:an?|the|some|(?P<me1>my)|our|any))?\s+(?:{_ANSWER}|back)(?:\s+(?:from|by)\s+(?:(?P<me2>me)\b|{_US}|(?P<of>(?!us\b)[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?)))?",
        rf"{_WHO}{_STILL}(?:\s+(?:is|are|has|have|who|that))*{_STILL}\s+(?:waiting|waits?|awaiting){_STILL}\s+(?:for|on)\s+(?:(?P<me1>me)\b|{_US}|(?P<of>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?)(?:\s+to\s+{_ANSWERED}))",
        rf"(?:to\s+)?{_WHO}\s+(?:have|did|do|has|are|am)\s+(?:(?P<me1>i)|we|(?P<of>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?)){_STILL}\s+(?:not|never|forgotten\s+to|forgot\s+to|forget\s+to|failed\s+to|fail\s+to){_STILL}\s+{_ANSWERED}",
        rf"(?:to\s+)?{_WHO}\s+(?:do|does|did|should|must|can)\s+(?:(?P<me1>i)|we|(?P<of>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?)){_STILL}\s+(?:(?:need|have|ought)\s+to\s+)?(?:owe\s+(?:an?\s+|our\s+|my\s+)?{_ANSWER}|{_ANSWERED})",
        rf"(?:do|did)\s+(?:(?P<me1>i)|we){_STILL}\s+owe\s+(?:any(?:one|body)|some(?:one|body)|{_THEM})\s+(?:an?\s+)?{_ANSWER}",
        rf"(?:(?:which|what|any|(?P<me1>my)|our|do\s+(?:(?P<me2>i)|we)\s+have(?:\s+any)?)\s+)*(?:unanswered|open)\s+{_MAILS}(?:\s+(?:from|of|by)\s+(?:the\s+|our\s+|my\s+)?{_THEM})?",
        rf"(?:which|what|any)\s+(?:(?P<me1>of\s+my)\s+|of\s+our\s+)?{_MAILS}(?:\s+(?:from|of)\s+(?:the\s+|our\s+)?{_THEM})?\s+(?:are|is|were|have\s+been){_STILL}\s+(?:unanswered|not\s+answered|open|waiting)",
        rf"{_WHO}\s+(?:has|have|did|does)\s+not{_STILL}\s+(?:hear|heard|got|gotten|get|had|received?)\s+(?:back\s+from|(?:an?\s+|any\s+)?{_ANSWER}\s+from)\s+(?:(?P<me1>me)\b|{_US}|(?P<of>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?))",
        rf"{_WHO}{_STILL}\s+(?:needs?|wants?|expects?){_STILL}\s+(?:an?\s+|our\s+|(?P<me1>my)\s+)?{_ANSWER}(?:\s+from\s+(?:(?P<me2>me)\b|{_US}|(?P<of>[A-Z][\w'’-]+)))",
    )
)  # fmt: skip
_SILENT = tuple(
    re.compile(_LEAD + form + r"(?P<rest>(?:\s.*)?)", re.I | re.S)
    for form in (
        rf"(?:who|(?:which|what)\s+(?:of\s+(?P<me>my)\s+)?{_THEM})\s+(?:have|has|did){_STILL}\s+(?:not|never){_STILL}\s+{_ANSWERED}(?:\s+(?:to\s+)?(?:us|me|our\s+mails?|my\s+mails?))?",
        rf"(?:who|(?:which|what)\s+{_THEM})\s+(?:are\s+we|am\s+(?P<me>i)){_STILL}\s+waiting\s+(?:for|on)(?:\s+an?\s+{_ANSWER}\s+from)?",
        rf"(?:who|(?:which|what)\s+{_THEM}){_STILL}\s+owes?\s+(?:us|(?P<me>me))\s+(?:an?\s+)?{_ANSWER}",
    )
)  # fmt: skip
_IDLE = re.compile(
    r"\b(?:yet|still|now|right|at the moment|currently|today|please|so far|from (?:us|me)|anything|at all|to)\b|[?!.,]",
    re.I,
)
_LONGEST = 200


def in_known_words(text: str) -> str:
    """Return a question who waits for our word as the figures know it; any other text as it is."""
    text = plainly_asked(text) if len(text) <= _LONGEST else text
    if len(text) > _LONGEST or _GATE.search(text) is None:
        return text
    right = set_right(text, _KNOWN).strip().rstrip("?!. ")
    for form in _FORMS:
        found = form.fullmatch(right)
        # "Waiting for us to send it" asks for what is owed, not for a reply.
        if found is None or re.match(r"\s*to\s", found["rest"] or ""):
            continue
        said = found.groupdict()
        whose = " of my" if said.get("me1") or said.get("me2") else ""
        owner = f" owned by {said['of']}" if said.get("of") else ""
        if said.get("of") and not said["of"][0].isupper():
            continue
        rest = " ".join(_IDLE.sub(" ", said["rest"] or "").split())
        return f"Which{whose} deals{owner} are waiting for our answer{f' {rest}' if rest else ''}?"
    for form in _SILENT:
        if (found := form.fullmatch(right)) is not None:
            rest = " ".join(_IDLE.sub(" ", found["rest"] or "").split())
            return f"Which{' of my' if found.groupdict().get('me') else ''} deals have not replied{f' {rest}' if rest else ''}?"
    return text
