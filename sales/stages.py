"""The stages of a pipeline in their order, told from what the data holds.

For each pair of stages the strongest evidence decides which comes first: how the CRM itself defines them, a number in front of both names, the
probability that it gives them, how deals have moved between them, what the words usually mean, and last the order in which they were met.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sales.names import fold
from sales.outcome import DealStatus, status_of_word

_MEANINGS: tuple[tuple[float, str], ...] = (
    (0.5, "lead suspect inbound target raw new nouveau neu nuevo"),
    (1.0, "prospect prospecting prospection identify identified prospeccion prospezione akquise backlog"),
    (
        1.5,
        "contact contacted outreach engage engaging engaged connect connected reached kontakt contacto erstkontakt attempted",
    ),
    (
        2.0,
        "qualify qualification qualified qualifying qualifizierung qualifikation calificacion qualificazione mql sql sal bant unqualified",
    ),
    (2.5, "appointment appointmentscheduled meeting intro introduction termin rendez reunion"),
    (2.6, "qualifiedtobuy"),
    (
        3.0,
        "discovery discover understand needs analysis bedarf bedarfsanalyse assess assessment scoping scope explore research diagnose",
    ),
    (
        3.5,
        "demo demonstration presentation presentationscheduled present solution design develop value praesentation vorfuehrung",
    ),
    (4.0, "evaluate evaluation validate validation pilot trial poc proof technical test benefits"),
    (4.2, "decisionmakers id decision decisionmakerboughtin makers"),
    (4.4, "perception"),
    (
        5.0,
        "proposal propose quote quotation offer pricing price angebot devis oferta propuesta preventivo proposta estimate rfp shortlist",
    ),
    (
        6.0,
        "negotiate negotiation negotiating review redlines verhandlung negociation negociacion trattativa negociacao resolve procurement",
    ),
    (
        7.0,
        "legal contract contracting contractsent paperwork vertrag contrat contrato security approval close closing commit committed verbal",
    ),
    (7.5, "signature sign booking onboarding implementation"),
)
_POSITIONS = {word: position for position, words in _MEANINGS for word in words.split()}
_TIERS = {"open": 0, "won": 1, "lost": 2}


@dataclass(frozen=True)
class PlacedStage:
    """A stage with its place in the pipeline, counted from 0, and what a deal in it is."""

    name: str
    position: int
    status: DealStatus


def usual_place(name: str) -> float | None:
    """Return where a stage of this name usually stands, on a scale from 0 (a lead) to 8 (about to sign); None for unknown words."""
    places = [_POSITIONS[word] for word in re.findall(r"[^\W\d_]+", fold(name)) if word in _POSITIONS]
    return max(places) if places else None


def _number_in_front(name: str) -> int | None:
    found = re.match(
        r"\s*(?:stage|phase|step|s|etapa|stufe)?\s*[#(\[]?(\d{1,3})\s*(?:[-–.:)\]_|%]|\s|$)", name, re.IGNORECASE
    )
    return int(found[1]) if found else None


def order_stages(
    names: Sequence[str],
    *,
    moves: Mapping[tuple[str, str], int] | None = None,
    probabilities: Mapping[str, Decimal] | None = None,
    statuses: Mapping[str, DealStatus] | None = None,
    defined: Mapping[str, PlacedStage] | None = None,
) -> list[PlacedStage]:
    """Put stages in order: open ones first, then won, then lost.

    `moves` counts how often deals went from one stage to another, `probabilities` gives a stage's usual probability in percent,
    `statuses` says what deals in a stage are where its name does not; `defined` are stages as the CRM defines them, which is stronger than all else.
    The order of `names` decides what nothing else does.
    """
    unique = list(dict.fromkeys(names))
    known = defined or {}
    told = {
        name: known[name].status if name in known else status_of_word(name) or (statuses or {}).get(name, "open")
        for name in unique
    }
    evidence = _Evidence(unique, moves or {}, probabilities or {}, known)
    place = {name: index for index, name in enumerate(unique)}
    ahead = {
        name: sum(evidence.before(other, name) for other in unique if other != name and told[other] == told[name])
        for name in unique
    }
    ordered = sorted(unique, key=lambda name: (_TIERS[told[name]], ahead[name], place[name]))
    return [PlacedStage(name, position, told[name]) for position, name in enumerate(ordered)]


class _Evidence:
    """What is known of stages, asked pair by pair."""

    def __init__(
        self,
        names: Iterable[str],
        moves: Mapping[tuple[str, str], int],
        probabilities: Mapping[str, Decimal],
        defined: Mapping[str, PlacedStage],
    ) -> None:
        self._defined = {name: one.position for name, one in defined.items()}
        self._moves = moves
        self._probabilities = probabilities
        self._index = {name: index for index, name in enumerate(names)}
        self._numbers = {name: _number_in_front(name) for name in self._index}
        self._usual = {name: usual_place(name) for name in self._index}

    def before(self, first: str, second: str) -> bool:
        """Whether `first` comes before `second` by the strongest evidence that tells them apart."""
        pairs: tuple[tuple[object, object], ...] = (
            (self._defined.get(first), self._defined.get(second)),
            (self._numbers[first], self._numbers[second]),
            (self._probabilities.get(first), self._probabilities.get(second)),
        )
        for a, b in pairs:
            if a is not None and b is not None and a != b:
                return bool(a < b)  # type: ignore[operator]
        forward, back = self._moves.get((first, second), 0), self._moves.get((second, first), 0)
        if forward != back:
            return forward > back
        usual_a, usual_b = self._usual[first], self._usual[second]
        if usual_a is not None and usual_b is not None and usual_a != usual_b:
            return usual_a < usual_b
        return self._index[first] < self._index[second]
