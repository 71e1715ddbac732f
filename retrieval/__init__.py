"""Finding evidence that the asker may see: passages, their vectors, the lexical index, and one hybrid ranking."""
