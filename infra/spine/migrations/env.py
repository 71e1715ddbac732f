"""Alembic's entry: runs migrations on the connection that `Database.migrate` hands over."""

from alembic import context

from infra.spine.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_object=lambda _object, name, kind, _reflected, _other: (
        not (kind == "table" and str(name).startswith("passage_words"))
    ),
)
with context.begin_transaction():
    context.run_migrations()
