"""An exclusive lock on an open file that the operating system lets go of when its process ends."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import msvcrt

    def take_lock(file: int) -> bool:
        """Take the lock until the file is closed; False when somebody else has it."""
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def take_lock(file: int) -> bool:
        """Take the lock until the file is closed; False when somebody else has it."""
        try:
            # flock, not lockf: its locks belong to the open file, so two of one process see each other.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
