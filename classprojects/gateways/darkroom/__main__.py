"""The child's end: one order as JSON on standard input; on standard output how far it is, then the answer.

Each line there is JSON: {"stage": …, "progress": 0 to 100} as often as there is news, at last
{"facts": …} or {"refusal": code, "facts": …}.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from classprojects.gateways.darkroom import progress
from classprojects.gateways.darkroom.limits import DISK_TROUBLE, Refusal

FILE_SIZE = 4 * 1024**3
PR_SET_PDEATHSIG = 1


def main() -> int:
    """Carry out one order, and answer it."""
    order = json.load(sys.stdin)
    set_limits(order["memory"], order["cpu_seconds"], order["background"])
    # Libraries that print do not spoil the answer.
    answer_file = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(stage: str, percent: int) -> None:
        json.dump({"stage": stage, "progress": percent}, answer_file)
        answer_file.write("\n")
        answer_file.flush()

    progress.report_to(say)
    answer: dict[str, Any]
    try:
        answer = {"facts": carry_out(order)}
    except Refusal as refusal:
        answer = {"refusal": refusal.code, "facts": refusal.facts}
    except MemoryError:
        answer = {"refusal": "too_heavy", "facts": {}}
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
            raise
        traceback.print_exc()
        answer = {"refusal": "crashed", "facts": {}}
    with answer_file:
        json.dump(answer, answer_file)
        answer_file.write("\n")
    return 0


def set_limits(memory: int, cpu_seconds: int, background: bool) -> None:
    """Cap memory (bytes), CPU time and file size; die with the parent; be nice."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    if sys.platform == "linux":
        # Elsewhere the address space is not a measure of memory.
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if background:
        os.nice(5)


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    """Do what the order names."""
    if order["act"] == "cut":
        from classprojects.gateways.darkroom import tools

        return tools.make(order)
    path = Path(order["path"])
    if order["act"] == "text":
        from classprojects.gateways.darkroom import document

        return document.read(path)
    if order["act"] == "identify":
        from classprojects.gateways.darkroom.identify import identify

        return identify(path, order.get("anchors"))
    outdir = Path(order["outdir"])
    if order["act"] == "image":
        from classprojects.gateways.darkroom import image

        return image.renditions(path, outdir, format_of(path))
    if order["act"] == "sign":
        from classprojects.gateways.darkroom import provenance

        return provenance.sign(path, outdir, order)
    if order["act"] == "clean" and order["kind"] == "image":
        from classprojects.gateways.darkroom import clean_picture

        return clean_picture.clean(path, outdir, format_of(path))
    if order["act"] == "clean":
        from classprojects.gateways.darkroom import clean_recording

        return clean_recording.clean(path, outdir, order["extension"], order["mime"])
    if order["act"] == "audio":
        from classprojects.gateways.darkroom import sound

        return sound.renditions(path, outdir, order["duration_ms"])
    if order["act"] == "video":
        from classprojects.gateways.darkroom import video

        return video.renditions(path, outdir, order["duration_ms"], order["poster_ms"])
    if order["act"] == "poster":
        from classprojects.gateways.darkroom import video

        return video.poster(path, outdir, order["poster_ms"])
    raise ValueError(f"unknown act {order['act']!r}")


def format_of(path: Path) -> str:
    """A picture's format by its first bytes; raises Refusal."""
    from classprojects.gateways.darkroom.identify import HEAD
    from classprojects.gateways.darkroom.image import picture_format

    with path.open("rb") as file:
        format_name = picture_format(file.read(HEAD))
    if format_name is None:
        raise Refusal("picture_unreadable")
    return format_name


if __name__ == "__main__":
    sys.exit(main())
