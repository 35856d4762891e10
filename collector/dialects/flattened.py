"""Lists that came as flattened keys: `llm.input_messages.0.message.role` and its like (OpenInference, section 2)."""

from functools import lru_cache
from typing import NamedTuple

from collector.spans import Attributes, Value

_LONGEST_INDEX = 9
_KEYS_REMEMBERED = 8192
_LONGEST_REMEMBERED = 200


class Item:
    """One item of a flattened list: its leaves by the path below its index.

    What is taken is remembered in `taken`, as whole attribute keys and for the whole list, so that a caller knows
    what it has moved.
    """

    __slots__ = ("_attributes", "_keys", "_nested", "taken")

    def __init__(self, attributes: Attributes, taken: set[str]) -> None:
        self._attributes = attributes
        self._keys: dict[str, str] = {}
        self._nested = False
        self.taken = taken

    def add(self, path: str, key: str, nested: bool) -> None:
        """Say which attribute holds the leaf at this path, and whether that may be in a list below this item."""
        self._keys[path] = key
        self._nested = self._nested or nested

    def take(self, path: str) -> Value:
        """The leaf's value, None when there is none."""
        key = self._keys.get(path)
        if key is None:
            return None
        self.taken.add(key)
        return self._attributes[key]

    def holds_only(self, paths: frozenset[str]) -> bool:
        """Whether the item has no other leaves than these."""
        return self._keys.keys() <= paths

    def look(self, path: str) -> Value:
        """The leaf's value without taking it."""
        key = self._keys.get(path)
        return None if key is None else self._attributes[key]

    def items(self, prefix: str) -> list["Item"]:
        """The items of a list below this one, in their order; the prefix ends with a dot."""
        if not self._nested:
            return []
        found: dict[int, Item] = {}
        for path, key in self._keys.items():
            place = _cut_tail(path, prefix) if path.startswith(prefix) else None
            if place is not None:
                _file(found, place, key, self._attributes, self.taken)
        return [found[index] for index in sorted(found)]


class FlattenedLists:
    """The flattened lists under some prefixes, each of one or two names with its dot.

    Where a key stands is remembered: spans repeat each other's keys.
    """

    def __init__(self, *prefixes: str) -> None:
        self._prefixes = frozenset(prefixes)
        self._find_place = lru_cache(_KEYS_REMEMBERED)(self._cut_key)

    def collect(self, attributes: Attributes) -> dict[str, list[Item]]:
        """The lists by prefix, their items in order, in one pass."""
        found: dict[str, tuple[dict[int, Item], set[str]]] = {}
        find_place = self._find_place
        for key in attributes:
            place = find_place(key) if len(key) <= _LONGEST_REMEMBERED else self._cut_key(key)
            if place is not None:
                lot = found.get(place.prefix)
                if lot is None:
                    lot = found[place.prefix] = ({}, set())
                _file(lot[0], place, key, attributes, lot[1])
        return {prefix: [items[index] for index in sorted(items)] for prefix, (items, _) in found.items()}

    def _cut_key(self, key: str) -> "_Place | None":
        first = key.find(".") + 1
        prefix = key[: key.find(".", first) + 1]
        prefix = prefix if prefix in self._prefixes else key[:first]
        return _cut_tail(key, prefix) if prefix in self._prefixes else None


class _Place(NamedTuple):
    """Where a key stands: under which prefix, in which item, as what, and whether that may be a list again."""

    prefix: str
    number: int
    path: str
    nested: bool


def _cut_tail(key: str, prefix: str) -> _Place | None:
    """The place of a key below a prefix; None for one without an index, which belongs to no list."""
    index, _, path = key[len(prefix) :].partition(".")
    if not path or not index.isdecimal() or len(index) > _LONGEST_INDEX:
        return None
    # `message.role` is a leaf, `message.contents.0.…` may be a list: most messages have none
    return _Place(prefix, int(index), path, path.count(".") > 1)


def _file(items: dict[int, Item], place: _Place, key: str, attributes: Attributes, taken: set[str]) -> None:
    item = items.get(place.number)
    if item is None:
        item = items[place.number] = Item(attributes, taken)
    item.add(place.path, key, place.nested)
