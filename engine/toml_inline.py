"""Change a value within an inline table or a list as it is written; what stands beside it keeps its bytes."""

from __future__ import annotations

from engine.toml_scan import Entry, Keys, parts
from engine.toml_text import key_text


def within(value: str, path: Keys, put: str) -> str:
    """The value with `put` at this path in it. Raises ValueError where something on the way holds neither keys nor elements."""
    if not path:
        return put
    found = parts(value)
    for part in found:
        if path[: len(part.keys)] == part.keys:
            inner = within(value[part.value : part.value_end], path[len(part.keys) :], put)
            return value[: part.value] + inner + value[part.value_end :]
    if any(part.keys[: len(path)] == path for part in found):
        return within(without(value, path), path, put)
    return _added(value, found, path, put)


def without(value: str, path: Keys) -> str:
    """The value without what is at this path in it, and as it is where nothing is there."""
    found = parts(value)
    for place in range(len(found) - 1, -1, -1):
        part = found[place]
        if part.keys[: len(path)] == path:
            value = _taken_out(value, found, place)
            found = parts(value)
        elif path[: len(part.keys)] == part.keys:
            inner = without(value[part.value : part.value_end], path[len(part.keys) :])
            return value[: part.value] + inner + value[part.value_end :]
    return value


def _added(value: str, found: list[Entry], path: Keys, put: str) -> str:
    if value[:1] == "[":
        if path != (str(len(found)),):
            raise ValueError("a list has no such element")
        said = put
    elif value[:1] == "{":
        said = f"{'.'.join(map(key_text, path))} = {put}"
    else:
        raise ValueError("a plain value holds no keys")
    if found:
        end = found[-1].end
        return f"{value[:end]}, {said}{value[end:]}"
    return f"[{said}]" if value[0] == "[" else f"{{ {said} }}"


def _taken_out(value: str, found: list[Entry], place: int) -> str:
    part = found[place]
    if place + 1 < len(found):
        return value[: part.start] + value[found[place + 1].start :]
    if place:
        return value[: found[place - 1].end] + value[part.end :]
    return value[0] + value[-1]
