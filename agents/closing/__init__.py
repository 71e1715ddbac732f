"""Closing a call: from its notes to one card with tasks, a follow-up and the CRM changes, and from its one submit to what comes of each line."""
