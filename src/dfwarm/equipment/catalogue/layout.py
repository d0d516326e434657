"""The layout of the index: one row a record, with a check sum of the row itself."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

HEAD = "v0001"
"""The newest layout, as the migrations name it."""

METADATA = MetaData()

CYCLES = Table(
    "cycles",
    METADATA,
    Column("study", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("began_at", Text, nullable=False),
    Column("ended_at", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("failure", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("held_seconds_milli", BigInteger, nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("checksum", Text, nullable=False),
)
