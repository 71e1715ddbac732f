"""Telling what a machine wrote from what a person wrote: by a mail's subject, where nothing else is known of it."""

from __future__ import annotations

import re

_AUTO_SUBJECT = re.compile(
    r"^\s*(?:re:\s*)?(?:auto(?:matic)?[ -]?(?:reply|response|antwort)|automatische antwort|autoreply|abwesen|abwesenheits|out of (?:the )?office|ooo\b|"
    r"réponse automatique|respuesta automática|resposta automática|risposta automatica|automatisch antwoord|vacation|"
    r"undeliver(?:able|ed)|delivery (?:status notification|failure|has failed)|mail delivery (?:failed|subsystem|failure)|returned mail|failure notice|"
    r"delivery notification|unzustellbar|non remis|message could not be delivered|mail system error|nondeliverable)",
    re.IGNORECASE,
)


def is_automatic_subject(subject: str) -> bool:
    """Return whether a subject is one of an auto-reply or a bounce, in the usual languages: nobody's word."""
    return bool(_AUTO_SUBJECT.match(subject))
