"""One statement, from its text to the pieces of its answer: read, checked, written down, run.

What is checked is what runs: the engine writes the statement out of the checked tree, and its text is read and checked
again.
"""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from schema.errors import StatementRefused
from schema.guests import Binding, Guest, Guests
from sqldoor.native import frame_blocks, needs_frame, write_empty
from sqldoor.request import Asked
from sqldoor.settings import check_database, choose_settings
from sqldoor.statement import Checker, Statement, check_format
from vault.audit import AuditTrail
from vault.caller import Caller

NO_TREE = 36
"""BAD_ARGUMENTS: the engine has no tree of this statement, as for DESCRIBE."""
ACTION = "sql.read"


@dataclass(frozen=True, slots=True)
class Desk:
    """What every statement needs: the engine, what may be asked of it, and where it is written down."""

    guests: Guests
    checker: Checker
    trail: AuditTrail


class Work:
    """One statement. Its steps block and take turns; `stop` is for another thread."""

    def __init__(self, desk: Desk, caller: Caller, asked: Asked) -> None:
        self._desk = desk
        self.caller = caller
        self.asked = asked
        self._binding = Binding(caller.tenant, caller.environment)
        self._turn = threading.Lock()
        self._guest: Guest | None = None
        self._stopped = False
        self._ended = False
        self._pieces: Iterator[bytes] = iter(())
        self.form = ""

    def begin(self) -> None:
        """Check the statement, write it down, set it going. Raises StatementRefused, AuditError."""
        with self._turn:
            check_database(self.asked.named)
            settings = choose_settings(self.asked.named)
            reader = self._desk.guests.receive(self._binding, {})
            try:
                statement, text = self._read(reader)
            finally:
                reader.close()
            settings |= choose_settings(statement.settings)
            self.form = check_format(statement.form or self.asked.named.get("default_format", "")) or "TabSeparated"
            self._write_down(statement, text)
            # drivers ask which settings they may carry, and a session that is read-only says: none
            readonly = 2 if statement.system == {"settings"} and not statement.tables else 1
            guest = self._desk.guests.receive(self._binding, settings, readonly)
            self._guest = guest
            self._pieces = self._run(guest, statement, text)

    def next(self) -> bytes | None:
        """The next piece of the answer; None at its end. Raises StatementRefused."""
        with self._turn:
            if self._stopped:
                raise StatementRefused("the statement was stopped", 394, "QUERY_WAS_CANCELLED")
            piece = next(self._pieces, None)
            self._ended = piece is None
            return piece

    def stop(self) -> None:
        """Make the engine drop the statement, if it is not over."""
        self._stopped = True
        guest = self._guest
        if guest is not None and not self._ended:
            guest.stop()

    def close(self) -> None:
        """Let go of the engine, once the step at work is done."""
        with self._turn:
            self._stopped = True
            close = getattr(self._pieces, "close", None)
            if close is not None:
                close()
            if self._guest is not None:
                self._guest.close()
                self._guest = None

    def _read(self, reader: Guest) -> tuple[Statement, str]:
        try:
            tree = reader.parse(self.asked.text)
        except StatementRefused as error:
            if error.code != NO_TREE:
                raise
            statement = self._desk.checker.check_describe(reader.format(self.asked.text))
            return statement, statement.text
        statement = self._desk.checker.check(tree)
        text = reader.format_tree(tree)
        again = self._desk.checker.check(reader.parse(text))
        if again.form or again.settings or again.tables != statement.tables:
            raise StatementRefused("the statement reads in two ways", 62, "SYNTAX_ERROR")
        return statement, text

    def _write_down(self, statement: Statement, text: str) -> None:
        if statement.tables:
            digest = hashlib.sha256(text.encode()).hexdigest()
            self._desk.trail.append(ACTION, self.caller, f"sha256:{digest}", "", " ".join(sorted(statement.tables)))

    def _run(self, guest: Guest, statement: Statement, text: str) -> Iterator[bytes]:
        native = self.form == "Native"
        framed = native and needs_frame(self.asked.revision)
        empty = True
        for piece in guest.run(text, self.form, self.asked.parameters, whole=not statement.is_select):
            empty = empty and not piece
            yield frame_blocks(piece) if framed else piece
        if native and empty and statement.is_select:
            yield write_empty(guest.describe(text, self.asked.parameters), self.asked.revision)
