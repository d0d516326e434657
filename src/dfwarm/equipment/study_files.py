"""Open the data files of a study: regular files only, no link followed, no file waited for."""

import errno
import os
import stat


def open_study_file(folder: int, name: bytes) -> int:
    """Open a regular file in an open folder. A link, a fifo or a device raises OSError and is never waited for."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor
