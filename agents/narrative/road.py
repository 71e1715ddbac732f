"""The narrative road: from a linked question to a draft of quotes and facts, by what the question wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Claim
from agents.evidence_search import EvidenceSearch, Found
from agents.links import Links
from agents.mentions import Entity, Mentions
from agents.narrative import dealings, outcome, people, topic, troubles
from agents.narrative.asked import (
    Asked,
    about,
    figures_in,
    is_speaker,
    looked_for,
    not_found,
    search_words,
    wanted_stems,
)
from agents.narrative.case import Case, Happening, read_case
from agents.narrative.draft import Draft
from agents.narrative.intents import Intent, Wanted
from agents.narrative.latest import latest
from agents.narrative.persons import Namesake, latest_of_person
from agents.narrative.quoting import Citing, Quote
from agents.narrative.relevance import Sought, matches
from agents.narrative.speech import heard_in
from agents.narrative.subject import Subject, subject_of, which_account
from agents.question import Progress, Question
from agents.thread import Context
from infra.settings import Settings
from infra.spine.models import Account, Activity, Contact, Deal
from sales.names import fold, person_key
from sales.spoken_dates import days_in
from sales.wording import content_stems, stem

_PASSAGES = 18
_MOST_TITLES = 500


class NarrativeRoad:
    """Answers without a model: reads the case, chooses, quotes."""

    def __init__(self, settings: Settings, search: EvidenceSearch, links: Links) -> None:
        self._settings = settings
        self._search = search
        self._links = links

    def answer(
        self,
        session: Session,
        question: Question,
        mentions: Mentions,
        context: Context,
        wanted: Wanted,
        progress: Progress,
    ) -> Draft | Answer:
        """Return a draft whose claims are still to be checked, or a finished answer: a question back, or "not found"."""
        asked = Asked(question, mentions, context, wanted, subject_of(session, question, mentions, context, wanted))
        subject = asked.subject
        if wanted.intent in ("topic", "open"):
            return self._said_about(session, asked, progress)
        if not subject.known and wanted.intent == "recap" and (call := _titled_call(session, asked)) is not None:
            case = read_case(session, question.scope, as_of=question.as_of, zone=self._settings.zone, activity_id=call)
            if case.happenings:
                return troubles.recap(case, Citing(case, self._links), case.happenings[0])
        if not subject.known:
            if subject.people or mentions.unknown_names or wanted.rest or wanted.topics:
                return self._said_about(session, asked, progress)
            return which_account(session, question, wanted)
        progress(f"Reading what passed with {subject.account_name or 'them'}…")
        case = self._case(session, question, subject)
        return self._by_intent(session, asked, case, progress)

    def _case(self, session: Session, question: Question, subject: Subject) -> Case:
        return read_case(
            session,
            question.scope,
            as_of=question.as_of,
            zone=self._settings.zone,
            account_id=subject.account_id,
            deal_id=subject.deal_id,
        )

    def _by_intent(self, session: Session, asked: Asked, case: Case, progress: Progress) -> Draft | Answer:
        wanted, subject = asked.wanted, asked.subject
        citing = Citing(case, self._links)
        text, deal_id = asked.question.text, subject.deal_id
        person = subject.people[0] if subject.contact_id and subject.people else None
        ways: dict[Intent, Callable[[], Draft]] = {
            "latest": lambda: (
                latest_of_person(case, citing, person, _namesakes(session, asked))
                if person
                else latest(case, citing, deal_id)
            ),
            "promises": lambda: dealings.promised(case, citing, wanted.by_us, person),
            "outcome": lambda: outcome.why(case, citing, text, deal_id),
            "contact": lambda: dealings.last_contact(case, citing, person),
            "changes": lambda: dealings.changed(case, citing, wanted.since, text),
            "risks": lambda: troubles.risks(case, citing, deal_id),
            "objections": lambda: troubles.objections(case, citing),
            "next": lambda: dealings.next_steps(case, citing),
            "check": lambda: troubles.against_the_crm(case, citing, deal_id),
            "qualification": lambda: self._qualified(session, asked, case),
        }
        if wanted.intent in ways:
            return ways[wanted.intent]()
        if wanted.intent == "people":
            named = people.with_title(case, citing, wanted.rest)
            if named is None and wanted.sure < 0.8:
                return self._said_about(session, asked, progress)
            return named or people.involved(case, citing, text)
        call = _which_call(case, asked)
        if call is None:
            return not_found(
                asked, f"Not found: no call or meeting with {subject.account_name or 'them'} is known here."
            )
        return troubles.recap(case, citing, call)

    def _qualified(self, session: Session, asked: Asked, case: Case) -> Draft:
        # Its patterns take a quarter of a second to compile: only who asks for it pays.
        from agents.narrative.qualified import qualified

        return qualified(session, asked.question.scope, case, self._links, asked.question.text, asked.subject.deal_id)

    def _said_about(self, session: Session, asked: Asked, progress: Progress) -> Draft | Answer:
        question, wanted, subject, mentions = asked.question, asked.wanted, asked.subject, asked.mentions
        accounts = tuple(one for one in (subject.account_id, *subject.more_accounts) if one)
        deals = (subject.deal_id,) if subject.deal_id and not subject.account_id else ()
        progress("Searching calls and mails…")
        query = search_words(asked)
        since = datetime.combine(wanted.since, time(), self._settings.zone) if wanted.since else None
        found = self._search.search(
            query, question.scope, k=_PASSAGES, as_of=question.as_of, accounts=accounts, deals=deals, since=since
        )
        if wanted.topics and len(wanted.rest) <= 2:
            extra = self._search.search(
                wanted.topics[0].query,
                question.scope,
                k=_PASSAGES // 2,
                as_of=question.as_of,
                accounts=accounts,
                deals=deals,
                since=since,
            )
            known = {one.passage_id for one in found}
            found = found + [one for one in extra if one.passage_id not in known]
        if not accounts and (only := _only_account(found, mentions.unknown_names)) is not None:
            # Names of places and things that one account alone speaks of: the question is about it.
            found = self._search.search(
                query, question.scope, k=_PASSAGES, as_of=question.as_of, accounts=(only,), since=since
            )
        heard = heard_in(session, question.scope, found)
        stems = wanted_stems(asked)
        sought = Sought(
            wanted.text,
            stems,
            wanted.topics,
            _rivals(session, asked),
            frozenset(name.casefold() for name in subject.people),
            wanted.by_us,
            frozenset(stem(word) for word in wanted.verbs) & stems,
            figures_in(question.text),
            frozenset(one for mention in mentions.of("product") for one in content_stems(mention.text)),
        )
        ranked = matches(sought, heard, question.as_of)
        named = frozenset(
            stem
            for name in asked.mentions.unknown_names
            if not is_speaker(name, subject)
            for stem in content_stems(name)
        )
        case = Case(subject.account_id, subject.account_name, question.as_of, self._settings.zone)
        if sought.people and not any(
            one.piece.speaker and one.piece.speaker.casefold() in sought.people for one in ranked[:6]
        ):
            progress("Looking for their own words…")
        if not topic.answers(sought, ranked, named=named):
            return not_found(asked, self._nothing(session, asked, accounts))
        quotes = topic.best_quotes(ranked, heard, sought.hard)
        if wanted.intent == "topic" and all(one[0].piece.happening.dated for one in quotes):
            quotes = topic.newest_first(quotes)
        return self._draft_of(asked, case, quotes, accounts, {one.piece.happening.id: one.account for one in heard})

    def _draft_of(
        self,
        asked: Asked,
        case: Case,
        quotes: list[list[Quote]],
        accounts: tuple[str, ...],
        names: dict[str, str | None],
    ) -> Draft:
        citing = Citing(case, self._links)
        subject, wanted = asked.subject, asked.wanted
        several = subject.account_id is None or bool(subject.more_accounts)
        claims: list[Claim] = [
            topic.quoted_claim(case, citing, one, names.get(one[0].piece.happening.id) if several else None)
            for one in quotes
        ]
        named_topic = about(asked)
        whose = subject.people[0] if subject.people else subject.account_name or "What was said"
        dated = all(one[0].piece.happening.dated for one in quotes)
        order = "newest first" if wanted.intent == "topic" and dated else "best match first"
        headline = (
            f"{whose} on {named_topic}: {topic.span_of(case, quotes)}, {order}"
            if len(quotes) > 1
            else f"{whose} on {named_topic}: {topic.span_of(case, quotes)}"
        )
        draft = Draft(headline=headline, claims=claims, accounts=accounts, topic=named_topic, looked=f"“{named_topic}”")
        entities = (
            [Entity("account", subject.account_id, subject.account_name, 1.0)]
            if subject.account_id and subject.account_name
            else []
        )
        found_in = {one[0].piece.happening.account_id for one in quotes}
        if not entities and len(found_in) == 1 and (only := next(iter(found_in))) is not None:
            entities = [Entity("account", only, names.get(quotes[0][0].piece.happening.id) or "", 1.0)]
        draft.focus = tuple(entities) + tuple(mention.best for mention in asked.mentions.of("contact"))
        return draft

    def _nothing(self, session: Session, asked: Asked, accounts: tuple[str, ...]) -> str:
        """Say what was looked for and where, when nothing was found."""
        query = (
            select(func.count())
            .select_from(Activity)
            .where(
                asked.question.scope.activities(),
                or_(Activity.at <= asked.question.as_of, Activity.at.is_(None)),
                Activity.status != "booked",
            )
        )
        if accounts:
            query = query.where(Activity.account_id.in_(accounts))
        count = session.scalar(query) or 0
        where = f" of {asked.subject.account_name}" if asked.subject.account_name else ""
        return f"Not found: I looked for {looked_for(asked)} in {count} calls, mails and notes{where}."


def _namesakes(session: Session, asked: Asked) -> list[Namesake]:
    """Return contacts of other visible companies who have the name of the person asked about."""
    person = asked.subject.people[0]
    query = (
        select(Contact.id, Contact.name, Contact.title, Account.name)
        .join(Account, Account.id == Contact.account_id)
        .where(
            Contact.name_key == person_key(person),
            Contact.account_id != asked.subject.account_id,
            Contact.title.is_not(None),
        )
        .where(asked.question.scope.contacts(), asked.question.scope.accounts())
        .limit(2)
    )
    return [(id_, name, title or "", company) for id_, name, title, company in session.execute(query).all()]


def _only_account(found: Sequence[Found], names: Sequence[str]) -> str | None:
    """Return the account whose passages alone hold all of the unknown names, if there is one."""
    stems = frozenset(one for name in names for one in content_stems(name))
    holders = {one.account_id for one in found if stems and stems & content_stems(one.text)}
    return holders.pop() if len(holders) == 1 else None


def _rivals(session: Session, asked: Asked) -> frozenset[str]:
    if not any(one.name == "competition" for one in asked.wanted.topics):
        return frozenset()
    query = (
        select(Deal.competitor).where(asked.question.scope.deals(), Deal.competitor.is_not(None)).distinct().limit(50)
    )
    if asked.subject.account_id:
        query = query.where(Deal.account_id == asked.subject.account_id)
    return frozenset(fold(name).strip() for name in session.scalars(query) if name)


def _titled_call(session: Session, asked: Asked) -> str | None:
    """Find the visible call whose title holds most of the question's words, newest first; for calls that belong to no account."""
    words = content_stems(" ".join((*asked.wanted.rest, *asked.mentions.unknown_names)))
    query = (
        select(Activity.id, Activity.subject)
        .where(asked.question.scope.activities(), Activity.kind.in_(("call", "meeting")), Activity.subject.is_not(None))
        .where(or_(Activity.at <= asked.question.as_of, Activity.at.is_(None)), Activity.status != "booked")
        .order_by(Activity.at.desc().nulls_last(), Activity.id)
        .limit(_MOST_TITLES)
    )
    best: tuple[int, str] | None = None
    for id_, subject in session.execute(query).all():
        shared = len(words & content_stems(subject or ""))
        if shared and (best is None or shared > best[0]):
            best = (shared, id_)
    return best[1] if best else None


def _which_call(case: Case, asked: Asked) -> Happening | None:
    """Find the call that is meant: by its day, by who spoke, the first, or else the last."""
    calls = [one for one in case.happenings if one.kind in ("call", "meeting")]
    told = [one for one in calls if one.id in case.turns] or calls
    if not told:
        return None
    text = asked.question.text
    for when in days_in(text, case.today - timedelta(days=364)):
        on_day = [
            one for one in calls if (case.day(one.at).day, case.day(one.at).month) == (when.first.day, when.first.month)
        ]
        if on_day:
            return on_day[0]
    if asked.subject.people:
        name = asked.subject.people[0]
        with_person = [
            one
            for one in told
            if any(piece.speaker == name for piece in case.turns.get(one.id, ()))
            or any(person.name == name for person in one.people)
        ]
        told = with_person or told
    if asked.subject.deal_id:
        told = [one for one in told if one.deal_id == asked.subject.deal_id] or told
    if re.search(r"\bfirst\b", text, re.I):
        return told[-1]
    titled = [
        one
        for one in told
        if one.subject
        and len(content_stems(one.subject) & content_stems(" ".join(asked.wanted.rest))) >= 1
        and asked.wanted.rest
    ]
    return titled[0] if titled else told[0]
