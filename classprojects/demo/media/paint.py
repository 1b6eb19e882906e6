"""What the demo's pictures are made with: paper, ink, scissors, noise and grain.

Pictures are float arrays (height, width, 3) between 0 and 1 while they are being
made, and Pillow images when they are done. Shapes are drawn twice as large and
reduced, because Pillow draws without smoothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Array = np.ndarray
Point = tuple[float, float]

LARGER = 2


def colour(value: str) -> Array:
    """A hex colour as three floats between 0 and 1."""
    value = value.lstrip("#")
    return np.array([int(value[i : i + 2], 16) / 255 for i in (0, 2, 4)], dtype=np.float32)


def noise(rng: np.random.Generator, size: tuple[int, int], across: float, down: float | None = None) -> Array:
    """Smooth noise between 0 and 1, about `across` x `down` waves over (width, height)."""
    width, height = size
    down = across * height / width if down is None else down
    grid = rng.random((max(2, round(down) + 2), max(2, round(across) + 2)), dtype=np.float32)
    image = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(image, dtype=np.float32), 0, 1)


def speckle(rng: np.random.Generator, size: tuple[int, int]) -> Array:
    """Fine grain around 0: one tile repeated, which the eye does not notice."""
    width, height = size
    tile = rng.standard_normal((509, 541), dtype=np.float32)
    return np.tile(tile, (height // 509 + 1, width // 541 + 1))[:height, :width]


def mask(size: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw, int], None]) -> Array:
    """What `draw` draws (at LARGER times the size, white is inside) as 0 to 1."""
    width, height = size
    image = Image.new("L", (width * LARGER, height * LARGER))
    draw(ImageDraw.Draw(image), LARGER)
    return np.asarray(image.reduce(LARGER), dtype=np.float32) / 255


def scaled(points: Iterable[Point], by: float) -> list[Point]:
    return [(x * by, y * by) for x, y in points]


def polygons(size: tuple[int, int], *shapes: Sequence[Point]) -> Array:
    """A mask of filled polygons."""

    def draw(pen: ImageDraw.ImageDraw, k: int) -> None:
        for shape in shapes:
            pen.polygon(scaled(shape, k), fill=255)

    return mask(size, draw)


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> Array:
    return mask(size, lambda pen, k: pen.ellipse(((x - radius) * k, (y - radius) * k, (x + radius) * k, (y + radius) * k), fill=255))


def soften(area: Array, radius: float) -> Array:
    """A blurred mask, worked out at a quarter of the size: nobody sees it, and it is 16 times faster."""
    height, width = area.shape
    small = Image.fromarray((area * 255).astype(np.uint8)).resize((max(1, width // 4), max(1, height // 4)), Image.Resampling.BOX)
    small = small.filter(ImageFilter.GaussianBlur(radius / 4))
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32) / 255


def moved(area: Array, dx: int, dy: int) -> Array:
    """A mask shifted by whole pixels, empty where nothing came from."""
    out = np.zeros_like(area)
    height, width = area.shape
    out[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = area[
        max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
    ]
    return out


def extent(area: Array, margin: int) -> tuple[slice, slice] | None:
    """The part of the sheet where a mask has anything, and a margin around it."""
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    if not rows.size:
        return None
    return (
        slice(max(0, int(rows[0]) - margin), min(area.shape[0], int(rows[-1]) + 1 + margin)),
        slice(max(0, int(columns[0]) - margin), min(area.shape[1], int(columns[-1]) + 1 + margin)),
    )


class Sheet:
    """A sheet of tinted paper to print on and to glue paper to.

    Printing and gluing touch only the part of the sheet that the mask covers, and
    take their unevenness from a few fields that are made once.
    """

    def __init__(self, size: tuple[int, int], tint: str, rng: np.random.Generator, tooth: float = 0.018) -> None:
        self.size = size
        self.rng = rng
        width, height = size
        self._specks = speckle(rng, size)
        self._blotches = noise(rng, size, 9)
        self._fibres = noise(rng, size, width / 9, height / 18) - 0.5
        self.picture = np.clip(colour(tint) + (self._fibres * tooth * 2 + self._specks * tooth * 0.5)[..., None], 0, 1).astype(np.float32)

    def _somewhere(self, field: Array, part: tuple[slice, slice]) -> Array:
        """A piece of a field from another place each time, so that no two papers are the same."""
        tall, wide = part[0].stop - part[0].start, part[1].stop - part[1].start
        top = int(self.rng.integers(0, field.shape[0] - tall + 1))
        left = int(self.rng.integers(0, field.shape[1] - wide + 1))
        return field[top : top + tall, left : left + wide]

    def ink(self, area: Array, tint: str, *, strength: float = 0.95, patchy: float = 0.22, shift: tuple[int, int] = (0, 0)) -> None:
        """Print an area like a stencil duplicator: transparent ink, uneven cover, a little off register."""
        if shift != (0, 0):
            area = moved(area, *shift)
        part = extent(area, 0)
        if part is None:
            return
        cover = 1 - patchy * np.clip(self._somewhere(self._blotches, part) * 0.55 + self._specks[part] * 0.33, 0, 1)
        amount = (area[part] * cover * strength)[..., None]
        self.picture[part] *= 1 - amount * (1 - colour(tint))

    def glue(self, area: Array, tint: str, *, lift: int = 10, fibre: float = 0.02, shade: float = 0.42) -> None:
        """Glue a cut paper on top, with the shadow that it throws."""
        part = extent(area, lift * 4)
        if part is None:
            return
        grain = self._specks[part] * fibre * 0.6 + self._somewhere(self._fibres, part) * fibre
        self._lay(part, area[part], colour(tint) + grain[..., None], lift, shade)

    def paste(self, area: Array, picture: Array, *, lift: int = 10, shade: float = 0.42) -> None:
        """Glue a piece cut from another picture."""
        part = extent(area, lift * 4)
        if part is not None:
            self._lay(part, area[part], picture[part], lift, shade)

    def _lay(self, part: tuple[slice, slice], area: Array, paper: Array, lift: int, shade: float) -> None:
        sheet = self.picture[part]
        if shade:
            shadow = moved(soften(area, lift * 1.1), lift // 2, lift)
            sheet *= 1 - (shadow * shade)[..., None] * (1 - colour("#2b1d2e"))
        sheet += (paper - sheet) * area[..., None]

    def grain(self, amount: float) -> None:
        self.picture += (self._specks * amount)[..., None]

    def done(self) -> Image.Image:
        return to_image(self.picture)


def to_image(picture: Array) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8), "RGB")


def to_array(image: Image.Image, size: tuple[int, int] | None = None) -> Array:
    """A picture as floats, cut to `size` from its middle when one is given."""
    if size is not None and image.size != size:
        image = covering(image, size)
    return np.asarray(image.convert("RGB"), dtype=np.float32) / 255


def covering(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture scaled and cut so that it covers `size`."""
    width, height = size
    factor = max(width / image.width, height / image.height)
    big = image.resize((max(width, round(image.width * factor)), max(height, round(image.height * factor))), Image.Resampling.BICUBIC)
    left, top = (big.width - width) // 2, (big.height - height) // 2
    return big.crop((left, top, left + width, top + height))


def grey(picture: Array) -> Array:
    """How light each place is (channel by channel: numpy is slow along a short axis)."""
    return (picture[..., 0] + picture[..., 1] + picture[..., 2]) / 3


def blend(colours: Sequence[str], position: Array) -> Array:
    """Colours along a line: position 0 is the first, 1 the last."""
    stops = np.linspace(0, 1, len(colours))
    table = np.stack([colour(c) for c in colours])
    return np.stack([np.interp(position, stops, table[:, i]) for i in range(3)], axis=-1).astype(np.float32)


def bumpy(rng: np.random.Generator, count: int, steps: int) -> Array:
    """`count` values of a line that wanders between -1 and 1 with about `steps` turns."""
    knots = rng.uniform(-1, 1, steps + 3)
    place = np.linspace(0.5, steps + 1.5, count)
    left = place.astype(int)
    t = place - left
    t = t * t * (3 - 2 * t)
    return knots[left] * (1 - t) + knots[np.minimum(left + 1, steps + 2)] * t


def ridge(rng: np.random.Generator, size: tuple[int, int], level: float, height: float, turns: int, rough: float = 0.0) -> list[Point]:
    """A polygon from a wandering horizon down to the foot of the sheet."""
    width, bottom = size
    count = 220
    line = level + bumpy(rng, count, turns) * height
    if rough:
        line = line + rng.uniform(-rough, rough, count)
    xs = np.linspace(-20, width + 20, count)
    return [(-20, bottom + 20), *zip(xs.tolist(), line.tolist(), strict=True), (width + 20, bottom + 20)]


def torn(rng: np.random.Generator, points: Sequence[Point], rough: float, step: float = 9) -> list[Point]:
    """The same outline with a torn edge."""
    out: list[Point] = []
    drift = 0.0
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        length = max(1.0, float(np.hypot(x1 - x0, y1 - y0)))
        nx, ny = -(y1 - y0) / length, (x1 - x0) / length
        for t in np.arange(0, 1, step / length):
            drift = drift * 0.8 + float(rng.uniform(-rough, rough)) * 0.6
            out.append((x0 + (x1 - x0) * t + nx * drift, y0 + (y1 - y0) * t + ny * drift))
    return out
