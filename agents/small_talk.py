"""What is no question about deals: greetings, thanks, cries for help, nothing at all, requests to act, attempts to talk us out of our rules."""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.answer import Action, Answer
from agents.question import Question

LONGEST_QUESTION = 10_000
_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|yo|good (?:morning|afternoon|evening|day)|hallo|servus|moin|ciao|hola|bonjour|howdy|greetings|sup|what'?s up)(?:[\s,]+(?:there|dealwright|bot|all|team|everyone|you|again|buddy))*$",
    re.I,
)
_THANKS = re.compile(
    r"^(?:ok(?:ay)?|great|perfect|cool|nice|super|awesome|wonderful|good|got it|alright|fine|very good|well done|good (?:bot|job)|lovely)?[\s,!.]*(?:thanks?(?: you)?|thx|ty|cheers|merci|danke|gracias|much appreciated|appreciate it|many thanks)?(?:[\s,]+(?:a lot|so much|very much|again|dealwright|bot|man|mate|all|you|for (?:that|this|the (?:help|answer))))*$",
    re.I,
)
_BYE = re.compile(r"^(?:bye(?: bye)?|goodbye|see you|see ya|good night|later|ciao)(?:[\s,]+\w+){0,2}$", re.I)
_HELP = re.compile(
    r"^(?:help(?: me)?|\?+|/?help|commands?|menu|what can you do|what can i ask(?: you)?|what do you do|how (?:do|does|can) (?:you|this|i) (?:work|use (?:you|this|it))|who are you|what are you|what is (?:this|dealwright)|how does (?:this|it|dealwright) work|examples?|start|get started)(?: please| for me)?$",
    re.I,
)
_ACT = re.compile(
    r"^(?:please |pls |kindly |now |hey,? |ok,? |dealwright,? )*(?:(?:can|could|would|will) you (?:please )?|i (?:want|need|would like|'d like) you to |go ahead and |let'?s )?"
    r"(?P<verb>send|e-?mail|mail|write|draft|compose|reply|respond|forward|create|make|add|log|record|save|update|change|set|edit|move|mark|rename|delete|remove|erase|drop|assign|reassign|transfer|schedule|book|reschedule|cancel|invite|call|phone|text|message|ping|notify|remind|snooze|approve|accept|reject|close|reopen|convert|merge|upload|import|export|sync|pay|sign|enroll|unsubscribe|post|publish|share|turn|enable|disable)\b(?P<rest>.*)$",
    re.I | re.S,
)
_NOT_AN_ACT = {
    "make": re.compile(
        r"^\s+(?:sense|me (?:a list|a table|an overview|a summary)|(?:a|an) (?:list|table|overview|summary|chart|ranking))",
        re.I,
    ),
    "close": re.compile(r"^\s+(?:dates?|rates?|d\b|to\b|calls?|plan)|^\s*$|^\s+(?:this|next|in|by)\b", re.I),
    "call": re.compile(r"^\s+(?:summary|recap|notes|history|with)\b|^\s*s\b", re.I),
    "mail": re.compile(r"^\s+(?:from|history|thread|with)\b|^\s*s\b", re.I),
    "email": re.compile(r"^\s+(?:from|history|thread|with)\b|^\s*s\b", re.I),
    "share": re.compile(r"^\s+(?:of|the (?:latest|status|news|summary))", re.I),
    "write": re.compile(r"^\s+(?:me )?(?:a )?(?:summary|recap|overview|brief)", re.I),
    "create": re.compile(r"^\s+(?:me )?(?:a|an)?\s*(?:list|table|summary|overview|report|ranking)", re.I),
    "draft": re.compile(r"^\s+(?:me )?(?:a )?(?:summary|recap|overview)", re.I),
    "record": re.compile(r"^\s+(?:count|of)\b", re.I),
    "log": re.compile(r"^\s+of\b", re.I),
    "text": re.compile(r"^\s+of\b", re.I),
    "message": re.compile(r"^\s+(?:from|history|of)\b", re.I),
    "sign": re.compile(r"^\s+(?:date|off)\b", re.I),
    "export": re.compile(r"^\s+(?:deals|accounts|sales|markets?)\s+(?:by|in)\b", re.I),
    "send": re.compile(
        r"^\s+me\s+(?:the|an?|all)?\s*(?:latest|status|list|summary|overview|deals|pipeline|numbers|brief\w*|updates?)\b",
        re.I,
    ),
    "set": re.compile(r"^\s+of\b", re.I),
    "change": re.compile(r"^\s+(?:history|log|since|in|of)\b", re.I),
    "move": re.compile(r"^\s+(?:history|since)\b", re.I),
    "turn": re.compile(r"^\s+(?:rate|over)\b", re.I),
    "post": re.compile(r"^\s*-", re.I),
    "update": re.compile(r"^\s+(?:me\b|on\b|us\b|from\b|for\b|about\b)|^\s*$|^\s*[?]", re.I),
    "drop": re.compile(r"^\s+(?:rate|off)\b", re.I),
    "cancel": re.compile(r"^\s+rate", re.I),
    "add": re.compile(r"^\s+(?:up|together)\b", re.I),
}
_A_FIGURE = re.compile(r"^[\s-]+(?:rates?|speed|percentage)\b", re.I)
_AGAINST_RULES = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass) (?:all |any |your |the |my |these )*(?:previous|prior|above|earlier|other|system|safety)?\s*(?:instructions?|rules?|prompts?|guidelines|restrictions|permissions?|scope)\b"
    r"|\b(?:system|developer|hidden|initial) prompt\b|\byou are (?:now|no longer)\b|\bact as (?:an? )?(?:admin|root|developer|dan)\b|\bpretend (?:to be|you are)\b|\b(?:reveal|print|show|tell me|give me|leak) (?:me )?(?:your|the) (?:instructions|prompt|api[- ]?(?:key|token)|tokens?|secrets?|password|credentials)\b|\bjailbreak\b",
    re.I,
)  # fmt: skip
EXAMPLES = (
    "What's the latest on {account}?",
    "Which deals are silent for 5+ days?",
    "What have we promised {account} that is still open?",
    "Pipeline by owner",
)


VisibleAccount = Callable[[], str | None]
"""Finds the name of an account that the asker may see; asked only where examples are told."""


def small_talk(question: Question, account: VisibleAccount) -> Answer | None:
    """Return the answer to what is no question about deals, or None where it is one. `account` finds a visible one, for the examples."""
    text = " ".join(question.text.split())
    bare = text.strip(" !.,;:?\t").casefold().replace("’", "'")
    if not bare:
        return (
            _help(question, "Ask me about your deals." if not text else "What would you like to know?", account)
            if not _HELP.match(text)
            else _help(question, _WHAT_I_DO, account)
        )
    if _GREETING.match(bare):
        return _help(question, "Hello! Ask me about your accounts and deals.", account)
    if _HELP.match(bare):
        return _help(question, _WHAT_I_DO, account)
    if _BYE.match(bare) or (_THANKS.match(bare) and len(bare.split()) <= 8):
        return Answer(
            kind="narrative", headline="You're welcome." if not _BYE.match(bare) else "Goodbye.", as_of=question.as_of
        )
    if len(question.text) > LONGEST_QUESTION:
        return Answer(
            kind="refused",
            headline=f"That is too long for a question: {len(question.text):,} characters.",
            notes=("Ask in at most 10,000 characters; an import takes longer texts.",),
            as_of=question.as_of,
        )
    if not re.search(r"[^\W\d_]{2}", text):
        return _help(question, "I can't read a question in that.", account)
    if _AGAINST_RULES.search(text):
        return Answer(
            kind="refused",
            headline="I answer questions about the accounts and deals that you may see, and nothing changes what that is.",
            actions=_examples(account),
            as_of=question.as_of,
        )
    return _refused_act(question, text, account)


_WHAT_I_DO = (
    "I answer questions about your accounts and deals from calls, mails and the CRM, each with the words it rests on."
)


def _refused_act(question: Question, text: str, account: VisibleAccount) -> Answer | None:
    match = _ACT.match(text.replace("’", "'"))
    if match is None:
        return None
    verb, rest = match["verb"].casefold().replace("-", ""), match["rest"]
    exception = _NOT_AN_ACT.get(verb)
    # "Reply rate" and "save rate" are figures, whatever else their first word asks for.
    if (
        _A_FIGURE.match(rest)
        or (exception is not None and exception.search(rest))
        or (not rest.strip(" ?!.") and verb not in ("send", "delete"))
    ):
        return None
    if (
        rest.strip().endswith("?")
        and not re.match(r"^(?:please |pls )?(?:can|could|would|will) you", text, re.I)
        and verb in ("close", "move", "change", "sign", "call", "turn")
    ):
        return None
    return Answer(
        kind="refused",
        headline="A question sends nothing and changes nothing in the CRM: here I only answer.",
        notes=("I can gather what you need for it: the latest, what was promised, and who is involved.",),
        actions=_examples(account),
        as_of=question.as_of,
    )


def _help(question: Question, headline: str, account: VisibleAccount) -> Answer:
    return Answer(
        kind="narrative",
        headline=headline,
        notes=(
            "Ask about one account (the latest, what was said, promises, risks, who is involved) or about many deals (silent, closing, without a next step, pipeline by owner).",
        ),
        actions=_examples(account),
        as_of=question.as_of,
    )


def _examples(account: VisibleAccount) -> tuple[Action, ...]:
    name = account()
    made = [text.format(account=name) for text in EXAMPLES if name is not None or "{account}" not in text]
    return tuple(Action(label=text, verb="ask", value=text) for text in made)
