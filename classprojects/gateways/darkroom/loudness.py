"""How loud a sound is, as EBU R 128 measures it: integrated loudness and true peak.

The meter is FFmpeg's (`ebur128`, after ITU-R BS.1770-4, with its gates and, for true
peaks, fourfold oversampling). A single channel is measured as the two loudspeakers
that it comes out of (`dualmono`).
"""

from __future__ import annotations

import math
from typing import Any

import av

#: LUFS; what is quieter is silence (BS.1770's absolute gate)
SILENCE = -70.0


class Ear:
    """Listens to frames of planar floats at ``rate`` Hz as they pass, and says at the end how loud they were."""

    def __init__(self, rate: int, layout: str) -> None:
        self.graph = av.filter.Graph()
        source = self.graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout)
        meter = self.graph.add("ebur128", "peak=true:metadata=1" + (":dualmono=true" if layout == "mono" else ""))
        self.graph.link_nodes(source, meter, self.graph.add("abuffersink")).configure()
        self.loudness: float | None = None
        self.peak = 0.0

    def hear(self, frame: Any) -> None:
        """Take one frame in; None: there are no more."""
        self.graph.push(frame)
        while True:
            try:
                told = self.graph.pull().metadata
            except (av.BlockingIOError, EOFError):
                return
            if "lavfi.r128.I" in told:
                self.loudness = _number(told["lavfi.r128.I"])
            for name, value in told.items():
                if name.startswith("lavfi.r128.true_peaks_ch"):
                    self.peak = max(self.peak, _number(value) or 0.0)

    def facts(self) -> dict[str, float | None]:
        """``loudness`` in LUFS and ``true_peak`` in dBTP, both None for silence or what is too short to say."""
        self.hear(None)
        if self.loudness is None or self.loudness <= SILENCE or self.peak <= 0:
            return {"loudness": None, "true_peak": None}
        return {"loudness": round(self.loudness, 1), "true_peak": round(20 * math.log10(self.peak), 1)}


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
