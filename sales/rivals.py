"""Competitors in a talk: known ones that come up, and names that the buyer puts beside us as somebody else who might get the business.

Our own company and products, the buyer's own company, the people of the talk and the systems that the buyer only runs are none. What a seller
names counts only once the buyer takes it up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sales.asserting import is_question
from sales.names import account_key, fold
from sales.nicknames import is_first_name
from sales.no_rivals import is_place, no_vendors_in, people_in, places_in
from sales.qualifying.questions import asked_in, says_nobody
from sales.qualifying.rival_cues import named_rivals
from sales.qualifying.talk import plain
from sales.sentences import Sentence, sentences
from sales.talk import Utterance, answers_after
from sales.wording import FUNCTION_WORDS, MONTH_NAMES, ORDINARY, WEEKDAY_NAMES

_NAME = re.compile(
    r"(?<![\w'’&.-])(?:[A-Z][A-Za-z0-9]*(?:[&.-][A-Za-z0-9]+)*|[a-z]+[A-Z]\w+)(?:\s+(?:[A-Z][A-Za-z0-9]+(?:[&-][A-Za-z0-9]+)*|of(?= [A-Z])|&(?= [A-Z])))*"
)
_LOOKING = r"(?:looking|looked) at|(?:talking|talked|speaking|spoken|spoke|chatted|chatting) (?:to|with)|evaluat\w+|compar\w+|consider\w+|shortlist\w*|trial(?:l?ing|led)?|pilot(?:ing|ed)|test(?:ing|ed)|demo(?:ed|ing)?|met(?: with)?|meeting with|seen|heard from|chat with|call with|meeting with|demo (?:from|with|by|of)|quotes? (?:from|by)|offers? (?:from|by)|proposals? (?:from|by)|bids? (?:from|by)|pitch(?:ed)? (?:from|by)"
_BEFORE = re.compile(
    rf"(?:\b(?:{_LOOKING}|versus|vs\.?|against|instead of|compared (?:to|with)|cheaper than|better than|rather than|alternatives? (?:is|are|like|would be)|competitors?|(?:vendor|option|supplier|bidder|candidate|choice|contender|alternative|one|other|others|second|runner[- ]up|finalists?) (?:is|are|was|were|being|would be|one|two|three|a|b|called|named|like|such as)|switch(?:ing|ed)? (?:to|from|over from|away from)|mov(?:e|ing|ed) (?:to|over to|from|off|away from)|leav(?:e|ing) |replac(?:e|ing) |go(?:ing|ne)? with|went with|signed (?:with|by)|sign with|renew(?:ing|al)? (?:with|of)?|stick(?:ing)? with|stay(?:ing)? with|stayed with|prefer(?:red|s)?|leaning (?:toward|towards|to)|happy with|locked in(?:to)? (?:with)?|contract with|been (?:on|with|using)|we(?:['’]re| are) (?:on|with)|currently (?:on|with|use|using)|incumbent(?: is|,)?|invited|had|also (?:have|got|had)|between you (?:guys )?and|you (?:guys )?(?:and|or)|either you or|it['’]?s (?:you|between you),?(?: and| or)?)\s+(?:(?:the|a|an|some|both|also|like|just|these|those|this|with|from|at|guys|people|folks|company|vendor|called|named|to|either|maybe|probably|our|other|of|uh|um|you|know),?\s+)*)$",
    re.I,
)
_AFTER = re.compile(
    r"^(?:['’]ll (?:be back|do (?:it|that)|match|come|give|throw)|['’]s (?:at (?:[$€£]?\d|\w+ty\b|\w+teen\b|half|a )|around|about|in at|cheaper|pricier|half|less|quote|offer|price|pricing|proposal|contract|people|rep)\b|(?:['’]s)?\s+(?:(?:people|guys|folks|team|rep|sales\w*|which|who|they|also|already|just|has|have|had|actually)\s+)*(?:(?:is|are|was|were|came|['’]s|comes|would be|has|have) (?:(?:a lot|way|much|far|quite|still|also|about|around|roughly|probably|in|back|at|already|a bit|not|no) )*(?:cheaper|pricier|less|more expensive|half|in at|at (?:[$€£]?\d|\w+ty\b|\w+teen\b)|around|in the (?:running|mix|race|lead)|the (?:other|alternative|incumbent|front ?runner|favou?rite|safe)|our (?:current|incumbent|other|existing)|option|number|better|worse|on the (?:list|shortlist)|also (?:on|in)|an option|ahead|bidding|pitching|in here|the one (?:we|to))|(?:given (?:us )?|quoted|offered|offers?|promised|wants?|wanted|came in|charges?|asks? for|undercut|pitched|presented|demoed|showed|told us|say they|says? (?:they|it)|does (?:that|it|this)|do (?:that|it|this)|gave us|gives? us|have (?:that|it)|has (?:that|it)|sent (?:us|over)|can (?:do|also)|included|includes|throws?|matched|beat|beats|won|lost|renewal|contract|quote|offer|proposal|pricing|license)|people|guys|folks|rep|(?:in |over )?for (?:a|the|another) (?:\w+ )?(?:demo|pitch|presentation|trial|chat|look|poc|pilot))\b)",
    re.I,
)
_OPTION_OF = re.compile(
    r"\b(?:option|vendor|candidate|supplier|bidder|number) (?:one|two|three|four|a|b|c|\d) (?:is|was|would be)\s+$",
    re.I,
)
_FOLLOWS_ONE = re.compile(
    r"\b(?:one|two|three|a couple of|some|a few|other|another|an|a) (?:other )?(?:\w+ )?(?:freelancers?|vendors?|agency|agencies|suppliers?|firms?|compan(?:y|ies)|consultants?|consultancy|studios?|providers?|contractors?|competitors?|tools?|platforms?|outfits?|start-?ups?|options?|alternatives?|products?)\b[^.?!]*[.,:;–—-]?\s*$",
    re.I,
)
_OWN_SYSTEM = re.compile(
    r"(?:\b(?:in|into|from|to|on|onto|with|via|through|using|use|uses|run|runs|our|the|integrates? with|connects? (?:to|with)|talks? to|sync\w* (?:to|with)|export\w* (?:to|from|into)|on top of|inside|built (?:on|in))\s+)$",
    re.I,
)
_NOT_IT = re.compile(
    r"\b(?:not|never|no|n['’]t|haven['’]t|hadn['’]t) (?:\w+ ){0,4}(?:look\w*|talk\w*|heard|consider\w*|evaluat\w*|spoken|speak\w*|us(?:e|ing)|serious)\b|\bnever heard of\b|\b(?:ruled|rule) (?:\w+ ){0,2}out\b|\bthey(?:['’]re| are) out\b|\b(?:finished|done) with them\b",
    re.I,
)
_COMMON = frozenset(
    "i i'm i'll i've i'd ok okay english german french spanish european american british africa europe asia america usa uk us eu ceo cfo cto coo cio ciso vp hr it ai api sso sla nda msa dpa gdpr soc iso hipaa rfp rfi po poc pos plc gc hq pc iot roi kpi erp crm wms tms mes plm qa pdf csv excel sheets word outlook gmail google docs slides zoom teams slack powerpoint windows linux mac iphone ipad android internet wifi christmas easter thanksgiving god jesus lord mr mrs ms dr sir madam monday linkedin youtube facebook twitter instagram whatsapp amazon aws azure s3 gcp microsoft apple sap oracle salesforce hubspot netsuite coupa ariba workday jira confluence github gitlab servicenow snowflake tableau powerbi bi sql python java kotlin typescript".split()
)
"""Words and systems that everybody has: named beside us they are tools, unless the buyer weighs them against us by name of offer."""
_STRONG_ONLY = frozenset("google microsoft sap oracle salesforce hubspot netsuite amazon workday servicenow".split())


@dataclass
class Rival:
    """A competitor with the buyer's sentences that name it."""

    name: str
    words: list[tuple[int, Sentence]] = field(default_factory=list)


def rivals_in(
    turns: Sequence[Utterance], known: Iterable[str], *, never: Iterable[str], beside: Sequence[tuple[int, str]] = ()
) -> list[Rival]:
    """Return the competitors of a talk in the order in which they come up. `known` are names from deals; `never` names that are none: ours, the buyer's, people's.

    `beside` are words of the talk, by their turn's position, that are known to speak of competitors: a name in them needs no other cue.
    """
    barred = {account_key(name) for name in never if name}
    barred |= {fold(word) for name in never if name for word in name.split() if len(word) > 2 and " " in name}
    names: dict[str, str] = {}
    for name in known:
        if account_key(name) not in barred and _speaks_of(turns, name):
            names[name.casefold()] = name
    inside = _inside_capitals(turns)
    not_ours = frozenset(barred)
    barred |= people_in(turns)
    told = [*beside, *_answers(turns)]
    led = [
        *_named_by_cue(turns, barred, inside),
        *_acting(turns, not_ours),
        *_named_beside(told, barred, inside, _small_words(turns)),
    ]
    places = places_in(turns, led)
    for name in led:
        if fold(name) not in places:
            names.setdefault(name.casefold(), name)
    found = []
    for name in names.values():
        rival = Rival(name)
        for turn in turns:
            if turn.side == "seller":
                continue
            rival.words += [(turn.position, one) for one in sentences(turn.text) if _pattern(name).search(one.text)]
        if rival.words and not all(_NOT_IT.search(one.text) for _, one in rival.words):
            found.append(rival)
    known_keys = {account_key(one.name) for one in found}
    found += [one for one in _confirmed(turns, barred, inside) if account_key(one.name) not in known_keys]
    return sorted(_joined(found), key=lambda one: one.words[0][0])


def _confirmed(turns: Sequence[Utterance], barred: set[str], inside: frozenset[str]) -> list[Rival]:
    """Return the names that a seller asked about and the buyer said yes to: `Are you looking at Circlet as well? — Yeah, we had them in.`"""
    found: dict[str, Rival] = {}
    for index, turn in enumerate(turns):
        if turn.side != "seller":
            continue
        reply = next(answers_after(turns, index, 1), None)
        if reply is None or reply.side != "buyer" or _NOT_IT.search(reply.text):
            continue
        confirmed = _SAYS_YES.match(reply.text) is not None
        goes_on = _goes_on_about_them(reply.text)
        for one in sentences(turn.text):
            if not is_question(one.text):
                continue
            weighed = ("competition" in asked_in(one.text) and (confirmed or goes_on)) or (
                goes_on and _THEY_TOO.search(one.text) is not None
            )
            if (
                not weighed
                and not (confirmed and _ASKS_FOR_RIVALS.search(one.text))
                and not _echoes(reply.text, one.text)
            ):
                continue
            for match in _NAME.finditer(one.text):
                name = _without_small_words(match[0].removesuffix("'s").removesuffix("’s"))
                if not (confirmed or weighed) and not reply.text.strip().startswith(name):
                    continue
                firm = name and not is_place(name) and is_first_name(name.split()[0]) is False
                if firm and _may_be_name(name, one.text, match.end() - len(match[0]), barred, inside):
                    answer = sentences(reply.text)[0]
                    found.setdefault(name.casefold(), Rival(name, [(reply.position, answer), (turn.position, one)]))
    return list(found.values())


_THEY_TOO = re.compile(
    r"\b(?:they|them|still (?:around|there|in)|(?:did|have|has|is|are|was) [A-Z]\w+ (?:come|came|back|still|been|also))\b"
)


def _goes_on_about_them(reply: str) -> bool:
    """Whether a reply speaks of somebody as of a vendor: `They did a demo in February.`"""
    return re.search(r"\b(?:they|them|theirs?)\b", reply, re.I) is not None and _OF_VENDORS.search(reply) is not None


def _echoes(reply: str, asked: str) -> bool:
    """Whether a reply begins with a name from the question and goes on about them as about vendors: `Ledgerly, yes. And they've come back with a discount.`"""
    first = _NAME.match(reply.strip())
    return (
        first is not None
        and re.search(rf"(?<!\w){re.escape(first[0])}(?!\w)", asked) is not None
        and re.search(r"\b(?:they|them|their)\b", reply, re.I) is not None
        and _OF_VENDORS.search(reply) is not None
    )


def _joined(found: Sequence[Rival]) -> list[Rival]:
    """Make one of names of which one is the other's beginning: `MatchPoint` and `MatchPoint Pro`."""
    kept: list[Rival] = []
    for one in sorted(found, key=lambda rival: len(rival.name)):
        if not any(account_key(one.name).startswith(account_key(other.name)) for other in kept):
            kept.append(one)
    return kept


def _pattern(name: str) -> re.Pattern[str]:
    # A name that is an ordinary word as well counts only as it is written.
    flags = re.NOFLAG if fold(name) in ORDINARY or len(name) < 4 else re.I
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", flags)


def _speaks_of(turns: Sequence[Utterance], name: str) -> bool:
    pattern = _pattern(name)
    return any(turn.side != "seller" and pattern.search(turn.text) for turn in turns)


def _named_beside(
    beside: Sequence[tuple[int, str]], barred: set[str], inside: frozenset[str], small: frozenset[str]
) -> list[str]:
    found = []
    for _, words in beside:
        for match in _NAME.finditer(words):
            name = _without_small_words(match[0].removesuffix("'s").removesuffix("’s"))
            before = words[: match.end() - len(match[0]) + match[0].find(name)]
            firm = name and (
                _may_be_name(name, words, len(before), barred, inside)
                or _stands_alone(name, words[match.end() :], barred | small)
            )
            if firm and not (_OWN_SYSTEM.search(before) and not _BEFORE.search(before)) and not _PERSON.search(before):
                found.append(name)
    return found


def _named_by_cue(turns: Sequence[Utterance], barred: set[str], inside: frozenset[str]) -> list[str]:
    found: dict[str, str] = {}
    for turn in turns:
        if turn.side != "buyer":
            continue
        for match in _NAME.finditer(turn.text):
            name = _without_small_words(match[0].removesuffix("'s").removesuffix("’s"))
            if not name or not _may_be_name(name, turn.text, match.start(), barred, inside):
                continue
            if _is_put_beside(turn.text, match.end() - len(match[0]) + match[0].find(name), match.end(), name):
                found.setdefault(name.casefold(), name)
    return list(found.values())


def _acting(turns: Sequence[Utterance], never: frozenset[str]) -> list[str]:
    """Return the names that the buyer lets do what vendors do: quote, offer, come out for a demo."""
    found: dict[str, str] = {}
    no_vendor = no_vendors_in(turns)
    for turn in turns:
        for name, start in named_rivals(plain(turn.text)) if turn.side == "buyer" else ():
            if fold(name.split()[0]) not in no_vendor and _is_firm(name, turn.text[:start], never):
                found.setdefault(name.casefold(), name)
    return list(found.values())


def _is_firm(name: str, before: str, barred: frozenset[str]) -> bool:
    """Whether a name that stands in a vendor's place may be one: no word of every day, nobody's first name, none of the barred."""
    words = [fold(word) for word in name.split()]
    if account_key(name) in barred or any(word in barred for word in words) or _OWN_PERSON.search(before):
        return False
    if all(word in _COMMON or word in MONTH_NAMES or word in WEEKDAY_NAMES or word in ORDINARY for word in words):
        return words[0] in _STRONG_ONLY
    return len(name) > 2 and not is_first_name(words[0])


def _answers(turns: Sequence[Utterance]) -> list[tuple[int, str]]:
    """Return the buyer's words, by their turn's position, that answer a question about whom else they look at."""
    found: list[tuple[int, str]] = []
    for index, turn in enumerate(turns):
        if turn.side != "seller" or "competition" not in asked_in(turn.text):
            continue
        for reply in answers_after(turns, index, 2):
            if any(
                "?" in one.text for one in turns[index + 1 :] if one.position < reply.position and one.side == "seller"
            ):
                break
            if reply.side != "buyer" or says_nobody(reply.text) or _NOT_IT.search(reply.text):
                break
            found.append((reply.position, reply.text))
    return found


def _without_small_words(name: str) -> str:
    """Leave off what only begins a sentence: `But Northwind` is Northwind."""
    words = name.split()
    while len(words) > 1 and fold(words[0]) in FUNCTION_WORDS:
        words.pop(0)
    return " ".join(words)


def _small_words(turns: Sequence[Utterance]) -> frozenset[str]:
    """Return the words that the talk also writes small: no names, however a sentence begins."""
    return frozenset(fold(word) for turn in turns for word in re.findall(r"(?<![\w'’])[a-z]{3,}", turn.text))


def _inside_capitals(turns: Sequence[Utterance]) -> frozenset[str]:
    """Return the words that somewhere in the talk are written with a capital inside a sentence: names, as far as can be told."""
    seen: set[str] = set()
    for turn in turns:
        for one in sentences(turn.text):
            seen |= {fold(match[0]) for match in _NAME.finditer(one.text) if match.start() > 0}
    return frozenset(seen)


def _may_be_name(name: str, text: str, start: int, barred: set[str], inside: frozenset[str]) -> bool:
    words = [fold(word).strip(".") for word in name.split()]
    if account_key(name) in barred or any(word in barred for word in words):
        return False
    if all(word in _COMMON or word in MONTH_NAMES or word in WEEKDAY_NAMES or word.isdigit() for word in words):
        return words[0] in _STRONG_ONLY
    if len(words) == 1 and (words[0] in FUNCTION_WORDS or len(words[0]) < 3):
        return False
    if is_first_name(words[0]) and not re.search(r"[.,:;]\s*$", text[:start]):
        return False
    begins = re.search(r"(?:^|[.?!…:]\s*[\"“]?|\n)$", text[:start].rstrip(" ")) is not None
    camel = re.search(r"[a-z][A-Z]", name) is not None
    if len(words) == 1 and words[0] in ORDINARY and not camel:
        return words[0] in inside and not begins
    if begins and _FOLLOWS_ONE.search(text[:start]):
        return True
    return camel or not begins or fold(name) in inside or len(words) > 1


def _stands_alone(name: str, after: str, barred: set[str]) -> bool:
    """Whether a word that begins a sentence is a name nevertheless: no ordinary word, and set off by a mark (`Qualidoc, from Vienna.`)."""
    words = [fold(word) for word in name.split()]
    if account_key(name) in barred or any(word in barred or word in _COMMON or is_first_name(word) for word in words):
        return False
    set_off = re.match(r"\s*(?:[.,;:]|(?:they|who|which|from|because)\b)", after) is not None
    return set_off and all(word not in ORDINARY and len(word) > 3 for word in words)


def _is_put_beside(text: str, start: int, end: int, name: str) -> bool:
    """Whether the words around a name put it beside us as somebody else who might get, or has, the business."""
    before, after = text[max(0, start - 110) : start], text[end : end + 70]
    clause = re.split(r"(?<=[.?!])\s", before)[-1]
    if _NOT_IT.search(clause):
        return False
    ordinary = fold(name) in _STRONG_ONLY
    if _OPTION_OF.search(before) or _AFTER.match(after):
        return True
    if _OWN_SYSTEM.search(before) and not _BEFORE.search(before):
        return False
    led = _BEFORE.search(clause)
    if led and led[0].lower().startswith("look") and not _WE_LOOK.search(clause[: led.start()][-30:]):
        led = None
    if led and not ordinary:
        return _hints_at_business(text, name, weak=_WEAK.match(led[0]) is not None)
    if _FOLLOWS_ONE.search(before) and re.search(
        rf"\b(?:{_LOOKING}|had|have|got|using|hired|invited|are|there['’]?s|is)\b", before, re.I
    ):
        return True
    # A list goes on: "MatchPoint and Reconly".
    listed = re.search(r"([A-Z][\w&.-]+)(?:,? (?:and|or),? |, )(?:the )?$", before)
    return bool(listed) and _BEFORE.search(before[: listed.start()]) is not None if listed else False


_PERSON = re.compile(r"\b(?:my|our|his|her|their) (?:\w+ )?(?:boss|colleague|cfo|ceo|cto|coo|brother|sister|nephew|wife|husband|friend|manager|director|team|guy|partner)\W*$|\b(?:with|from|by|and|ask|tell|told|asked) $", re.I)  # fmt: skip
_OWN_PERSON = re.compile(r"\b(?:my|our|his|her|their) (?:\w+ )?$", re.I)
_WE_LOOK = re.compile(r"\b(?:we|i|they|he|she|also|been|are|were)\b", re.I)
_SAYS_YES = re.compile(r"^\W*(?:(?:oh|um|uh|well|so|hm+)[\s,]+)*(?:yes|yeah|yep|we (?:did|have|are|had|looked|talked|spoke)|they(?:['’]re| are)|them|both|those|among others|of course|sure|correct|right|exactly|I (?:did|have))\b", re.I)  # fmt: skip
_ASKS_FOR_RIVALS = re.compile(rf"\b(?:{_LOOKING}|who else|anyone else|others?|competitors?|alternatives?|compet\w+|also (?:using|with)|up against|in the (?:mix|running|race))\b", re.I)  # fmt: skip
_WEAK = re.compile(
    r"(?:look|talk|speak|spok|chat|met|meet|seen|heard|call with|had|invited|happy with|also|got|between)", re.I
)
_OF_VENDORS = re.compile(
    r"\b(?:vendors?|quotes?|quoted|prices?|pricing|demo(?:ed|s)?|offers?|tools?|products?|systems?|platforms?|cheaper|compar\w+|alternatives?|options?|pitch\w*|solutions?|software|proposals?|as well|competitors?|freelancers?|agency|agencies|suppliers?|providers?|last week|contract|renew\w*|bids?|shortlist\w*|looking at|evaluat\w+|come back|came back|came in|stay|freeze|switch\w*|deals?|resellers?)\b",
    re.I,
)
_PERSONAL = re.compile(r"\b(?:my (?:nephew|brother|sister|wife|husband|son|daughter|boss|colleague|team|manager)|our (?:board|cfo|ceo|lawyer|legal|customer|client|auditors?))\b", re.I)  # fmt: skip


def _hints_at_business(text: str, name: str, *, weak: bool) -> bool:
    """Whether a sentence with a name speaks of vendors rather than of colleagues; after a weak cue (`talked to Harjit`) that must show in it."""
    sentence = next((one.text for one in sentences(text) if name in one.text), text)
    if _PERSONAL.search(sentence):
        return False
    camel = re.search(r"[a-z][A-Z]", name) is not None
    return not weak or camel or _OF_VENDORS.search(sentence) is not None
