"""A Salesforce organization on loopback, with state: queries, describe, composite writes, upserts, jobs of the Bulk API 2.0, fields, OAuth.

Written from Salesforce's public documentation, as of 2026: developer.salesforce.com/docs/platform/api-rest/guide (resources-query, resources-queryall,
resources-query-more-results, resources-sobject-describe, resources-sobject-rows, resources-sobject-upsert, resources-composite-composite-post,
resources-composite-sobjects-collections-retrieve, intro-rest-conditional-requests, errorcodes, headers-api-usage),
.../api-asynch/guide (query-create-job, query-get-one-job, query-get-job-results), .../api-tooling (customfield), the SOQL and SOSL Reference, and
help.salesforce.com "INVALID_QUERY_LOCATOR" (two days; ten cursors a user), "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration",
"Proof Key for Code Exchange (PKCE) Extension".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlencode

import jwt

from tests.fakes.salesforce_described import DESCRIBED, VERSION, s256
from tests.fakes.salesforce_store import Invalid, Store, Values, has_bin
from tests.fakes.service import Answer, FakeService, Limit, Refusal, Request
from tests.fakes.soql import Query, SoqlError, parsed

_DATA = f"/services/data/{VERSION}"
_CURSORS = 10
_LONGEST_URL = 16_384
_CLIENT = "client-id"


class FakeSalesforce(FakeService):
    """An organization. `store` holds its records, and what people do in it; `page` is how many rows an answer has at most, `polls` how long a job takes."""

    described = DESCRIBED

    def __init__(self, *, limits: tuple[Limit, ...] = (), now: Callable[[], float] | None = None) -> None:
        super().__init__(limits=limits, **({"now": now} if now else {}))
        self.store = Store(lambda: self.now() + self.skew_s)
        self.page = 2_000
        self.polls = 1
        self.bulk = True
        self.refresh_token = "refresh"
        self.public_key: bytes | None = None
        self.locks: dict[str, int] = {}
        self.cursor_lasts_s = 172_800.0
        self.used, self.allowed = 0, 100_000
        self.hidden: set[tuple[str, str]] = set()
        self._cursors: dict[str, tuple[str, list[str], list[str], float]] = {}
        self._jobs: dict[str, tuple[Query, int]] = {}
        self._count = 0
        self._challenge = ""
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
            (method, re.compile(path), do)
            for method, path, do in (
                ("GET", rf"{_DATA}/(query|queryAll)", self._query),
                ("GET", rf"{_DATA}/query/(\w+-\d+)", self._more),
                ("GET", rf"{_DATA}/sobjects/(\w+)/describe", self._describe),
                ("POST", rf"{_DATA}/sobjects/(\w+)", self._create),
                ("PATCH", rf"{_DATA}/sobjects/(\w+)/(\w+__c)/([^/]+)", self._upsert),
                ("POST", rf"{_DATA}/composite/sobjects/(\w+)", self._read_many),
                ("POST", rf"{_DATA}/composite", self._composite),
                ("POST", rf"{_DATA}/jobs/query", self._new_job),
                ("GET", rf"{_DATA}/jobs/query/(\w+)", self._job),
                ("GET", rf"{_DATA}/jobs/query/(\w+)/results", self._results),
                ("POST", rf"{_DATA}/tooling/sobjects/CustomField", self._new_field),
                ("GET", r"/services/oauth2/userinfo", self._me),
                ("POST", r"/services/oauth2/token", self._token),
                ("GET", r"/services/oauth2/authorize", self._ask_a_person),
            )
        ]

    def object_of(self, request: Request) -> str:
        """Return the object whose records a request reads, "" where it reads none."""
        text = request.one("q") or (request.body.decode() if request.path.endswith("/jobs/query") else "")
        if found := re.search(r" FROM (\w+)", text):
            return found[1]
        if found := re.match(rf"{_DATA}/jobs/query/(\w+)", request.path):
            return self._jobs[found[1]][0].object_type if found[1] in self._jobs else ""
        if found := re.match(rf"{_DATA}/query/(\w+-\d+)", request.path):
            return self._cursors[found[1]][0] if found[1] in self._cursors else ""
        return ""

    def needs_token(self, request: Request) -> bool:
        """The token endpoint and the page on which a person consents need none."""
        return not request.path.endswith(("/oauth2/token", "/oauth2/authorize"))

    def refused(self, status: int, code: str, message: str) -> Answer:
        """Return an error as a list."""
        return Answer(status, [{"message": message, "errorCode": "INVALID_SESSION_ID" if status == 401 else code}])

    def breach(self, said: str, status: int = 400) -> Refusal:
        """Remember a request that breaks the documentation."""
        self.breaches.append(said)
        return Refusal(self.refused(status, "MALFORMED_QUERY", said))

    def handle(self, request: Request) -> Answer:
        """Route a request, and count it."""
        self.used += 1
        if self.used > self.allowed:
            raise Refusal(self.refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
        if sum(len(name) + len(value) + 2 for name, values in request.query.items() for value in values) > _LONGEST_URL:
            raise Refusal(Answer(414, "URI Too Long"))
        for method, pattern, do in self._routes:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                told = do(request, *found.groups())
                told.headers["Sforce-Limit-Info"] = f"api-usage={self.used}/{self.allowed}"
                return told
        raise self.breach(f"unknown endpoint {request.method} {request.path}", 404)

    def _of(self, object_type: str) -> dict[str, Values]:
        if object_type not in self.store.rows:
            raise Refusal(self.refused(404, "NOT_FOUND", "The requested resource does not exist"))
        return self.store.rows[object_type]

    def _parsed(self, text: str) -> Query:
        try:
            query = parsed(text)
        except SoqlError as error:
            raise self.breach(f"{error} in {text[:80]}") from error
        self._of(query.object_type)
        for name in query.named:
            if not self.store.has(query.object_type, name) or (query.object_type, name) in self.hidden:
                raise self.breach(f"INVALID_FIELD {name} of {query.object_type}")
        filtered = {name for name in query.named if name not in query.fields}
        for name in filtered:
            if not self.store.schema[query.object_type].get(name, {"filterable": True})["filterable"]:
                raise self.breach(f"{name} can't be filtered")
        return query

    def _found(self, query: Query, everything: bool) -> list[Values]:
        rows = [
            row
            for row in self._of(query.object_type).values()
            if (everything or not (row.get("IsDeleted") or row.get("IsArchived"))) and query.fits(row)
        ]
        for name in reversed(query.order):
            rows.sort(key=lambda row: (row.get(name) is not None, row.get(name)))
        return rows if query.limit is None else rows[: query.limit]

    def _query(self, request: Request, resource: str) -> Answer:
        if set(request.query) != {"q"}:
            raise self.breach("a query has one parameter, q")
        query = self._parsed(request.one("q"))
        rows = self._found(query, resource == "queryAll")
        if not query.fields:
            return Answer(200, {"totalSize": len(rows), "done": True, "records": []})
        return self._rows(query.object_type, query.fields, [row["Id"] for row in rows], 0)

    def _rows(self, object_type: str, fields: list[str], ids: list[str], start: int) -> Answer:
        some = ids[start : start + self.page]
        known = self.store.rows[object_type]
        records = [self.store.shown(object_type, known[one], fields) for one in some if one in known]
        body: Values = {"totalSize": len(ids), "done": start + self.page >= len(ids), "records": records}
        if not body["done"]:
            self._count += 1
            locator = f"0r8{self._count:015d}-{start + self.page}"
            self._cursors[locator] = (object_type, fields, ids, self.now())
            while len(self._cursors) > _CURSORS:
                self._cursors.pop(next(iter(self._cursors)))
            body["nextRecordsUrl"] = f"{_DATA}/query/{locator}"
        return Answer(200, body)

    def _more(self, request: Request, locator: str) -> Answer:
        known = self._cursors.get(locator)
        if known is None or self.now() - known[3] > self.cursor_lasts_s:
            raise Refusal(self.refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator"))
        return self._rows(*known[:3], int(locator.partition("-")[2]))

    def _describe(self, request: Request, object_type: str) -> Answer:
        self._of(object_type)
        fields = [one for name, one in self.store.schema[object_type].items() if (object_type, name) not in self.hidden]
        return Answer(200, {"name": object_type, "fields": fields, "recordTypeInfos": []})

    def _body(self, request: Request) -> Values:
        try:
            body = request.json
        except ValueError as error:
            raise self.breach("the body is no JSON") from error
        if not isinstance(body, dict):
            raise self.breach("the body is no object")
        return body

    def _invalid(self, error: Invalid) -> Refusal:
        told = self.refused(400, error.code, f"Value repeated by the service: {error.fields}")
        told.body[0]["fields"] = error.fields
        return Refusal(told)

    def _create(self, request: Request, object_type: str) -> Answer:
        self._of(object_type)
        try:
            identity = self.store.insert(object_type, self._body(request))
        except Invalid as error:
            raise self._invalid(error) from error
        if object_type == "FieldPermissions":
            self.hidden.discard((self._body(request)["SobjectType"], self._body(request)["Field"].partition(".")[2]))
        return Answer(201, {"id": identity, "success": True, "errors": []})

    def _upsert(self, request: Request, object_type: str, field: str, value: str) -> Answer:
        known = self.store.schema[object_type].get(field)
        if known is None or not known["externalId"]:
            raise self.breach(f"{field} is no external id")
        values, key = self._body(request), unquote(value)
        if field in values or "Id" in values:
            raise self.breach("the body of an upsert names neither its external id nor an id")
        same = [row for row in self._of(object_type).values() if row.get(field) == key and not row.get("IsDeleted")]
        try:
            if same:
                self.store.update(object_type, same[0]["Id"], values)
                return Answer(200, {"id": same[0]["Id"], "success": True, "errors": [], "created": False})
            identity = self.store.insert(object_type, {**values, field: key})
        except Invalid as error:
            raise self._invalid(error) from error
        return Answer(201, {"id": identity, "success": True, "errors": [], "created": True})

    def _read_many(self, request: Request, object_type: str) -> Answer:
        body = self._body(request)
        if set(body) != {"ids", "fields"} or not 1 <= len(body["ids"]) <= 2_000:
            raise self.breach("a read of many has 1 to 2,000 ids, and fields")
        unknown = [one for one in body["fields"] if not self.store.has(object_type, one)]
        if unknown:
            raise self.breach(f"INVALID_FIELD {unknown}")
        rows = [self._of(object_type).get(one) for one in body["ids"]]
        return Answer(
            200,
            [
                None if r is None or r.get("IsDeleted") else self.store.shown(object_type, r, body["fields"])
                for r in rows
            ],
        )

    def _composite(self, request: Request) -> Answer:
        body = self._body(request)
        asked = body.get("compositeRequest")
        if set(body) - {"allOrNone", "collateSubrequests", "compositeRequest"} or not isinstance(asked, list):
            raise self.breach("a composite request of another shape")
        if not 1 <= len(asked) <= 25 or len({one["referenceId"] for one in asked}) != len(asked):
            raise self.breach("1 to 25 subrequests, each with a reference of its own")
        answers = [self._checked(one) for one in asked]
        failed = any(status >= 300 for status, _ in answers)
        if not failed:
            for one in asked:
                _, _, object_type, identity = one["url"].rsplit("/", 3)
                self.store.update(object_type, identity, one["body"])
        elif body.get("allOrNone"):
            halted = [{"errorCode": "PROCESSING_HALTED", "message": "The transaction was rolled back."}]
            answers = [(status, told) if status >= 300 else (400, halted) for status, told in answers]
        else:
            raise self.breach("this fake knows all or none")
        return Answer(
            200,
            {
                "compositeResponse": [
                    {"body": told, "httpHeaders": {}, "httpStatusCode": status, "referenceId": one["referenceId"]}
                    for one, (status, told) in zip(asked, answers, strict=True)
                ]
            },
        )

    def _checked(self, one: Values) -> tuple[int, Any]:
        """Return how a subrequest would be answered, without doing it."""
        found = re.fullmatch(rf"{_DATA}/sobjects/(\w+)/(\w{{15,18}})", one["url"])
        if found is None or one["method"] != "PATCH":
            raise self.breach(f"subrequest {one['method']} {one['url']}")
        row = self._of(found[1]).get(found[2])
        if row is None or row.get("IsDeleted"):
            return 404, [{"errorCode": "NOT_FOUND", "message": "Provided external ID field does not exist"}]
        if self.locks.get(found[2], 0) > 0:
            self.locks[found[2]] -= 1
            return 400, [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access"}]
        since = one.get("httpHeaders", {}).get("If-Unmodified-Since")
        if since and row["LastModifiedDate"] > parsedate_to_datetime(since).timestamp():
            return 412, [{"errorCode": "PRECONDITION_FAILED", "message": "modified since"}]
        try:
            self.store.check(found[1], one["body"], creating=False)
        except Invalid as error:
            return 400, [{"errorCode": error.code, "message": "…", "fields": error.fields}]
        return 204, None

    def _new_job(self, request: Request) -> Answer:
        body = self._body(request)
        if set(body) - {"operation", "query", "contentType", "columnDelimiter", "lineEnding"}:
            raise self.breach("a job of another shape")
        if not self.bulk:
            raise Refusal(self.refused(400, "FEATURENOTENABLED", "Bulk API is not enabled."))
        query = self._parsed(body["query"])
        if body["operation"] not in ("query", "queryAll") or query.order or query.limit is not None:
            raise self.breach("a job's query of another kind")
        self._count += 1
        job = f"750{self._count:015d}"
        self._jobs[job] = (query, self.polls)
        return Answer(200, {"id": job, "operation": body["operation"], "state": "UploadComplete"})

    def _job(self, request: Request, job: str) -> Answer:
        if job not in self._jobs:
            raise Refusal(self.refused(404, "NOT_FOUND", "no such job"))
        query, left = self._jobs[job]
        if left < 0:
            return Answer(200, {"id": job, "state": "Failed", "errorMessage": "…"})
        self._jobs[job] = (query, max(0, left - 1))
        return Answer(200, {"id": job, "state": "InProgress" if left else "JobComplete"})

    def _results(self, request: Request, job: str) -> Answer:
        if set(request.query) - {"locator", "maxRecords"}:
            raise self.breach("unknown parameters")
        query, left = self._jobs.get(job, (None, 1))
        if query is None or left:
            raise Refusal(self.refused(404, "NOT_FOUND", "the job is not complete"))
        rows = self._found(query, everything=has_bin(query.object_type))
        start, most = int(request.one("locator") or 0), min(self.page, int(request.one("maxRecords", "50000")))
        sheet = io.StringIO()
        writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(query.fields)
        for row in rows[start : start + most]:
            shown = self.store.shown(query.object_type, row, query.fields)
            cells = [
                (shown.get(n.partition(".")[0]) or {}).get(n.partition(".")[2]) if "." in n else shown[n]
                for n in query.fields
            ]
            writer.writerow("" if one is None else str(one).lower() if isinstance(one, bool) else one for one in cells)
        following = str(start + most) if start + most < len(rows) else "null"
        return Answer(200, sheet.getvalue(), {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(most)})

    def fail_jobs(self) -> None:
        """Let every job fail from now on."""
        self.polls = -1

    def _new_field(self, request: Request) -> Answer:
        body = self._body(request)
        holder, _, name = body["FullName"].partition(".")
        told = body["Metadata"]
        if set(body) != {"FullName", "Metadata"} or not name.endswith("__c") or not {"type", "label"} <= set(told):
            raise self.breach("a field of another shape")
        if holder == "Activity" and told.get("unique"):
            raise self.breach("an activity's field can't be unique")
        for object_type in ("Task", "Event") if holder == "Activity" else (holder,):
            if name in self.store.schema[object_type]:
                raise Refusal(self.refused(400, "DUPLICATE_DEVELOPER_NAME", "there is one of that name"))
            types = {
                "Text": "string",
                "Number": "double",
                "Date": "date",
                "DateTime": "datetime",
                "Checkbox": "boolean",
            }
            self.store.add_field(
                object_type,
                name,
                types[told["type"]],
                told["label"],
                externalId=told.get("externalId", False),
                unique=told.get("unique", False),
            )
            # Nobody sees a new field until a permission set says so.
            self.hidden.add((object_type, name))
        return Answer(201, {"id": "00N000000000000001", "success": True, "errors": []})

    def _me(self, request: Request) -> Answer:
        return Answer(200, {"user_id": self.store.me, "organization_id": "00D000000000000001"})

    def _ask_a_person(self, request: Request) -> Answer:
        if request.one("response_type") != "code" or not request.one("client_id") or not request.one("redirect_uri"):
            raise self.breach("a consent needs response_type=code, client_id and redirect_uri")
        if bool(request.one("code_challenge")) != (request.one("code_challenge_method") == "S256"):
            raise self.breach("a challenge needs its method, S256")
        self._challenge = request.one("code_challenge")
        back = urlencode({"code": "consented", "state": request.one("state")})
        return Answer(302, "", {"Location": f"{request.one('redirect_uri')}?{back}"})

    def _token(self, request: Request) -> Answer:
        form = request.form
        kind, good = form.get("grant_type"), False
        if kind == "refresh_token":
            good = form.get("refresh_token") == self.refresh_token
        elif kind == "authorization_code":
            good = form.get("code") == "consented" and form.get("client_secret") == "secret"
            good = good and self._challenge in ("", s256(form.get("code_verifier", "")))
        elif kind == "urn:ietf:params:oauth:grant-type:jwt-bearer" and self.public_key:
            try:
                claim = jwt.decode(
                    form["assertion"],
                    self.public_key,
                    algorithms=["RS256"],
                    audience=self.url,
                    issuer=_CLIENT,
                    options={"verify_exp": False},
                )
                good = 0 < claim["exp"] - (self.now() + self.skew_s) <= 180 and claim["sub"] == "crm@seller.example"
            except jwt.PyJWTError:
                good = False
        if not good:
            return Answer(400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
        self._count += 1
        fresh = f"fresh-{self._count}"
        self.tokens = {fresh}
        given = {"access_token": fresh, "instance_url": self.url, "token_type": "Bearer", "scope": "api refresh_token"}
        return Answer(200, given | ({"refresh_token": self.refresh_token} if kind == "authorization_code" else {}))
