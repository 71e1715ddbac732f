"""Taking mail in: what it is, which touch it answers, what that does. Twice is once, by the mail's Message-ID.

Nothing that a mail says is obeyed: it is sorted by rules, kept as somebody's words, and shown to a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from agents.intake.alone import alone
from agents.intake.files import hints_of
from agents.mailroom import effects
from agents.mailroom.activities import Places, write_mail
from agents.mailroom.matching import Match, match, match_by_address
from agents.mailroom.record import Answerer, Judge, Occasion, Taken
from agents.proposals.announcer import Announcer, NoAnnouncer
from agents.proposals.book import put_forward
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.outbound import CrmEntry
from infra.spine.touches import Reply
from integrations.files.incoming import read_incoming
from sales.addresses import compared_address, domain_of
from sales.clock import Clock
from sales.mail.incoming import Incoming, Verdict
from sales.mail.sorting import own_text, sort_mail
from sales.records import MailMessage, Origin, Reject

_PRIVATE = ("private", "personal", "company-confidential")
_ID_LENGTH = 250


class Mailroom:
    """Takes mails in. `judge` is the kill switch, asked after each bounce and complaint; `answerer` words the answer to interest."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        sealer: Sealer | None = None,
        judge: Judge | None = None,
        answerer: Answerer | None = None,
        announcer: Announcer | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._sealer = sealer
        self._judge = judge
        self._answerer = answerer
        self._announcer = announcer or NoAnnouncer()

    def take(self, raw: bytes, *, name: str = "mail", source: str = "mail") -> Taken:
        """Take one mail in from its bytes. Raises Retriable while an import holds the spine."""
        return self.take_all([(name, raw)], source=source)[0]

    def take_all(self, mails: Iterable[tuple[str, bytes]], *, source: str = "mail") -> list[Taken]:
        """Take mails in, each in a transaction of its own; what can't be read is told and does not stop the rest."""
        taken: list[Taken] = []
        places: Places | None = None
        with alone(self._database):
            for name, raw in mails:
                read = read_incoming(raw, Origin(name, 0, source), hints_of(self._settings))
                if isinstance(read, Reject):
                    digest = hashlib.sha256(raw).hexdigest()[:24]
                    taken.append(Taken(f"{digest}@unreadable.invalid", "unreadable", trouble=read.reason))
                    continue
                now = self._clock.now()
                with self._database.transaction() as session:
                    places = places or Places(session, self._settings, now, source)
                    places.work.now = now
                    taken.append(self._one(session, places, *read, source=source, now=now))
                self._announce(taken[-1])
        return taken

    def _announce(self, taken: Taken) -> None:
        """Show the new card; draw anew the one that was answered, and those that wait in a sequence which was paused or stopped."""
        if taken.proposal_id is not None:
            self._announcer.offer(taken.proposal_id)
        if taken.answered_card is not None:
            self._announcer.changed(taken.answered_card)
        if taken.sequence_id is None or taken.movement == "go_on":
            return
        with self._database.session() as session:
            held = list(session.scalars(effects.cards_of(taken.sequence_id)))
        for card in held:
            self._announcer.changed(card)

    def _one(self, session: Session, places: Places, mail: Incoming, kept: MailMessage, *, source: str, now: datetime) -> Taken:  # fmt: skip
        identity = reply_id(mail.message_id)
        if (known := session.get(Reply, identity)) is not None:
            return Taken(identity, "known", known.kind, known.touch_id)
        at = min(mail.sent_at, now) if mail.sent_at else now
        mine = places.ours(mail.sender) and not mail.delivery
        matched = None if mine else match(session, self._seal(), mail, now)
        ours = f"{matched.sent}\n{matched.subject}" if matched else ""
        verdict = sort_mail(mail, at.astimezone(self._settings.zone).date(), ours=ours, day_first=self._settings.day_first)  # fmt: skip
        if verdict.kind == "complaint" and not effects.counts_as_complaint(verdict):
            # A machine's word about the mail's authentication: nothing that counts complaints may see one here.
            verdict = replace(verdict, kind="automatic")
        if matched is None and not mine:
            matched = match_by_address(session, verdict, mail, now)
        concerned = places.concerns_us([*([mail.sender] if mail.sender else []), *mail.recipients])
        private = mail.header("sensitivity").casefold() in _PRIVATE
        if matched is None and (mine or not self._bears_on_us(places, mail, verdict)):
            if not concerned or private:
                return Taken(identity, "nothing", verdict.kind)
            wrote = write_mail(session, places, kept, verdict, own_text(mail), None)
            return Taken(identity, "activity" if wrote else "known", verdict.kind)
        return self._reply(session, places, mail, kept, verdict, matched, at=at, now=now, source=source, listed=concerned and not private)  # fmt: skip

    def _bears_on_us(self, places: Places, mail: Incoming, verdict: Verdict) -> bool:
        """Whether a mail that answers no touch says something about writing to people we know: a dead address, a complaint, an opt-out."""
        from sales.records import Person

        if verdict.kind == "opt_out":
            to_us = (self._settings.unsubscribe_mailto or "").casefold()
            return places.known(mail.sender) or any(to_us and (person.email or "") == to_us for person in mail.recipients)  # fmt: skip
        if verdict.kind in ("hard_bounce", "complaint"):
            told = [one.recipient for one in verdict.failures] or [_complainant(mail)]
            return any(places.known(Person(email=one)) for one in told if one)
        return False

    def _reply(
        self, session: Session, places: Places, mail: Incoming, kept: MailMessage, verdict: Verdict, matched: Match | None, *, at: datetime, now: datetime, source: str, listed: bool
    ) -> Taken:  # fmt: skip
        sequence = matched.sequence if matched else None
        recipient = _recipient(mail, verdict, matched)
        text = own_text(mail, matched.sent if matched else "")
        activity = None
        if listed or sequence is not None:
            activity = write_mail(session, places, kept, verdict, text, sequence.account_id if sequence else None)
        reply = Reply(
            id=reply_id(mail.message_id),
            kind=verdict.kind,
            touch_id=matched.touch.id if matched else None,
            activity_id=activity,
            sender=mail.sender.email[:320] if mail.sender and mail.sender.email else None,
            recipient=recipient,
            domain=_our_domain(mail, matched),
            at=at,
            detail=_detail(mail, verdict, matched, self._settings, now),
        )
        session.add(reply)
        session.flush()
        movement = effects.move_sequence(session, self._settings, sequence, verdict, now) if sequence else "go_on"
        # Who answers may do so from another address than the one that we wrote to: both are theirs.
        asked = [recipient, sequence.recipient if sequence else None]
        suppressed = effects.suppressions_of(session, verdict, [one for one in asked if one], source, now)
        effects.learn_of_address(session, verdict, reply.sender, now)
        paused = self._judged(session, verdict, reply, now)
        proposal = self._answered(session, mail, verdict, matched, reply, text, now)
        effects.tell_owner(session, reply, sequence, _name(mail, recipient), now)
        _queue(session, reply, now)
        return Taken(
            reply.id,
            "both" if activity else "reply",
            verdict.kind,
            reply.touch_id,
            sequence.id if sequence else None,
            movement,  # type: ignore[arg-type]
            suppressed,
            verdict.back_on,
            verdict.revisit_on,
            proposal,
            paused,
            answered_card=effects.tell_card(session, matched.touch if matched else None, verdict),
        )

    def _judged(self, session: Session, verdict: Verdict, reply: Reply, now: datetime) -> str | None:
        counted = verdict.kind in ("hard_bounce", "soft_bounce") or effects.counts_as_complaint(verdict)
        if self._judge is None or not counted or not reply.domain:
            return None
        session.flush()
        return self._judge(session, reply.domain, now)

    def _answered(
        self, session: Session, mail: Incoming, verdict: Verdict, matched: Match | None, reply: Reply, text: str, now: datetime
    ) -> str | None:  # fmt: skip
        """Propose a call in the same thread where they are interested."""
        if verdict.kind != "positive" or matched is None or self._answerer is None or reply.sender is None:
            return None
        told = self._answerer.answer(session, _occasion(mail, verdict, matched, reply, text))
        return put_forward(session, told, now) if told is not None else None

    def _seal(self) -> Sealer:
        if self._sealer is None:
            self._sealer = Sealer(self._settings)
        return self._sealer


def reply_id(message_id: str) -> str:
    """Return the id of the reply that a mail with this Message-ID is."""
    if len(message_id) <= _ID_LENGTH:
        return message_id
    return f"{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()}@long.invalid"


def _complainant(mail: Incoming) -> str | None:
    """Who complained: the recipient that the report names, else the one of the mail that it returns."""
    for text in (mail.feedback.get("original-rcpt-to", ""), mail.header("x-hmxmroriginalrecipient"), mail.returned.get("to", "")):  # fmt: skip
        bare = text.rpartition("<")[2].strip("<> ")
        if compared_address(bare):
            return bare.lower()
    return None


def _recipient(mail: Incoming, verdict: Verdict, matched: Match | None) -> str | None:
    """Return whom the mail of ours was for: who failed, who complained, who answered; of a matched one, whom we wrote to."""
    if verdict.failures:
        told = next((one.recipient for one in verdict.failures if one.hard and one.recipient), None) or next((one.recipient for one in verdict.failures if one.recipient), None)  # fmt: skip
        return told or (matched.sequence.recipient.lower() if matched else None)
    if verdict.kind == "complaint":
        return matched.sequence.recipient.lower() if matched else _complainant(mail)
    if matched is not None and verdict.feedback:
        return matched.sequence.recipient.lower()
    return mail.sender.email if mail.sender and mail.sender.email else (matched.sequence.recipient.lower() if matched else None)  # fmt: skip


def _our_domain(mail: Incoming, matched: Match | None) -> str | None:
    """Return the domain that our mail left from."""
    texts = [matched.sender if matched else None, (matched.touch.marker or "").strip("<>") if matched else None]
    texts += [mail.returned.get("from", "").rpartition("<")[2].strip("<> ")]
    texts += [person.email for person in mail.recipients]
    return next((domain for text in texts if text and (domain := domain_of(text))), None)


def _detail(mail: Incoming, verdict: Verdict, matched: Match | None, settings: Settings, now: datetime) -> dict[str, object]:  # fmt: skip
    failure = next((one for one in verdict.failures if one.hard), None) or next(iter(verdict.failures), None)
    revisit = effects.revisit_day(verdict, now, settings) if verdict.kind == "not_now" else None
    told: dict[str, object | None] = {
        "subject": mail.subject[:300] or None,
        "words": verdict.words or None,
        "reason": failure.reason if failure else None,
        "status": failure.status if failure else None,
        "said": failure.said if failure else None,
        "failures": [
            {"recipient": one.recipient, "reason": one.reason, "status": one.status} for one in verdict.failures
        ]
        or None,
        "back_on": verdict.back_on.isoformat() if verdict.back_on else None,
        "revisit_on": revisit.isoformat() if revisit else None,
        "feedback": verdict.feedback,
        "left": verdict.left or None,
        "matched_by": matched.by if matched else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _occasion(mail: Incoming, verdict: Verdict, matched: Match, reply: Reply, text: str) -> Occasion:
    sequence, touch = matched.sequence, matched.touch
    thread = [f"<{one}>" for one in (*mail.references, *([mail.in_reply_to] if mail.in_reply_to else []))]
    assert reply.sender is not None
    return Occasion(
        reply_id=reply.id,
        kind=verdict.kind,
        text=text,
        words=verdict.words,
        subject=mail.subject or matched.subject,
        sender=reply.sender,
        sender_name=(mail.sender.name or "") if mail.sender else "",
        recipient=matched.sender or next((p.email for p in mail.recipients if p.email), ""),
        in_reply_to=f"<{mail.message_id}>",
        references=tuple(dict.fromkeys([*thread, f"<{mail.message_id}>"])),
        touch_id=touch.id,
        sequence_id=sequence.id,
        owner_id=sequence.owner_id,
        account_id=sequence.account_id,
        contact_id=sequence.contact_id,
        signal_id=sequence.signal_id,
        at=reply.at,
    )


def _name(mail: Incoming, recipient: str | None) -> str:
    return (mail.sender.name if mail.sender and mail.sender.name and mail.sender.email == recipient else None) or recipient or "Somebody"  # fmt: skip


def _queue(session: Session, reply: Reply, now: datetime) -> None:
    """What the CRM is to be told once it is connected."""
    identity = f"reply:{reply.id}"[:200]
    if session.get(CrmEntry, identity) is None:
        record = {"activity": reply.activity_id, "reply": reply.id, "kind": reply.kind, "touch": reply.touch_id}
        session.add(CrmEntry(id=identity, kind="reply", record=record, at=now))
