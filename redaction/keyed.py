"""Values that only their key gives away: `password`, `x-api-key`, `first_name`, `street_address`."""

from redaction.recognizers.addresses import ADDRESS_KEY, address_span
from redaction.recognizers.credentials import secret_entity, secret_span
from redaction.recognizers.kind import Span
from redaction.recognizers.name_keys import NAME_KEY, name_span

_MOST_KEYS = 10_000


class KeyedValues:
    """What a key says about its value. Remembers the keys it has seen."""

    def __init__(self) -> None:
        self._entities: dict[str, str | None] = {}

    def find_entity(self, key: str) -> str | None:
        """What a value under this key is: PASSWORD, SECRET, AUTH_HEADER, PERSON, STREET_ADDRESS, or None."""
        try:
            return self._entities[key]
        except KeyError:
            if len(self._entities) > _MOST_KEYS:
                self._entities.clear()
            entity = self._entities[key] = _find_entity(key)
            return entity

    def find_span(self, entity: str, value: str) -> Span | None:
        """Which part of the value must go; None when it is not what the key says (a placeholder, a tool's name)."""
        if entity == "PERSON":
            return name_span(value)
        return address_span(value) if entity == "STREET_ADDRESS" else secret_span(entity, value)


def _find_entity(key: str) -> str | None:
    secret = secret_entity(key)
    if secret is not None:
        return secret
    if NAME_KEY.search(key):
        return "PERSON"
    return "STREET_ADDRESS" if ADDRESS_KEY.search(key) else None
