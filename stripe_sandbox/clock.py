"""What time it is in the sandbox.

The sandbox's own time is the real one plus an offset that only grows (the time
machine adds to it) and that a file tells to whoever wants to follow. A customer
made with a test clock lives in that clock's frozen time. While the engine
lives through the past, the time is that of the thing it is at.
"""

import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

DAY = 86400


class Clock:
    def __init__(self, store, file):
        self.store = store
        self.file = Path(file)
        self.moments = []
        self.tell()

    @property
    def offset(self):
        return self.store.setting("offset", 0)

    def now(self, test_clock=None):
        """Seconds since 1970 in the sandbox's time, or in a test clock's."""
        if self.moments:
            return self.moments[-1]
        frozen = test_clock and self.store.find("test_helpers.test_clock", test_clock)
        return frozen["frozen_time"] if frozen else int(time.time()) + self.offset

    @contextmanager
    def at(self, moment):
        """Let it be `moment`; used with the store's lock held, so that nobody else lives in it."""
        self.moments.append(moment)
        try:
            yield
        finally:
            self.moments.pop()

    def advance(self, seconds):
        self.store.set("offset", self.offset + seconds)

    def tell(self):
        """Write the offset to its file, whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".clock-")
        with os.fdopen(handle, "w") as out:
            out.write(f"{self.offset}\n")
        os.chmod(name, 0o644)
        os.replace(name, self.file)
