"""The guardrails of the house, in the order of their weight: what makes a mail wrong for good first, then what waiting mends."""

from __future__ import annotations

from sqlalchemy.orm import Session

from agents.guard import dealings
from agents.guard.exclusions import Exclusions
from agents.guard.gatekeeper import gate_of
from agents.guard.kill_switch import pause_reason, recent
from agents.guard.profile import ProfileExclusions
from agents.guard.suppressing import listed
from agents.guard.trail import address_mark
from agents.guard.verifying import known
from agents.proposals.guards import Block, Moment
from agents.proposals.record import Content, Mail
from infra.logs import logger
from infra.settings import Settings
from infra.spine.people import User
from infra.spine.proposals import Proposal
from sales.addresses import domain_of, written_address
from sales.clock import Clock
from sales.contact_limits import belongs_to_another, counts_as_cold, in_anothers_territory, is_customer, is_over_cap
from sales.gate import reds
from sales.suppression import sentence

_LOG = logger("guard")


class HouseGuards:
    """Implements `agents.proposals.guards.Guards` over the spine. What must be asked outside was asked before (`agents.guard.tending`).

    `exclusions` is the kept profile of whom we sell to, where nothing else is given.
    """

    def __init__(self, settings: Settings, clock: Clock, exclusions: Exclusions | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._exclusions = exclusions or ProfileExclusions()

    def check(self, session: Session, proposal: Proposal, content: Content, moment: Moment) -> tuple[Block, ...]:
        """Return what stands in the way of a mail, the hardest first. What leaves nobody's desk (a task) has no guardrails."""
        mail = content.effect
        if not isinstance(mail, Mail):
            return ()
        now = self._clock.now()
        domain = domain_of(mail.sender)
        if written_address(mail.to) is None or domain is None:
            return (Block("address", "One of the addresses is not a mail address.", hard=True),)
        found: list[Block] = []
        entry = listed(session, mail.to, now)
        if entry is not None:
            found.append(Block("suppression", sentence(entry), hard=True))
        if dealings.has_left(session, mail.sender):
            found.append(Block("sender", "Whose name it would go out in has left us.", hard=True))
        in_sequence = proposal.touch_id is not None
        halted = dealings.halted_sequence(session, proposal)
        if halted is not None:
            found.append(Block("sequence", *halted))
        if counts_as_cold(proposal.kind, in_sequence=in_sequence):
            found += self._cold(session, proposal, mail)
        found += self._gate(session, proposal, mail, domain, moment)
        return tuple(sorted(found, key=lambda block: not block.hard))

    def _cold(self, session: Session, proposal: Proposal, mail: Mail) -> list[Block]:
        """What holds for writing to somebody who did not ask."""
        contacts = dealings.contacts_of(session, mail.to, proposal.contact_id)
        companies = dealings.companies_of(session, mail.to, proposal.account_id, contacts)
        return [
            *self._companies(session, proposal, mail, companies),
            *self._person(session, proposal, mail, contacts, tuple(company.id for company in companies)),
        ]

    def _companies(
        self, session: Session, proposal: Proposal, mail: Mail, companies: list[dealings.Company]
    ) -> list[Block]:
        found: list[Block] = []
        domain = domain_of(mail.to)
        asked: list[str | None] = [company.id for company in companies]
        told = (self._exclusions.excluded(session, account, domain) for account in asked or [None])
        excluded = next((why for why in told if why is not None), None)
        if excluded is not None:
            found.append(Block("exclusion", excluded, hard=True))
        if any(is_customer(company.type, company.won_deals) for company in companies):
            found.append(Block("customer", "This company is a customer, who gets no outreach.", hard=True))
        deals = dealings.open_deals(session, tuple(company.id for company in companies))
        foreign = [deal for deal in deals if belongs_to_another(deal.owner_id, proposal.owner_id)]
        if foreign and len(foreign) == len([deal for deal in deals if deal.owner_id is not None]):
            found.append(
                Block(
                    "open_deal",
                    f"There is an open deal with this company: it goes to {foreign[0].owner or 'its owner'}.",
                    hard=True,
                )
            )
        elif not deals:
            told = (self._anothers(session, proposal, company) for company in companies)
            found += [Block("territory", sentence, hard=True) for sentence in told if sentence is not None][:1]
        return found

    @staticmethod
    def _anothers(session: Session, proposal: Proposal, company: dealings.Company) -> str | None:
        """Return the sentence that tells whose a company is who is another's: its owner's, or by its territory where nobody owns it."""
        if belongs_to_another(company.owner_id, proposal.owner_id):
            return f"This company is {company.owner or 'another rep'}'s."
        place = company.territory
        if company.owner_id is not None or place is None:
            return None
        writer = session.get(User, proposal.owner_id) if proposal.owner_id else None
        if not in_anothers_territory(place.owner_id, place.team, proposal.owner_id, writer.team if writer else None):
            return None
        works = f"{place.owner or 'another rep'}'s" if place.owner_id else f"the {place.team} team's"
        return f"This company is in the territory {place.name}, which is {works}."

    def _person(
        self, session: Session, proposal: Proposal, mail: Mail, contacts: tuple[str, ...], companies: tuple[str, ...]
    ) -> list[Block]:
        settings, now = self._settings, self._clock.now()
        found: list[Block] = []
        late = dealings.writer_of_late(session, settings, mail.to, contacts, proposal, now)
        card = dealings.other_card(session, mail.to, proposal)
        if late is not None:
            day = late[1].astimezone(settings.zone).strftime("%d %b").lstrip("0")
            found.append(Block("duplicate", f"{late[0] or 'Somebody of us'} was in touch with this person on {day}."))
        elif card is not None:
            found.append(
                Block("duplicate", f"Another card to this person{f' ({card[1]})' if card[1] else ''} goes first.")
            )
        elif dealings.other_sequence(session, mail.to, proposal):
            found.append(Block("duplicate", "This person is in a sequence already."))
        touches = dealings.touches_of_person(session, settings, mail.to, contacts, now)
        if is_over_cap(touches, settings.person_touches):
            found.append(
                Block(
                    "person_cap",
                    f"We touched this person {touches} times in {settings.person_days} days; the most is {settings.person_touches}.",
                )
            )
        at_company = dealings.touches_of_companies(session, settings, companies, now)
        if is_over_cap(at_company, settings.account_touches):
            found.append(
                Block(
                    "account_cap",
                    f"We touched this company {at_company} times in {settings.account_days} days; the most is {settings.account_touches}.",
                )
            )
        return found

    def _gate(self, session: Session, proposal: Proposal, mail: Mail, domain: str, moment: Moment) -> list[Block]:
        """Every red check stands in the way by its own name; a pause, or rates that would pause the domain this moment, above all."""
        now = self._clock.now()
        traffic = recent(session, self._settings, domain, now)
        paused = pause_reason(session, domain, traffic)
        if paused is not None:
            return [Block("paused", f"Sending from {domain} is paused: {paused}")]
        found = []
        held = known(session, self._settings, mail.to, now)
        for check in reds(gate_of(session, self._settings, domain, now, mail.to, traffic).checks):
            # An address that is known to take no mail will not come to life by waiting.
            hard = check.key == "addresses" and held is not None and held.status == "bad"
            found.append(
                Block(f"gate:{check.key}", f"{check.title} is red: {check.sentence} {check.fix}".strip(), hard)
            )
            if check.key == "addresses":
                _LOG.info(
                    "unverified address skipped", proposal=proposal.id, address=address_mark(mail.to), moment=moment
                )
        return found
