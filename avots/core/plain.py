"""Named tuples and frozen dataclasses as plain JSON, and back again by their type hints.

Values stand in the order of their fields. The names of the fields are kept apart (:func:`shapes_of`), so
that what was written by an earlier version is still read: what it did not know takes its default.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Shapes = Mapping[str, Sequence[str]]


def plain(value: object) -> object:
    """Return what JSON does not know as something it does; give it to ``json.dumps`` as ``default``.

    >>> plain(date(2026, 11, 2))
    '2026-11-02'

    :raises TypeError: for what is neither a day nor a dataclass
    """
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, name) for name in _names(type(value))]
    raise TypeError(f"{type(value).__name__} is not plain")


def shapes_of(kinds: Iterable[type]) -> dict[str, list[str]]:
    """Return the names of the fields of each kind, in order."""
    return {kind.__name__: list(_names(kind)) for kind in kinds}


def restored(kind: Any, value: Any, shapes: Shapes) -> Any:
    """Return a value of a kind from what :func:`plain` made of it.

    >>> restored(tuple[date, ...], ["2026-11-02"], {})
    (datetime.date(2026, 11, 2),)
    >>> restored(Mapping[int, str], {"7": "a"}, {})
    {7: 'a'}
    """
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return None if value is None else restored(args[0], value, shapes)
    if origin is tuple:
        kinds = [args[0]] * len(value) if args[-1] is Ellipsis else args
        return tuple(restored(one, item, shapes) for one, item in zip(kinds, value, strict=True))
    if origin in {list, Sequence}:
        return [restored(args[0], item, shapes) for item in value]
    if origin in {dict, Mapping}:
        return {restored(args[0], key, shapes): restored(args[1], item, shapes) for key, item in value.items()}
    if kind is date:
        return date.fromisoformat(value)
    if kind is int:
        return int(value)
    return _record(kind, value, shapes) if _names(kind) else value


def _record(kind: Any, value: Sequence[Any], shapes: Shapes) -> Any:
    hints = _hints(kind)
    known = zip(shapes.get(kind.__name__, _names(kind)), value, strict=True)
    return kind(**{name: restored(hints[name], item, shapes) for name, item in known if name in hints})


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """Return the fields of a named tuple or a dataclass; none for anything else."""
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    return tuple(getattr(kind, "_fields", ()))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in _names(kind)}
