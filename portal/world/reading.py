"""Read a world file: YAML into `portal.world.definition`, every value checked for its type before anything is loaded."""

import dataclasses
import types
import typing
from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from portal.world import checking
from portal.world.definition import World
from portal.world.errors import WorldFileError

WORLDS = Path(__file__).parent / "worlds"

Definition = TypeVar("Definition")

_KINDS: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false"}


class _StrictLoader(yaml.SafeLoader):
    """PyYAML lets the last of two equal keys win in silence; a world file is refused instead."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for index, key in enumerate(keys) if key in keys[:index]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the name `{twice}` stands twice in one mapping", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def path_of(world: str) -> Path:
    """Return the file of a bundled world (`anycompany`) or, when `world` ends in .yaml, that very file."""
    return Path(world) if world.endswith(".yaml") else WORLDS / f"{world}.yaml"


def read_world(world: str) -> World:
    """Return the definition of a bundled world or of a .yaml file; `WorldFileError` names file, place and what was expected."""
    path = path_of(world)
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise WorldFileError(str(path), "", "expected a readable world file; there is none") from error
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> World:
    return parse_world(path.read_text(encoding="utf-8"), source=path.name)


def parse_world(text: str, *, source: str) -> World:
    """Return the definition that YAML `text` holds; `source` is how errors name it."""
    try:
        raw = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader that refuses more
    except yaml.YAMLError as error:
        raise WorldFileError(source, "", f"expected well-formed YAML; {' '.join(str(error).split())}") from error
    world = _mapping(World, raw, source, "")
    checking.check(world, source=source)
    return world


def _mapping(wanted: type[Definition], raw: object, source: str, place: str) -> Definition:
    if not isinstance(raw, dict):
        raise WorldFileError(source, place, f"expected a mapping, found {_found(raw)}")
    fields = {field.name: field for field in dataclasses.fields(wanted)}  # type: ignore[arg-type]  # only dataclasses come here
    for name in raw:
        if name not in fields:
            raise WorldFileError(source, _join(place, str(name)), f"expected one of {', '.join(fields)}")
    for name, field in fields.items():
        if name not in raw and field.default is dataclasses.MISSING:
            raise WorldFileError(source, _join(place, name), "expected a value; it is missing")
    hints = typing.get_type_hints(wanted)
    return wanted(**{name: _value(hints[name], value, source, _join(place, name)) for name, value in raw.items()})


def _value(wanted: Any, raw: object, source: str, place: str) -> Any:
    if isinstance(wanted, types.UnionType):
        inner = next(part for part in typing.get_args(wanted) if part is not types.NoneType)
        return None if raw is None else _value(inner, raw, source, place)
    if typing.get_origin(wanted) is tuple:
        if not isinstance(raw, list):
            raise WorldFileError(source, place, f"expected a list, found {_found(raw)}")
        inner = typing.get_args(wanted)[0]
        return tuple(_value(inner, item, source, f"{place}[{index}]") for index, item in enumerate(raw))
    if dataclasses.is_dataclass(wanted):
        return _mapping(typing.cast("type[Any]", wanted), raw, source, place)
    if type(raw) is not wanted:
        raise WorldFileError(source, place, f"expected {_KINDS[wanted]}, found {_found(raw)}")
    return raw


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _found(raw: object) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    return f"`{raw}`" if not isinstance(raw, str) else "text"
