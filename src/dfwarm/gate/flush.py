"""The verb `flush`: a transfer counts as done when it would survive a loss of power."""

import os
import time

from dfwarm.equipment.durable import flush_file_system
from dfwarm.errors import PathUnreadable
from dfwarm.facts.flushed import Flushed


def flush_root(folder: bytes) -> Flushed:
    """Force the file system of a root to its disk. Raises PathUnreadable where the disk says that it could not."""
    began = time.monotonic()
    try:
        flush_file_system(folder)
    except OSError as error:
        raise PathUnreadable(f"{os.fsdecode(folder)} cannot be forced to its disk: {error.strerror}") from error
    return Flushed(folder, int((time.monotonic() - began) * 1000))
