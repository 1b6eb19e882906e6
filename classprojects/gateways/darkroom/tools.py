"""The tools that make one new original out of others, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from classprojects.gateways.darkroom import cutting, cutting_pictures, mixing


def make(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order to cut: `tool`, `inputs` (paths), `values` of the tool, `outdir`, `extension`."""
    target = Path(order["outdir"]) / f"cut.{order['extension']}"
    paths, values = [Path(path) for path in order["inputs"]], order["values"]
    match order["tool"]:
        case "sound":
            cutting.cut_sound(paths[0], target, values["from_ms"], values["to_ms"])
        case "film":
            cutting.cut_film(paths[0], target, values["from_ms"], values["to_ms"])
        case "still":
            cutting.take_still(paths[0], target, values["at_ms"])
        case "crop":
            cutting_pictures.crop(paths[0], target, **values)
        case "layer":
            cutting_pictures.lay_over(paths[0], paths[1], target, **values)
        case "mix":
            mixing.mix(paths, target, values["tracks"])
        case tool:
            raise ValueError(f"unknown tool {tool!r}")
    return {"file": target.name}
