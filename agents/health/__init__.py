"""How open deals stand: the facts, gathered set-based, the reasons that follow from them, and where they are kept."""
