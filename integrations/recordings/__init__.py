"""Recorders of meetings: what Zoom and Teams tell of a transcript that is ready, and how it is fetched."""
