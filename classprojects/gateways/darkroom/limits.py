"""How much of a file is too much, and the exception that says so."""

from __future__ import annotations

import errno

MEGAPIXELS = 50
MAX_PIXELS = MEGAPIXELS * 1_000_000
MAX_SIDE = 12_000

MIN_DURATION_MS = 100
MAX_AUDIO_MS = 60 * 60 * 1000
MAX_VIDEO_MS = 30 * 60 * 1000
MAX_VIDEO_SIDE = 8_192
MAX_VIDEO_PIXELS = 36_000_000
MAX_STREAMS = 24
MAX_PACKETS = 600_000
MIN_SAMPLE_RATE = 4_000
MAX_SAMPLE_RATE = 192_000
MAX_CHANNELS = 8
MAX_PAGES = 200
MAX_TEXT = 400_000

# The part of a file that its first bytes promise and that must really be
# there; below it the file counts as cut off.
WHOLE = 0.9

#: errors of the machine, not of the file: ending in error lets it be tried again
DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE})


class Refusal(Exception):
    """A file that will not be taken, by code; `transcoder` has the words."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
