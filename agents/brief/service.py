"""The brief for whoever asks: one page on an account before a call, without a model, held to their scope and to a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Claim
from agents.brief import ahead, attending, past
from agents.brief.company import company_line, deal_lines
from agents.brief.ground import NEWS_DAYS, Ground, read_ground
from agents.brief.questions import Asked, Open, gaps, questions
from agents.brief.record import Attendee, Brief, DiscoveryQuestion, ExpectedObjection, Gap, Line, Meeting, Named
from agents.claims import ClaimCheck
from agents.freshness import freshness_of
from agents.links import Links, NoLinks
from agents.narrative.case import Case, DealNow, Happening, Person, read_case
from agents.narrative.latest import headline, main_deal, state_of
from agents.narrative.promises import owed_in
from agents.narrative.quoting import Citing
from agents.narrative.signals import later_than_the_crm, unanswered_in
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account
from infra.spine.scope import Scope
from sales.clock import Clock

_NOWHERE = ("There is no such account.", "Check its name or id; `dealwright ask` finds it by parts of its name.")
_ONE = ("next_step", "led_here")
_UNKNOWN = {
    "attendees": "nobody of theirs is known",
    "we_owe": "no open promise of ours",
    "they_owe": "no open promise of theirs",
    "objections": "no objection on record",
    "history": "no call, mail or meeting yet",
    "news": f"no news in the last {NEWS_DAYS} days",
    "led_here": "what led here is not recorded",
    "pains": "no pain in their own words",
    "competitors": "no competitor named",
    "similar_customers": "no won deal with a similar company that you may see",
    "next_step": "no next step planned",
}
"""What is said where a field has nothing."""


@dataclass
class _Page:
    """A brief in the making: claims by field, each still to be checked."""

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    guests: list[attending.Guest] = field(default_factory=list)
    expected: list[ahead.Expected] = field(default_factory=list)
    gaps: list[Open] | None = None
    asked: list[Asked] = field(default_factory=list)

    def quotes(self) -> list[str]:
        """Return the words that are shown already."""
        told = [claim for claims in self.claims.values() for claim in claims]
        told += [guest.claim for guest in self.guests] + [one.claim for one in self.expected]
        return [evidence.quote for claim in told for evidence in claim.evidence if len(evidence.quote.split()) > 3]


class Briefs:
    """Makes briefs. Blocks: call it from a thread."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, links: Links | None = None) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._links = links or NoLinks()

    def of(
        self,
        account_id: str,
        *,
        scope: Scope,
        deal_id: str | None = None,
        meeting_id: str | None = None,
        as_of: datetime | None = None,
    ) -> Brief:
        """Return the brief on an account as of a moment (now). `meeting_id` says who comes; without it the next booked meeting does, if there is one.

        Raises Fatal (404) where there is no such account inside `scope`.
        """
        with self._database.session() as session:
            return self.read(session, account_id, scope=scope, deal_id=deal_id, meeting_id=meeting_id, as_of=as_of)

    def read(
        self,
        session: Session,
        account_id: str,
        *,
        scope: Scope,
        deal_id: str | None = None,
        meeting_id: str | None = None,
        as_of: datetime | None = None,
    ) -> Brief:
        """Do as `of` does, in a session that is open."""
        begun = perf_counter()
        brief = self._made(session, account_id, scope, deal_id, meeting_id, as_of or self._clock.now())
        return brief.model_copy(update={"took_ms": round((perf_counter() - begun) * 1000)})

    def for_meeting(self, meeting_id: str, *, scope: Scope, as_of: datetime | None = None) -> Brief | None:
        """Return the brief for a booked meeting, or None where its account is not known inside `scope`: there is nothing to brief on."""
        with self._database.session() as session:
            invited = attending.read_meeting(session, scope, meeting_id)
        if invited is None or invited.account_id is None:
            return None
        return self.of(invited.account_id, scope=scope, meeting_id=meeting_id, as_of=as_of)

    def _made(
        self, session: Session, account_id: str, scope: Scope, deal_id: str | None, meeting_id: str | None, as_of: datetime
    ) -> Brief:  # fmt: skip
        if session.scalar(select(Account.id).where(Account.id == account_id, scope.accounts())) is None:
            raise Fatal(*_NOWHERE, status=404)
        zone = self._settings.zone
        case = read_case(session, scope, as_of=as_of, zone=zone, account_id=account_id)
        ground = read_ground(session, scope, account_id, [deal.id for deal in case.deals], as_of)
        assert ground is not None
        meeting, url = _meeting(session, scope, case, meeting_id)
        deal = main_deal(case, deal_id or (meeting.deal_id if meeting else None))
        page, state = self._filled(session, scope, case, ground, deal, meeting)
        checked = _checked(page, ClaimCheck(session, scope, zone, case.today))
        fresh = freshness_of(session, scope, as_of=as_of, accounts=(account_id,))
        told = headline(case, deal, state)
        return _brief(checked, Citing(case, self._links), ground, deal, meeting, url, told).model_copy(
            update={"freshness": fresh}
        )

    def _filled(
        self, session: Session, scope: Scope, case: Case, ground: Ground, deal: DealNow | None, meeting: Happening | None
    ) -> tuple[_Page, str]:  # fmt: skip
        citing, links = Citing(case, self._links), self._links
        owed, waiting = owed_in(case), unanswered_in(case)
        timing = later_than_the_crm(case, deal) if deal else None
        page, told = _Page(), _Page.quotes
        page.claims["we_owe"], page.claims["they_owe"] = ahead.promises(case, citing, ground, owed, deal, links)
        step = ahead.next_step(case, citing, ground, deal, timing, links)
        page.claims["next_step"] = [step] if step else []
        page.guests = attending.guests(case, citing, ground, meeting)
        page.claims["competitors"] = past.competitors(case, citing, ground, links)
        page.expected = ahead.objections(session, case, citing, ground, links, told(page))
        page.claims["pains"] = past.pains(case, citing, ground, links, told(page))
        page.gaps = (
            gaps(ground.notes, deal.id if deal else None, links) if deal is None or deal.status == "open" else None
        )
        page.asked = questions(page.gaps or [], page.claims["pains"], step)
        begun = ground.deals[deal.id].created_at if deal is not None else None
        led = past.led_here(case, citing, ground, deal, begun)
        page.claims["led_here"] = [led] if led else []
        page.claims["news"] = [one for one in past.news(case, ground) if led is None or one.text != led.text]
        asked_for = timing is not None and step is not None and deal is not None and deal.status == "open"
        page.claims["history"] = past.history(
            case, citing, ground, deal, timing=None if asked_for else timing, waiting=waiting, taken=told(page)
        )
        page.claims["similar_customers"] = ahead.similar(session, scope, ground, case, links)
        return page, state_of(case, deal, [one for one in owed if one.state != "kept"], waiting, timing)


def _meeting(session: Session, scope: Scope, case: Case, meeting_id: str | None) -> tuple[Happening | None, str | None]:
    """Return the meeting that the brief is for, with its guests: the named one, else the account's next booked one."""
    wanted = meeting_id or next((one.id for one in case.booked if one.kind in ("meeting", "call")), None)
    found = attending.read_meeting(session, scope, wanted) if wanted else None
    return (found.happening, found.url) if found is not None else (None, None)


def _checked(page: _Page, check: ClaimCheck) -> _Page:
    """Drop every claim that does not stand in its sources: all are looked at together, so that each source is read once."""
    every = [claim for claims in page.claims.values() for claim in claims]
    every += [guest.claim for guest in page.guests]
    every += [claim for one in page.expected for claim in (one.claim, one.answer) if claim is not None]
    every += [one.claim for one in page.gaps or () if one.claim is not None]
    kept = list(check.check(every).kept)
    standing: dict[int, Claim] = {}
    for claim in every:
        if kept and kept[0].text == claim.text:
            standing[id(claim)] = kept.pop(0)
    made = _Page()
    made.claims = {
        key: [standing[id(one)] for one in claims if id(one) in standing] for key, claims in page.claims.items()
    }
    made.guests = [
        attending.Guest(one.person, one.coming, one.stance, one.before, standing[id(one.claim)])
        for one in page.guests
        if id(one.claim) in standing
    ]
    for one in page.expected:
        if id(one.claim) in standing:
            answer = standing.get(id(one.answer)) if one.answer is not None else None
            made.expected.append(ahead.Expected(one.topic, one.label, one.here, one.open, standing[id(one.claim)], answer, one.raised))  # fmt: skip
    if page.gaps is not None:
        made.gaps = [one for one in page.gaps if one.claim is None or id(one.claim) in standing]
        made.asked = [one for one in page.asked if one.gap in made.gaps]
    return made


def _line(claim: Claim, introduced: Sequence[Person] = ()) -> Line:
    """Return a claim as a line. Who was `introduced` with their title is called by their name from then on."""
    text = claim.text
    for person in introduced:
        text = text.replace(f"{person.name} ({person.title})", person.name)
    return Line(text=text, evidence=claim.evidence, tone=claim.tone)


def _brief(
    page: _Page,
    citing: Citing,
    ground: Ground,
    deal: DealNow | None,
    meeting: Happening | None,
    url: str | None,
    told: str,
) -> Brief:
    known = [one.person for one in page.guests]
    lines = {key: tuple(_line(one, known) for one in claims) for key, claims in page.claims.items()}
    first = {key: lines[key][0] if lines[key] else None for key in _ONE}
    lists = {key: told for key, told in lines.items() if key not in _ONE}
    filled = {**first, **lists, "attendees": page.guests, "objections": page.expected}
    return Brief(
        headline=told,
        account=Named(id=ground.account.id, name=ground.account.name),
        deal=Named(id=deal.id, name=deal.name) if deal else None,
        meeting=Meeting(id=meeting.id, title=meeting.subject, at=meeting.at, url=url) if meeting else None,
        company=company_line(citing, ground),
        deals=deal_lines(citing, ground),
        attendees=tuple(
            Attendee(
                name=one.person.name, title=one.person.title, role=one.person.role, contact=one.person.contact_id, coming=one.coming,
                stance=one.stance, before=one.before, line=_line(one.claim),
            )
            for one in page.guests
        ),
        gaps=tuple(
            Gap(
                element=one.element, label=one.label, state="open" if one.claim is None else "contradicted", text=one.text,
                evidence=one.claim.evidence if one.claim else (),
            )
            for one in page.gaps or ()
        ),
        questions=tuple(
            DiscoveryQuestion(text=one.text, element=one.gap.element, label=one.gap.label, evidence=one.evidence) for one in page.asked
        ),
        objections=tuple(
            ExpectedObjection(
                topic=one.topic, label=one.label, raised_here=one.here, open=one.open, line=_line(one.claim),
                answer=_line(one.answer) if one.answer else None, deals=one.raised.deals, decided=one.raised.decided, won=one.raised.won,
            )
            for one in page.expected
        ),
        unknown={key: words for key, words in _UNKNOWN.items() if not filled[key]},
        as_of=citing.case.as_of,
        **first,
        **lists,
    )  # fmt: skip
