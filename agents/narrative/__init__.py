"""The narrative road without a model: what passed between the two sides, chosen and quoted, never retold."""
