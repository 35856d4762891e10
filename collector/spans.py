"""A span as it came over the wire: what decode hands to normalise."""

from dataclasses import dataclass, field

Value = str | int | float | bool | bytes | None | list["Value"] | dict[str, "Value"]
Attributes = dict[str, Value]


@dataclass(slots=True)
class Resource:
    """What produced the spans; shared by all spans of one ResourceSpans."""

    attributes: Attributes

    def text(self, key: str) -> str:
        """The attribute as text, empty when absent or not a string."""
        value = self.attributes.get(key)
        return value if isinstance(value, str) else ""


@dataclass(slots=True)
class Scope:
    """The instrumentation scope; shared by all spans of one ScopeSpans."""

    name: str
    version: str
    attributes: Attributes


@dataclass(slots=True)
class Event:
    """A span event."""

    time_ns: int
    name: str
    attributes: Attributes


@dataclass(slots=True)
class Link:
    """A span link; ids in hex."""

    trace_id: str
    span_id: str
    trace_state: str
    attributes: Attributes


@dataclass(slots=True)
class Span:
    """One span: ids in lower-case hex, times in nanoseconds since 1970, status 0 unset, 1 ok, 2 error."""

    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: Attributes
    status_code: int
    status_message: str
    resource: Resource
    scope: Scope
    events: list[Event] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class LogRecord:
    """One log record: ids in lower-case hex, empty where it names no span; `name` is its event's name.

    `position` is its place in the request, for records of one moment.
    """

    trace_id: str
    span_id: str
    time_ns: int
    name: str
    body: Value
    attributes: Attributes
    resource: Resource
    scope: Scope
    position: int = 0
