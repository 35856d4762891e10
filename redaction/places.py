"""Where: the data class of every column that holds a sender's text."""

from schema.columns import COLUMNS, Scan

_CLASSES: dict[str, tuple[str, ...]] = {
    "messages": ("InputMessages", "OutputMessages", "SystemInstructions"),
    "tools": ("ToolArguments", "ToolResult"),
    "documents": ("Documents",),
    "attributes": (
        "SpanAttributes", "PayloadAttributes", "ResourceAttributes", "ScopeAttributes", "Events.Attributes",
        "Links.Attributes",
    ),
    "people": ("UserId", "CustomerId", "SessionId", "ApprovalApprover"),
    "reasons": ("StatusMessage", "PolicyReason", "OutcomeReason", "Scores.Label", "Scores.Explanation"),
}  # fmt: skip
NAMES = "names"
"""Every other text: names of spans, agents, models, tools, workflows, and ids."""

DATA_CLASSES: tuple[str, ...] = (*_CLASSES, NAMES)
FIELDS: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.scan is not Scan.NONE)
_OF_FIELD = {field: name for name, fields in _CLASSES.items() for field in fields}


def class_of(field: str) -> str:
    """The data class of a column; `names` for one that is not listed, empty for a text that is in no column."""
    return _OF_FIELD.get(field, NAMES) if field else ""
