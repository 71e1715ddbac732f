"""What people and systems write into the columns of an activity: its kind, who acted, how far it is."""

from __future__ import annotations

import re
from functools import lru_cache

from sales.names import fold
from sales.records import ActivityKind, Direction

_KINDS: tuple[tuple[ActivityKind, str], ...] = (
    (ActivityKind.TASK, "task todo reminder aufgabe tache tarea compito follow followup"),
    (
        ActivityKind.CALL,
        "call phone dial anruf telefonat telefon appel llamada chiamata telefonata ligacao cold voicemail ring",
    ),
    (
        ActivityKind.MEETING,
        "meeting event demo appointment visit lunch dinner workshop onsite termin besprechung besuch reunion rendez reunione riunione "
        "reuniao zoom teams webex conference webinar presentation session qbr review kickoff",
    ),
    (
        ActivityKind.MAIL,
        "mail email e-mail emails message sms linkedin inmail courriel correo posta nachricht letter fax reply brief whatsapp chat text",
    ),
    (ActivityKind.NOTE, "note notes notiz comment remark nota memo log update annotation"),
)
_KIND_OF = {word: kind for kind, words in reversed(_KINDS) for word in words.split()}
_IN = frozenset("inbound incoming received in eingehend eingegangen entrant recibido ricevuto recu".split())
_OUT = frozenset("outbound outgoing sent out ausgehend gesendet sortant enviado inviato envoye".split())
_SPOKEN = frozenset("connected held spoke attended met answered reached".split())
_NOT_REACHED = frozenset("voicemail unanswered busy missed unreachable bounced".split())
_BOOKED = frozenset("booked scheduled planned upcoming confirmed accepted invited geplant prevu programado".split())
_CANCELLED = frozenset("cancelled canceled declined noshow skipped deferred abgesagt annule cancelado deleted".split())
_OPEN = frozenset("open pending waiting started todo progress offen new overdue due assigned".split())
_DONE = frozenset(
    "done completed complete closed finished held sent received erledigt termine hecho connected attended logged".split()
)


def _words(text: str | None) -> list[str]:
    return re.findall(r"[^\W\d_]+", fold(text)) if text else []


@lru_cache(maxsize=4096)
def kind_of(text: str | None) -> ActivityKind | None:
    """Return what a type column says: `Incoming Email` is a mail, `Demo` a meeting; None where it does not tell."""
    words = _words(text)
    if "e" in words and "mail" in words:
        return ActivityKind.MAIL
    return next((_KIND_OF[word] for word in reversed(words) if word in _KIND_OF), None)


@lru_cache(maxsize=4096)
def direction_of(text: str | None, kind: ActivityKind, status: str | None) -> Direction | None:
    """Return who acted, by a direction or type column; an outbound call that was answered is mutual. None where it does not tell."""
    words, outcome = set(_words(text)), set(_words(status))
    met = kind in (ActivityKind.CALL, ActivityKind.MEETING)
    if met and (
        (outcome | words) & _NOT_REACHED or {"no", "answer"} <= outcome | words or {"left", "message"} <= outcome
    ):
        return Direction.INBOUND if words & _IN else Direction.OUTBOUND
    if words & {"mutual", "both", "two"}:
        return Direction.MUTUAL
    if words & {"internal", "intern", "interne"}:
        return Direction.INTERNAL
    if words & _IN:
        return Direction.INBOUND
    if words & _OUT:
        return Direction.MUTUAL if met and outcome & _SPOKEN else Direction.OUTBOUND
    return None


@lru_cache(maxsize=4096)
def state_of(text: str | None) -> str | None:
    """Return done, booked, cancelled or open for a status column; None where it does not tell."""
    words = _words(text)
    joined = "".join(words)
    found = set(words)
    if found & _CANCELLED or joined in ("noshow", "didnotattend"):
        return "cancelled"
    if "not" in found and found & (_DONE | {"started"}):
        return "open"
    if found & _BOOKED:
        return "booked"
    if found & _OPEN:
        return "open"
    return "done" if found & (_DONE | _SPOKEN | _NOT_REACHED) or {"no", "answer"} <= found else None
