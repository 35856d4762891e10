"""Lists that came as flattened keys: `llm.input_messages.0.message.role` and its like (OpenInference, section 2)."""

from collector.spans import Attributes, Value

_LONGEST_INDEX = 9


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

    def add(self, path: str, key: str) -> None:
        """Say which attribute holds the leaf at this path."""
        self._keys[path] = key
        # `message.role` is a leaf, `message.contents.0.…` may be a list: most messages have none
        self._nested = self._nested or path.count(".") > 1

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
            if path.startswith(prefix):
                _file(found, path[len(prefix) :], key, self._attributes, self.taken)
        return [found[index] for index in sorted(found)]


def collect_lists(attributes: Attributes, prefixes: tuple[str, ...]) -> dict[str, list[Item]]:
    """The flattened lists under these prefixes, in their order, in one pass.

    A prefix is one or two names, each with its dot: so it is cut out of a key, not tried one after the other.
    """
    found: dict[str, tuple[dict[int, Item], set[str]]] = {}
    for key in attributes:
        if key.startswith(prefixes):
            first = key.find(".") + 1
            prefix = key[: key.find(".", first) + 1]
            if prefix not in prefixes:
                prefix = key[:first]
            lot = found.get(prefix)
            if lot is None:
                lot = found[prefix] = ({}, set())
            _file(lot[0], key[len(prefix) :], key, attributes, lot[1])
    return {prefix: [items[index] for index in sorted(items)] for prefix, (items, _) in found.items() if items}


def _file(items: dict[int, Item], tail: str, key: str, attributes: Attributes, taken: set[str]) -> None:
    """Put the key under its item; a key without an index belongs to no list."""
    index, _, path = tail.partition(".")
    if not path or not index.isdecimal() or len(index) > _LONGEST_INDEX:
        return
    number = int(index)
    item = items.get(number)
    if item is None:
        item = items[number] = Item(attributes, taken)
    item.add(path, key)
