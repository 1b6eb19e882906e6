"""Stripe's form encoding: `a[b][0][c]=v` to and from nested dicts and lists."""

import re
from urllib.parse import parse_qsl

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
MAX_DEPTH = 12


class Malformed(ValueError):
    """The body or query is not a form that Stripe could have been sent."""


def decode(text):
    """A form as nested dicts and lists of strings, still untyped.

    Lists come as `a[]=x`, `a[0]=x` or both; a later value of the same key wins.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=2000)
    except (UnicodeDecodeError, ValueError) as error:
        raise Malformed("The request could not be read as a form.") from error
    root: dict = {}
    for key, value in pairs:
        _put(root, _steps(key), value)
    return {key: _lists(value) for key, value in root.items()}


def _steps(key):
    found = KEY.fullmatch(key)
    if not found:
        raise Malformed(f"Invalid parameter name: {key[:80]}")
    steps = [found.group(1), *re.findall(r"\[([^\[\]]*)\]", found.group(2))]
    if len(steps) > MAX_DEPTH:
        raise Malformed(f"Parameter nested too deeply: {key[:80]}")
    return steps


def _put(root, steps, value):
    here = root
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        if step == "":
            # `a[]` opens the next element; `a[][b]` goes on in the last one unless it has `b` already.
            newest = str(len(here) - 1)
            goes_on = not last and isinstance(here.get(newest), dict) and steps[index + 1] not in here[newest]
            step = newest if goes_on else str(len(here))
        if last:
            here[step] = value
            return
        inner = here.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Malformed(f"Parameter given both as a value and as a group: {step[:80]}")
        here = inner


def _lists(value):
    if not isinstance(value, dict):
        return value
    if value and all(key.isascii() and key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def encode(params):
    """Nested dicts and lists as the flat `(key, text)` pairs that `decode` reads back."""
    return list(_flatten(params, ""))


def _flatten(value, prefix):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, f"{prefix}[{key}]" if prefix else str(key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _flatten(inner, f"{prefix}[{index}]")
    elif isinstance(value, bool):
        yield prefix, "true" if value else "false"
    elif value is not None:
        yield prefix, str(value)
