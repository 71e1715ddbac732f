"""Intake: what files hold becomes records of the spine, linked to each other, once, however often it is brought."""
