"""Sending mail: the outbox folder, SMTP, Gmail and Graph behind one small Protocol."""
