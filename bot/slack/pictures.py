"""Pictures in Slack: uploaded to the workspace, where nobody could fetch them from us.

Steps: https://docs.slack.dev/messaging/working-with-files — an address to upload to, the bytes, and the word that they are there. Slack then looks at the
file in its own time; until it has, it refuses a message that shows it (`bot.slack.posting` tries again).
"""

from __future__ import annotations

import json
from dataclasses import replace

from bot.message import Chart, Message, with_charts
from bot.pictures.drawing import png_of
from bot.slack.web import Web
from infra.errors import DealwrightError
from infra.logs import logger

_LONGEST = 1_000
_LOG = logger("slack")


def uploaded(web: Web, message: Message) -> Message:
    """Return the message with each chart that it shows, and that has no address, uploaded; one that Slack does not take stays told in words. Blocks."""
    if not message.key:
        return with_charts(message, lambda chart: _uploaded(web, chart))
    # What is folded stands behind a button, and is told in words there: nothing is uploaded that hardly anybody opens.
    parts = tuple(_uploaded(web, part) if isinstance(part, Chart) else part for part in message.parts)
    return replace(message, parts=parts)


def _uploaded(web: Web, chart: Chart) -> Chart:
    if chart.url is not None or chart.upload is not None or (not chart.png and chart.picture is None):
        return chart
    png = png_of(chart)
    try:
        given = web.call(
            "files.getUploadURLExternal",
            filename="picture.png",
            length=len(png),
            alt_txt=chart.alternative[:_LONGEST],
        )
        web.upload(str(given.get("upload_url") or ""), png)
        file = str(given.get("file_id") or "")
        web.call("files.completeUploadExternal", files=json.dumps([{"id": file, "title": chart.title[:150]}]))
    except DealwrightError as error:
        # A workspace that gave us no right to upload still gets the figures, in words.
        _LOG.warning("picture not uploaded", exc_info=error)
        return chart
    return replace(chart, upload=file)
