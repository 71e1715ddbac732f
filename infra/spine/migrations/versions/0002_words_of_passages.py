"""Words of passages: the lexical index, in FTS5 on SQLite and as a text-search column on PostgreSQL

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # The stems are cut by our own code, so PostgreSQL is told to take words as they are.
        op.execute(
            "ALTER TABLE passages ADD COLUMN words_index tsvector GENERATED ALWAYS AS (to_tsvector('simple', stems)) STORED"
        )
        op.execute("CREATE INDEX ix_passages_words ON passages USING gin (words_index)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE passage_words USING fts5(stems, content='passages', content_rowid='id', detail='none', tokenize='unicode61')"
    )
    op.execute(
        "CREATE TRIGGER passages_words_in AFTER INSERT ON passages BEGIN"
        " INSERT INTO passage_words(rowid, stems) VALUES (new.id, new.stems); END"
    )
    op.execute(
        "CREATE TRIGGER passages_words_out AFTER DELETE ON passages BEGIN"
        " INSERT INTO passage_words(passage_words, rowid, stems) VALUES ('delete', old.id, old.stems); END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE passages DROP COLUMN words_index")
        return
    op.execute("DROP TABLE passage_words")
    op.execute("DROP TRIGGER passages_words_in")
    op.execute("DROP TRIGGER passages_words_out")
