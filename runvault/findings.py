"""What `runvault doctor` finds: one line per check."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found, and what to do about it, if anything. Holds no value of a span."""

    check: str
    state: State
    found: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        """The same as a JSON object."""
        return {name: str(value) for name, value in asdict(self).items()}


def pass_check(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, State.OK, found)


def warn_check(check: str, found: str, advice: str) -> Finding:
    """Works, but somebody should look."""
    return Finding(check, State.WARN, found, advice)


def fail_check(check: str, found: str, advice: str) -> Finding:
    """Does not work, or must not be left so."""
    return Finding(check, State.FAIL, found, advice)
