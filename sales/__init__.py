"""The language of the field: nouns and rules as pure functions. No I/O, and nothing of ours is imported here."""
