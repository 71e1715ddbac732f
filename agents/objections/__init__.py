"""The objection library: what buyers objected to, what was answered, and what came of it, counted inside the asker's scope."""
