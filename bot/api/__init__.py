"""HTTP for programs: ask, search and import, with a bearer token; and health, readiness and metrics for those who run it."""
