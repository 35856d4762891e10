"""What all texts of a redactor share."""

from typing import Protocol

from redaction.actions import Replacer
from redaction.cache import ResultCache
from redaction.keyed import KeyedValues
from redaction.scanner import Scanner


class Core(Protocol):
    """What a job needs of its redactor."""

    scanner: Scanner
    cache: ResultCache
    keyed: KeyedValues
    replacer: Replacer
