"""Foundations: settings, the spine's database, durable work, telemetry and errors."""
