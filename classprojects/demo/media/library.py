"""Everything of the demo that is a file, made in the right order on all the processors there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from classprojects.demo.content.shapes import Media
from classprojects.demo.media import films, pictures, pieces, sound

PICTURES: dict[str, Callable] = {
    name: getattr(pictures, name)
    for name in (
        "door", "two_doors", "hand_map", "crossing", "weave", "washed", "storm", "dusk", "dusk_train", "paper_harbour", "paper_salt",
        "harbour_on_salt", "breath", "many_hands", "landscape", "over_horizon", "kitchen", "in_motion", "letters", "radio", "portrait", "storyboard",
    )
}
SOUNDS: dict[str, Callable] = {
    **{
        name: getattr(pieces, name)
        for name in (
            "night_rain", "platform_kalimba", "hummed_seat", "kettle", "drawer", "swung_drawer", "four_strings", "slow_door", "salt", "storm_rows",
            "queue_hum", "queue_thirds", "everybody", "five_sounds", "kitchen_loop", "neighbour_loop", "read_aloud", "lesson_listening",
            "lesson_rhythm", "lesson_sound_first",
        )
    },
    "crossing_sound": pieces.crossing,
}
FILMS: dict[str, Callable] = {
    name: getattr(films, name)
    for name in (
        "curtain", "lift", "night_train", "lights_on", "falling_words", "weaving", "breathing", "both_ways", "steam", "fan", "backwards", "lesson", "plates",
    )
}


def make(media: Media, sources: list[Path], path: Path) -> Path:
    """Make one file at `path` from its recipe and the files that it builds on."""
    rng = np.random.default_rng(media.seed)
    if media.make in PICTURES:
        image = PICTURES[media.make](rng, [Image.open(source) for source in sources], **media.params)
        if path.suffix == ".png":
            # Ink and pencil have few colours: a palette says the same in a fifth of the bytes.
            image.quantize(16, dither=Image.Dither.NONE).save(path, optimize=False)
        else:
            image.save(path, quality=80)
    elif media.make in SOUNDS:
        heard = [Image.open(source) if source.suffix in (".jpg", ".png", ".webp") else sound.load(source) for source in sources]
        sound.save(SOUNDS[media.make](rng, heard, **media.params), path)
    else:
        films.save(FILMS[media.make](rng, sources, **media.params), path)
    return path


def make_all(recipes: Mapping[str, Media], folder: Path, workers: int | None = None) -> Iterator[tuple[str, Path]]:
    """Make every file, parents first, and give each name and path as it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    done: dict[str, Path] = {}
    left = dict(recipes)
    # The long ones first: films at the end would leave all processors but one waiting.
    order = sorted(left, key=lambda key: (left[key].make not in FILMS, bool(left[key].of)))
    with ProcessPoolExecutor(workers or min(4, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        running: dict[Future[Path], str] = {}
        while left or running:
            for key in [key for key in order if key in left]:
                media = left[key]
                if all(source in done for source in media.of):
                    del left[key]
                    running[pool.submit(make, media, [done[source] for source in media.of], folder / f"{key}{media.ending}")] = key
            if not running:
                raise ValueError(f"these build on each other or on nothing: {', '.join(sorted(left))}")
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                key = running.pop(future)
                done[key] = future.result()
                yield key, done[key]
