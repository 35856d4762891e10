"""What becomes of entries once they are on disk: a thread of the process that owns the store copies them there and
signs heads.

    audit/shipping.json    {"shipped": the last entry in the store, "sending": the last of the insert at hand}

`sending` is written before an insert, so that after a crash the same entries are sent with the same token.
"""

import json
import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schema.errors import AuditError, StoreError
from schema.store import Store
from vault.audit import AuditTrail
from vault.audit_check import Json, check_chain
from vault.audit_export import read_exported_heads
from vault.audit_heads import HeadSigner, list_chains, read_heads, read_public_key
from vault.audit_store import insert_entries, list_stored_chains, walk_chain
from vault.chain_file import ChainReader
from vault.files import hold_lock, replace_file

log = logging.getLogger("runvault.audit")

BATCH = 5000


@dataclass(frozen=True, slots=True)
class KeeperSettings:
    """Where heads and their key are, how often heads are signed and entries copied, and for how many days entries are
    kept; 0 is for ever."""

    key_file: Path
    heads_directory: Path
    head_interval_s: float = 300.0
    poll_s: float = 0.5
    keep_days: int = 0


class AuditKeeper:
    """Keeps one data directory's trail. Several processes may: they take turns."""

    def __init__(self, trail: AuditTrail, store: Store, settings: KeeperSettings) -> None:
        self._trail = trail
        self._store = store
        self._settings = settings
        self._directory = trail.file.directory
        self._signer = HeadSigner(settings.key_file, settings.heads_directory)
        self._to_ship = ChainReader(self._directory)
        self._to_sign = ChainReader(self._directory)
        self._signed_at: float | None = None
        self._problem: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        """Begin, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Copy and sign what is left, and end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._keep(sign=True)

    def find_problem(self) -> str | None:
        """What keeps the trail from the store or from its heads, if anything."""
        return self._problem

    def flush(self) -> None:
        """Copy everything into the store now. Raises AuditError, StoreError."""
        try:
            with hold_lock(self._directory / "shipping.lock"):
                shipped, sending = self._read_state()
                if sending > shipped:
                    shipped = self._send(shipped, sending - shipped)
                while self._to_ship.read_after(shipped, 1):
                    shipped = self._send(shipped, BATCH)
        except OSError as error:
            raise AuditError(f"the audit trail cannot be copied: {error.strerror}") from error

    def sign(self) -> None:
        """Sign a head of the newest entry, and of each day's last, if that is not done. Raises AuditError."""
        last = self._trail.file.read_last()
        if last is None:
            return
        self._signed_at = time.monotonic()
        try:
            with hold_lock(self._directory / "signing.lock"):
                while entries := self._to_sign.read_after(self._signer.last_signed(last.chain), BATCH):
                    self._signer.sign(entries)
                shipped, _sending = self._read_state()
                self._trail.file.drop_files(min(shipped, self._signer.last_signed(last.chain)))
        except OSError as error:
            raise AuditError(f"signed heads cannot be written: {error.strerror}") from error

    def verify(self) -> list[Json]:
        """A report per chain: of the store's entries against the signed heads and this chain's own file.

        Raises AuditError, StoreError.
        """
        with suppress(AuditError):  # heads that cannot be written are told by `find_problem`; the old ones still hold
            self.sign()
        last = self._trail.file.read_last()
        heads = {
            chain: read_heads(self._settings.heads_directory, chain)
            for chain in list_chains(self._settings.heads_directory)
        }
        self.flush()
        expired_before = self._find_oldest_kept()
        reports = []
        for chain in sorted({*heads, *list_stored_chains(self._store)}):
            newest = (last.seq, last.hash) if last and last.chain == chain else None
            key = read_public_key(self._settings.heads_directory, chain)
            entries = walk_chain(self._store, chain)
            reports.append(check_chain(chain, entries, heads.get(chain, []), key, newest, expired_before))
        return reports

    def _find_oldest_kept(self) -> str:
        """The time before which entries may be gone; empty when none may."""
        if not self._settings.keep_days:
            return ""
        return (datetime.now(UTC).date() - timedelta(days=self._settings.keep_days)).isoformat()

    def read_heads(self) -> tuple[list[Json], dict[str, str]]:
        """The last signed head of each day, and the public keys of the chains in hex. Raises AuditError."""
        self.sign()
        return read_exported_heads(self._settings.heads_directory)

    def _run(self) -> None:
        while not self._stopping.wait(self._settings.poll_s):
            now = time.monotonic()
            try:
                self._keep(sign=self._signed_at is None or now - self._signed_at >= self._settings.head_interval_s)
            except Exception as error:  # noqa: BLE001 - the outermost loop: a defect must be told, and must not end it
                self._tell(f"a defect: {type(error).__name__}")

    def _keep(self, sign: bool) -> None:
        problems = []
        try:
            self.flush()
        except (AuditError, StoreError) as error:
            problems.append(f"entries wait for the store: {error}")
        try:
            if sign:
                self.sign()
        except AuditError as error:
            problems.append(str(error))
        self._tell("; ".join(problems) or None)

    def _tell(self, problem: str | None) -> None:
        if problem is not None and problem != self._problem:
            log.error("the audit trail needs a person problem=%s", problem)
        self._problem = problem

    def _send(self, shipped: int, most: int) -> int:
        entries = self._to_ship.read_after(shipped, most)
        if not entries:
            return shipped
        self._write_state(shipped, entries[-1].seq)
        insert_entries(self._store, entries)
        self._store.sync()  # what is noted as copied is not sent again, and its file goes
        self._write_state(entries[-1].seq, entries[-1].seq)
        return entries[-1].seq

    def _read_state(self) -> tuple[int, int]:
        try:
            state = json.loads((self._directory / "shipping.json").read_text("ascii"))
            return int(state["shipped"]), int(state["sending"])
        except FileNotFoundError:
            return 0, 0
        except (ValueError, KeyError, TypeError) as error:
            raise AuditError("audit/shipping.json is damaged") from error

    def _write_state(self, shipped: int, sending: int) -> None:
        state = {"shipped": shipped, "sending": sending}
        replace_file(self._directory / "shipping.json", json.dumps(state).encode())
