"""Every fault that the simulator can put into a study, with the finding that it must cause."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dfwarm.simulator import file_faults, image_faults, query_faults, record_faults
from dfwarm.simulator.finding import Finding, Place


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One way in which a study can be wrong.

    `inject` takes the study directory and a seed, harms the study once, and returns where. On one side it makes the
    pair differ; on both sides with the same seed it leaves them equal, and only an examination of the study finds it.
    """

    name: str
    inject: Callable[[Path, int], Place]
    expects: Finding


FAULTS = (
    Fault("dropped image", image_faults.drop_image, Finding.MISSING_IMAGE),
    Fault("orphan image", image_faults.add_orphan_image, Finding.ORPHAN_IMAGE),
    Fault("hidden image", image_faults.hide_image, Finding.MISSING_IMAGE),
    Fault("shared image", image_faults.share_image, Finding.SHARED_IMAGE),
    Fault("badly named image", image_faults.add_badly_named_image, Finding.BAD_IMAGE_NAME),
    Fault("empty image", image_faults.empty_image, Finding.EMPTY_IMAGE),
    Fault("spoilt image", image_faults.spoil_image_kind, Finding.UNKNOWN_IMAGE_KIND),
    Fault("truncated record", record_faults.truncate_record, Finding.FIELD_COUNT),
    Fault("delimiter in a text", record_faults.add_delimiter, Finding.FIELD_COUNT),
    Fault("wrong study", record_faults.set_wrong_study, Finding.WRONG_STUDY),
    Fault("wrong plate", record_faults.set_wrong_plate, Finding.WRONG_PLATE),
    Fault("bad stamp", record_faults.spoil_stamp, Finding.BAD_STAMP),
    Fault("duplicate primary", record_faults.add_duplicate_primary, Finding.DUPLICATE_PRIMARY),
    Fault("superseded version", record_faults.add_superseded_version, Finding.DUPLICATE_PRIMARY),
    Fault("orphan secondary", record_faults.add_orphan_secondary, Finding.ORPHAN_SECONDARY),
    Fault("Latin-1 text", record_faults.set_latin_text, Finding.LATIN_RECORD),
    Fault("free-floating query", query_faults.add_free_floating_query, Finding.FREE_FLOATING_QUERY),
    Fault("duplicate query", query_faults.add_duplicate_query, Finding.DUPLICATE_QUERY),
    Fault("unresolved query on a final record", query_faults.add_unresolved_on_final, Finding.UNRESOLVED_ON_FINAL),
    Fault("truncated journal", file_faults.truncate_journal, Finding.JOURNAL_SHRANK),
    Fault("rewritten journal", file_faults.rewrite_journal, Finding.JOURNAL_REWRITTEN),
    Fault("grown new queue", file_faults.grow_new_queue, Finding.NEW_QUEUE_GREW),
    Fault("unreadable setup file", file_faults.forbid_reading, Finding.UNREADABLE_FILE),
)
