"""The public job boards of Greenhouse, Lever and Ashby, and a feed, over HTTP on loopback; written from their documentation.

Greenhouse: https://developers.greenhouse.io/job-board.html#list-jobs
Lever: https://github.com/lever/postings-api/blob/master/README.md
Ashby: https://developers.ashbyhq.com/docs/public-job-posting-api
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GREENHOUSE: dict[str, Any] = {
    "jobs": [
        {
            "id": 127817,
            "internal_job_id": 144381,
            "title": "VP of Operations",
            "updated_at": "2026-11-22T10:55:28-05:00",
            "first_published": "2026-11-20T10:00:00-05:00",
            "requisition_id": "50",
            "location": {"name": "Reno"},
            "absolute_url": "https://boards.greenhouse.io/freefreight/jobs/127817",
            "metadata": None,
            "content": "&lt;p&gt;Run our &lt;strong&gt;docks&lt;/strong&gt;.&lt;/p&gt;",
            "departments": [{"id": 1, "name": "Operations", "parent_id": None, "child_ids": []}],
            "offices": [],
        },
        {"id": 127818, "title": "Accountant", "updated_at": "2026-11-21T09:00:00-05:00", "location": None, "absolute_url": "https://boards.greenhouse.io/freefreight/jobs/127818"},
    ],
    "meta": {"total": 2},
}  # fmt: skip
LEVER: list[dict[str, Any]] = [
    {
        "id": "5ac21346-8e0c-4494-8e7a-3eb92ff77902",
        "text": "Head of Logistics",
        "categories": {"commitment": "Full-time", "location": "Hamburg", "team": "Operations"},
        "createdAt": 1795000000000,
        "descriptionPlain": "You run our warehouses.",
        "hostedUrl": "https://jobs.lever.co/luislamps/5ac21346",
        "applyUrl": "https://jobs.lever.co/luislamps/5ac21346/apply",
    }
]
ASHBY: dict[str, Any] = {
    "apiVersion": "1",
    "jobs": [
        {
            "title": "Dock Scheduler",
            "location": "Remote",
            "department": "Operations",
            "isListed": True,
            "publishedAt": "2026-11-21T08:00:00.000+00:00",
            "jobUrl": "https://jobs.ashbyhq.com/open/1",
            "descriptionPlain": "Plan our docks.",
        },
        {"title": "Secret project", "isListed": False, "publishedAt": "2026-11-21T08:00:00Z", "jobUrl": "https://jobs.ashbyhq.com/open/2"},
    ],
}  # fmt: skip
FEED = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>News</title>
<item><title>Free Freight raises $5 million in Series A</title><link>https://news.example/1</link><guid>n-1</guid>
<pubDate>Sun, 22 Nov 2026 09:00:00 GMT</pubDate><description>&lt;p&gt;Free Freight &lt;script&gt;alert(1)&lt;/script&gt;has raised money.&lt;/p&gt;</description></item>
<item><title>Ten tips for your warehouse</title><link>https://news.example/2</link><guid>n-2</guid><pubDate>Sun, 22 Nov 2026 09:00:00 GMT</pubDate></item>
<item><title>Initech raises $9 million</title><link>https://news.example/3</link><guid>n-3</guid><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""


class Boards:
    """A server of boards. `hits` counts requests by path and status."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.hits: Counter[tuple[str, int]] = Counter()
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {
            "/v1/boards/freefreight/jobs?content=true": (200, {"ETag": '"g1"'}, json.dumps(GREENHOUSE).encode()),
            "/v0/postings/luislamps?mode=json": (200, {}, json.dumps(LEVER).encode()),
            "/posting-api/job-board/open": (200, {}, json.dumps(ASHBY).encode()),
            "/news.rss": (200, {"Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}, FEED),
        }


@contextmanager
def serve_boards() -> Iterator[Boards]:
    """Serve the boards for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = boards.pages.get(self.path, (404, {}, b"{}"))
            unchanged = "ETag" in headers and self.headers.get("If-None-Match") == headers["ETag"]
            unchanged |= (
                "Last-Modified" in headers and self.headers.get("If-Modified-Since") == headers["Last-Modified"]
            )
            if unchanged:
                status, body = 304, b""
            boards.hits[self.path, status] += 1
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    boards = Boards(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield boards
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
