"""Whether a deal is open, won or lost: read from the words and flags that CRMs and people use for it.

A status column decides before a stage, a stage before a forecast category or a probability. A word that only promises
(`verbally won`, `likely win`) closes nothing.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from sales.names import fold

DealStatus = Literal["open", "won", "lost"]
_Reading = Literal["open", "won", "lost", "closed"]

_WON = frozenset(
    "won closedwon closewon dealwon gewonnen gagne gagnee gagnes remporte remportee ganado ganada vinto vinta vinti ganho ganha wygrana wygrane "
    "wygrany vunnen vunnet vundet voitettu vyhrano vyhrana kazanildi gewonnene выиграна выиграно выигран 受注 赢单 成交 已成交 수주".split()
)
_LOST = frozenset(
    "lost closedlost closelost deallost abandoned abandon disqualified unqualified cancelled canceled dead withdrawn discarded archived deleted "
    "verloren perdu perdue perdus perdido perdida perso persa persi przegrana przegrane przegrany forlorad forlorat tapt tabt havitty havio "
    "prohrano prohrana kaybedildi abgesagt storniert annule annulee cancelado cancelada annullato annullata проиграна проиграно проигран 失注 输单 丢单 실주".split()
)
_WON_WHOLE = frozenset(
    {
        "win",
        "wins",
        "signed",
        "contract signed",
        "closed signed",
        "sold",
        "success",
        "successful",
        "order received",
        "converted to customer",
        "customer",
    }
)
_LOST_WHOLE = frozenset(
    {
        "loss",
        "no decision",
        "closed no decision",
        "rejected",
        "declined",
        "failed",
        "no sale",
        "not interested",
        "churned",
        "closed other",
    }
)
_CLOSED = frozenset(
    "closed close complete completed done geschlossen abgeschlossen ferme fermee cloture cerrado cerrada chiuso chiusa fechado fechada".split()
)
_OPEN = frozenset(
    "open active ongoing pending offen ouvert ouverte abierto abierta aperto aperta aberto aberta".split()
)
_OPEN_WHOLE = frozenset(
    {
        "in progress",
        "in process",
        "in bearbeitung",
        "en cours",
        "en curso",
        "in corso",
        "em andamento",
        "new",
        "working",
    }
)
_PROMISES = frozenset(
    "not no nicht kein pas non verbal verbally mundlich likely unlikely probable probably expected expecting pending potential almost soon nearly "
    "maybe possible risk if back contact contacted reactivate recover closing".split()
)


@lru_cache(maxsize=4096)
def _read(text: str) -> _Reading | None:
    words = re.findall(r"[^\W\d_]+", fold(text))
    if not words:
        return None
    whole = " ".join(words)
    if whole in _WON_WHOLE:
        return "won"
    if whole in _LOST_WHOLE:
        return "lost"
    if whole in _OPEN_WHOLE:
        return "open"
    promised = any(word in _PROMISES for word in words)
    if not promised and any(word in _WON for word in words):
        return "won"
    if not promised and any(word in _LOST for word in words):
        return "lost"
    if whole in _OPEN or words[0] in _OPEN:
        return "open"
    return "closed" if len(words) <= 2 and words[0] in _CLOSED else None


def status_of_word(text: str | None) -> DealStatus | None:
    """Return what a status or stage says by itself: `Closed Won` won, `Abandoned` lost, `Open` open; None where it does not tell."""
    reading = _read(text) if text else None
    return None if reading == "closed" else reading


def status_of(
    *,
    status: str | None = None,
    stage: str | None = None,
    forecast_category: str | None = None,
    probability: Decimal | None = None,
    loss_reason: str | None = None,
    amount: Decimal | None = None,
) -> DealStatus:
    """Return whether a deal is open, won or lost. `probability` is in percent, 0 to 100.

    `Closed` alone does not say how: then probability, forecast category and loss reason do, and after them whether there is an
    amount, as many exports write 0 for what was lost.
    """
    readings = [_read(text) if text else None for text in (status, stage)]
    for reading in readings:
        if reading in ("won", "lost"):
            return reading
    if "open" in readings[:1] or "closed" not in readings:
        return "open"
    if probability is not None and probability in (0, 100):
        return "won" if probability == 100 else "lost"
    if forecast_category and fold(forecast_category).strip() in ("closed", "won"):
        return "won"
    if loss_reason or (forecast_category and fold(forecast_category).strip() == "omitted"):
        return "lost"
    return "won" if amount else "lost"


def closed_moment(
    status: DealStatus, closed_at: datetime | None, close_date: date | None, zone: tzinfo
) -> datetime | None:
    """Return when a deal was closed: as told, else the start of its close date in `zone`; None for an open deal or where nothing tells."""
    if status == "open":
        return None
    if closed_at is not None:
        return closed_at
    return None if close_date is None else datetime.combine(close_date, time.min, tzinfo=zone)
