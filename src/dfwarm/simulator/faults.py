"""Every fault that the simulator can put into a study, with the finding that it must cause."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dfwarm.simulator import file_faults, image_faults, line_faults, query_faults, record_faults
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
    Fault("pipe in the place of an image", image_faults.put_pipe_for_image, Finding.UNREADABLE_IMAGE),
    Fault("lone high-resolution image", image_faults.add_lone_high_resolution, Finding.LONE_HIGH_RESOLUTION),
    Fault("half-written line", line_faults.cut_last_line, Finding.HALF_WRITTEN),
    Fault("blank line", line_faults.add_blank_line, Finding.BLANK_LINE),
    Fault("carriage return", line_faults.end_with_carriage_return, Finding.CARRIAGE_RETURN),
    Fault("NUL byte", line_faults.set_nul_byte, Finding.NUL_BYTE),
    Fault("over-long record", line_faults.set_long_text, Finding.OVER_LONG),
    Fault("endless line", line_faults.set_endless_text, Finding.ENDLESS_LINE),
    Fault("missing delimiter", line_faults.drop_last_delimiter, Finding.NO_DELIMITER),
    Fault("illegal status", line_faults.set_illegal_status, Finding.ILLEGAL_STATUS),
    Fault("illegal level", line_faults.set_illegal_level, Finding.ILLEGAL_LEVEL),
    Fault("illegal subject", line_faults.set_illegal_subject, Finding.ILLEGAL_KEY),
    Fault("bad modification stamp", line_faults.spoil_modification, Finding.BAD_MODIFICATION),
    Fault("impossible image", line_faults.set_impossible_image, Finding.IMPOSSIBLE_IMAGE),
    Fault("code outside its list", line_faults.set_code_outside_list, Finding.CODE_OUTSIDE_LIST),
    Fault("illegal usage of a query", query_faults.set_illegal_usage, Finding.ILLEGAL_QUERY_CODE),
    Fault("bad creation stamp of a query", query_faults.spoil_creation, Finding.BAD_STAMP),
    Fault("bad modification stamp of a query", query_faults.spoil_modification, Finding.BAD_MODIFICATION),
    Fault("bad resolution stamp of a query", query_faults.spoil_resolution, Finding.BAD_RESOLUTION),
    Fault("bad creation stamp of a reason", query_faults.spoil_reason, Finding.BAD_STAMP),
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
