"""Who is involved at an account, who is for it and who is against it, by what they said."""

from __future__ import annotations

import re

from agents.answer import Claim, Tone
from agents.narrative.case import Case, Person, Piece
from agents.narrative.draft import Draft
from agents.narrative.highlights import Highlight, highlights
from agents.narrative.latest import focus_of, main_deal
from agents.narrative.phrasing import flat, short_day, who
from agents.narrative.quoting import Citing
from sales.cues import Cue, weigh
from sales.sentences import sentences

MOST_PEOPLE = 7
_LEAST_TURNS = 3
_AGAINST: frozenset[Cue] = frozenset({"objection", "refusal", "blocker"})
_FOR: frozenset[Cue] = frozenset({"positive"})
_WANTS_ALL = re.compile(r"\b(?:involved|who'?s who|everyone|everybody|stakeholders?|committee|people|who all)\b", re.I)
_STANDS_AGAINST = re.compile(
    r"\b(?:against|not convinced|unconvinced|don['’]t (?:want|like|need|believe|trust|buy)|doesn['’]t (?:want|like|need)|hates?|s[ck]eptical|oppos\w+|no to|overruled|recommend against|rather (?:lose|not|wait)|not going to be persuaded|another (?:screen|system|tool)|all over again|if one is missing|worst|nobody asked)\b",
    re.I,
)
_SHORT_TITLES = {
    "cfo": "chief financial officer",
    "ceo": "chief executive officer",
    "coo": "chief operating officer",
    "cio": "chief information officer",
    "cto": "chief technology officer",
    "ciso": "chief information security officer",
    "vp": "vice president",
    "counsel": "counsel legal lawyer",
    "lawyer": "counsel legal lawyer",
    "legal": "counsel legal",
    "it": "it information technology",
}
_WANTS_AGAINST = re.compile(
    r"\b(?:against|oppos\w+|block\w*|sceptical|skeptical|doubts?|detractors?|objects?|resist\w*|negative|unhappy)\b",
    re.I,
)
_WANTS_FOR = re.compile(
    r"\b(?:champions?|sponsors?|support\w*|in favou?r|for (?:it|us)|behind|positive|on our side|likes?)\b", re.I
)
_WANTS_POWER = re.compile(
    r"\b(?:decision|decides?|deciding|signs?|signing|approv\w+|economic|buyer|budget|power|final say)\b", re.I
)
_POWER = re.compile(
    r"\b(?:decision|economic|approver|signer|executive)\b|\b(?:cfo|ceo|coo|chief|owner|president|vp|vice president|finance director)\b",
    re.I,
)
_BLOCKS = re.compile(r"\b(?:block\w*|detractor|against|legal|gatekeeper)\b", re.I)
_HELPS = re.compile(r"\b(?:champion|sponsor|supporter|coach|advocate)\b", re.I)


def involved(case: Case, citing: Citing, question: str) -> Draft:
    """Return who is involved: each with title, role in the CRM, and the words that tell where they stand."""
    deal = main_deal(case)
    name = case.account_name or (deal.name if deal else "")
    people = committee(case)
    said = [piece for piece in case.pieces(notes=False) if piece.side != "seller"]
    wanted, word = _narrowed(people, said, case, question)
    draft = Draft(
        headline="",
        looked=f"who is {word or 'involved'} at {name}",
        focus=focus_of(case, deal),
        checked=len(case.happenings),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    stance = {person.name: telling_words(case, words_by(said, person), word) for person in wanted}
    if word in ("against it", "in favour"):
        wanted = [person for person in wanted if stance[person.name] is not None or person.role]
    for person in wanted[:MOST_PEOPLE]:
        draft.claims.append(_person_claim(case, citing, person, stance[person.name], word))
    silent = [person.name for person in people if not any(piece.speaker == person.name for piece in said)]
    draft.headline = (
        f"{name}: {len(draft.claims)} {'person' if len(draft.claims) == 1 else 'people'} {word or 'involved'}"
    )
    if not word and silent and len(silent) < len(people):
        draft.notes.append(f"Not heard themselves: {', '.join(silent[:5])}.")
    if word == "against it" and not draft.claims:
        draft.headline = f"{name}: nobody has spoken against it in what is known here"
    return draft


def committee(case: Case) -> list[Person]:
    """Everybody of the buyer's side, those with power and those who spoke lately first."""
    last: dict[str, float] = {}
    known: dict[str, Person] = {person.name: person for person in case.contacts.values()}
    for happening in reversed(case.happenings):
        spoke = {piece.speaker for piece in case.turns.get(happening.id, ())}
        for person in happening.people:
            if person.side == "buyer" and not happening.automatic:
                known.setdefault(person.name, person)
                if not spoke or person.name in spoke or happening.kind == "mail":
                    last[person.name] = happening.at.timestamp()
    if not known:
        known = _speakers(case)
    return sorted(known.values(), key=lambda person: (not person.role, -last.get(person.name, 0.0), person.name))


def _speakers(case: Case) -> dict[str, Person]:
    """Return who speaks in calls of which no side is known: whoever says more than a word in passing."""
    turns: dict[str, int] = {}
    for pieces in case.turns.values():
        for piece in pieces:
            if piece.speaker and piece.side != "seller":
                turns[piece.speaker] = turns.get(piece.speaker, 0) + 1
    often = sorted((name for name, count in turns.items() if count >= _LEAST_TURNS), key=lambda name: -turns[name])
    return {name: Person(name, "unknown") for name in often[:MOST_PEOPLE]}


def _narrowed(people: list[Person], said: list[Piece], case: Case, question: str) -> tuple[list[Person], str]:
    """Return whom the question means, and the word for it. Who asks for all and for those against gets all, those against in front."""
    if _WANTS_AGAINST.search(question):
        loud = {
            piece.speaker for piece in said if any(_STANDS_AGAINST.search(one.text) for one in sentences(piece.text))
        }
        against = [person for person in people if _stands_against(person, loud)]
        if not against:
            against = _with_conditions(case, said, people)
            if against and not _WANTS_ALL.search(question):
                return against, "with conditions, nobody openly against it"
        if _WANTS_ALL.search(question):
            return against + [
                person for person in people if person not in against
            ], "involved, those with objections first" if against else ""
        return against, "against it"
    if _WANTS_ALL.search(question):
        return people, ""
    if _WANTS_POWER.search(question):
        return [
            person for person in people if _POWER.search(f"{person.role or ''} {person.title or ''}")
        ] or people, "deciding"
    if _WANTS_FOR.search(question):
        return [person for person in people if person.role and _HELPS.search(person.role)] or people, "in favour"
    return people, ""


def _with_conditions(case: Case, said: list[Piece], people: list[Person]) -> list[Person]:
    """Return who set conditions or had objections of weight, where nobody is openly against."""
    found = highlights(case, said, half_life=60, least=2.4, only=_AGAINST)
    loud = {highlight.piece.speaker for highlight in found}
    return [person for person in people if person.name in loud and not _HELPS.search(person.role or "")]


def _stands_against(person: Person, loud: set[str | None]) -> bool:
    role = person.role or ""
    if re.search(r"\b(?:blocker|detractor|opponent)\b", role, re.I):
        return True
    return person.name in loud and not _HELPS.search(role)


def with_title(case: Case, citing: Citing, words: tuple[str, ...]) -> Draft | None:
    """Return the people whose title or role a question names ("who is the CFO"), or None where no word of it is one."""
    wanted = {part for word in words for part in (word, *_SHORT_TITLES.get(word, "").split())} - {"the", "of"}
    found = []
    for person in committee(case):
        title = f"{person.title or ''} {person.role or ''}".casefold()
        own = set(re.findall(r"[a-z]+", title))
        own |= {part for short, long in _SHORT_TITLES.items() if short in own for part in long.split()}
        if (
            words
            and all(
                {word, *_SHORT_TITLES.get(word, "").split()} <= own | {word}
                and (word in own or set(_SHORT_TITLES.get(word, "-").split()) <= own)
                for word in words
            )
            and wanted
        ):
            found.append(person)
    if not found:
        return None
    deal = main_deal(case)
    said = [piece for piece in case.pieces(notes=False) if piece.side != "seller"]
    name = case.account_name or (deal.name if deal else "")
    draft = Draft(
        headline=f"{name}: {found[0].name}" + (f" and {len(found) - 1} more" if len(found) > 1 else ""),
        looked=f"a {' '.join(words)} at {name}",
        focus=focus_of(case, deal),
        checked=len(case.happenings),
    )
    draft.accounts = (case.account_id,) if case.account_id else ()
    draft.claims = [
        _person_claim(case, citing, person, telling_words(case, words_by(said, person), ""), "")
        for person in found[:MOST_PEOPLE]
    ]
    return draft


def words_by(said: list[Piece], person: Person) -> list[Piece]:
    """Return those of the pieces that are this person's."""
    return [
        piece
        for piece in said
        if piece.speaker == person.name or (piece.person is not None and piece.person.name == person.name)
    ]


def telling_words(case: Case, pieces: list[Piece], word: str) -> Highlight | None:
    """Return the words of one person that tell most about where they stand."""
    if word in ("against it", "involved, those with objections first"):
        stands = [
            Highlight(piece, one, weigh(one.text, buyer=True), weigh(one.text, buyer=True).value + 1.0)
            for piece in pieces
            for one in sentences(piece.text)
            if _STANDS_AGAINST.search(one.text) and len(one.text.split()) >= 4
        ]
        if stands:
            return max(stands, key=lambda one: (one.value, one.piece.at))
    only: frozenset[Cue] | None = (
        _AGAINST
        if "against" in word
        else _FOR
        if word == "in favour"
        else frozenset({"decision", "blocker", "refusal"})
        if word == "deciding"
        else None
    )
    found = highlights(case, pieces, half_life=45, least=0.8, only=only)
    if not found and word != "against it":
        found = highlights(case, pieces, half_life=45, least=0.8) or highlights(case, pieces, half_life=45, least=0.0)
    return found[0] if found else None


def _person_claim(case: Case, citing: Citing, person: Person, telling: Highlight | None, word: str) -> Claim:
    role = f", {person.role}" if person.role else ""
    evidence = [citing.contact(person.contact_id, person.role or person.name)] if person.contact_id else []
    text = f"{who(person, None)}{role}"
    tone: Tone = "plain"
    if telling is not None:
        quote = telling.quote()
        evidence.insert(0, citing.words(quote))
        text += f" — {short_day(case.day(quote.piece.at), case.today)}: “{flat(quote.sentence.text)}”"
        tone = "trouble" if word == "against it" else "plain"
    elif not evidence:
        met = next(
            (happening for happening in case.happenings if any(one.name == person.name for one in happening.people)),
            None,
        )
        evidence = [citing.happened(met)] if met is not None and met.subject else []
    return Claim(text=text, evidence=tuple(evidence), tone=tone)
