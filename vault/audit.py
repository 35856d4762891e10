"""The audit trail: who did what, when, from where and why, so that nothing can be taken out or changed unseen.

`append` comes back when the entry is on disk. So whoever answers a request appends first: what cannot be written
down is not done (AuditError, 503).
"""

import threading
from collections import deque
from pathlib import Path

from schema.errors import AuditError
from vault.caller import Caller
from vault.chain_file import ChainFile, Clock, read_clock
from vault.entry import Act, Entry


def audit_directory(data_dir: Path) -> Path:
    """Where the chain of a data directory is."""
    return data_dir / "audit"


class _Waiting:
    """An act on its way to the disk."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.entry: Entry | None = None
        self.error: AuditError | None = None


class AuditTrail:
    """The chain of one data directory. Safe to use from several threads, and beside other processes."""

    def __init__(self, directory: Path, clock: Clock = read_clock) -> None:
        self.file = ChainFile(directory, clock=clock)
        self._waiting: deque[_Waiting] = deque()
        self._writing = threading.Lock()

    def append(self, action: str, caller: Caller, object: str = "", reason: str = "", detail: str = "") -> Entry:  # noqa: A002 - the entry's word
        """Write down what is about to be done; on disk when this returns. Raises AuditError.

        Threads that come while another writes are written together by the next, with one sync.
        """
        mine = _Waiting(Act(action, caller, object, reason, detail))
        self._waiting.append(mine)
        with self._writing:
            if mine.entry is None and mine.error is None:
                self._write_waiting()
        if mine.error is not None:
            raise mine.error
        assert mine.entry is not None
        return mine.entry

    def _write_waiting(self) -> None:
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            entries = self.file.append([waiting.act for waiting in group])
        except AuditError as error:
            for waiting in group:
                waiting.error = error
            return
        for waiting, entry in zip(group, entries, strict=True):
            waiting.entry = entry


class NoTrail(AuditTrail):
    """The trail of a process that was given none: nothing can be written down, so nothing that must be is done."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"))

    def append(self, action: str, caller: Caller, object: str = "", reason: str = "", detail: str = "") -> Entry:  # noqa: A002, ARG002 - as in the base class
        """Refuse."""
        raise AuditError("this process has no audit trail")
