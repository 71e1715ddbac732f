"""Reading the small markup of a Message's texts, for every renderer: `**bold**`, `*quiet*`, `[3]`, and a backslash before what is meant as it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\\(?P<escaped>[\\*\[\]])|(?P<bold>\*\*)|(?P<quiet>\*)|\[(?P<mark>\d{1,4})\]", re.DOTALL)


@dataclass(frozen=True)
class Span:
    """A stretch of one kind. `mark` is the number of a piece of evidence; its `text` is then the number itself."""

    text: str
    bold: bool = False
    quiet: bool = False
    mark: int | None = None


def spans(text: str) -> list[Span]:
    """Return the stretches of a marked-up text in order, none of them empty. Marks that are never closed run to the end."""
    found: list[Span] = []
    words: list[str] = []
    bold = quiet = False

    def close() -> None:
        if words:
            found.append(Span("".join(words), bold, quiet))
            words.clear()

    at = 0
    for token in _TOKEN.finditer(text):
        words.append(text[at : token.start()])
        at = token.end()
        if token["escaped"]:
            words.append(token["escaped"])
            continue
        words[:] = [word for word in words if word]
        close()
        if token["bold"]:
            bold = not bold
        elif token["quiet"]:
            quiet = not quiet
        else:
            found.append(Span(token["mark"], bold, quiet, int(token["mark"])))
    words.append(text[at:])
    words[:] = [word for word in words if word]
    close()
    return found


def unmarked(text: str) -> str:
    """Return the text without its markup, as plain words; evidence stays as `[3]`."""
    return "".join(f"[{span.text}]" if span.mark is not None else span.text for span in spans(text))
