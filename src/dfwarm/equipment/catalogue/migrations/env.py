"""How Alembic gets at the index: over the connection that the catalogue has open already."""

from alembic import context

from dfwarm.equipment.catalogue.layout import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
