"""Checks of the data directory: permissions, space, key, journal, store. Nothing is made that is not there."""

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collector.recovery import FINISHED, OPEN
from collector.segment import read_segment
from runvault.build_journal import journal_directory
from runvault.build_retention import open_engine
from runvault.findings import Finding, fail_check, pass_check, warn_check
from runvault.settings import Settings
from schema.errors import JournalError, KeyFileError, StoreError
from schema.migrate import list_migrations
from schema.store import Store
from vault.key_file import key_file, read_keys

GIB = 1 << 30
LEAST_SPACE, GOOD_SPACE = GIB // 2, 5 * GIB
MANY_WAITING = 50
NEWCOMER = "not there yet; the first start makes it"


def check_directory(directory: Path) -> Finding:
    """The data directory, or the place where it will be made: writable, private, with room."""
    place = next(path for path in (directory, *directory.parents) if path.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return fail_check("data directory", f"{place} is not writable", "chown or chmod it, or choose another data_dir")
    free = shutil.disk_usage(place).free
    room = f"{free / GIB:.1f} GiB free"
    if free < LEAST_SPACE:
        return fail_check("data directory", room, "the journal cannot grow: make room, or move data_dir")
    if place == directory and stat.S_IMODE(place.stat().st_mode) & 0o077:
        return warn_check("data directory", f"{directory} is open to others", f"chmod 700 {directory}")
    if free < GOOD_SPACE:
        return warn_check("data directory", room, "a busy day may need more: make room, or move data_dir")
    return pass_check("data directory", f"{directory}, {room}" + ("" if place == directory else f"; {NEWCOMER}"))


def check_key(directory: Path) -> Finding:
    """The key of the tokens, if it was made already: readable by its owner only."""
    path = directory / "keys" / "redaction.key"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return pass_check("key", NEWCOMER)
    except OSError as error:
        return fail_check("key", f"{path}: {error.strerror}", "run as the user who owns the data directory")
    if mode & 0o077:
        return fail_check("key", f"{path} has mode {mode:o}", f"chmod 600 {path}")
    return pass_check("key", f"mode {mode:o}")


def check_api_keys(directory: Path) -> Finding:
    """The file of API keys, if there is one: readable, closed to others, with a key that still works."""
    path = key_file(directory)
    try:
        keys = read_keys(path).values()
        mode = stat.S_IMODE(path.stat().st_mode) if keys else 0
    except (KeyFileError, OSError) as error:
        return fail_check("api keys", str(error), "run as the user who owns the data directory; nobody is let in")
    if mode & 0o077:
        return fail_check("api keys", f"{path} has mode {mode:o}", f"chmod 600 {path}")
    now = time.time()
    valid = [key for key in keys if key.revoked_at is None and (key.expires_at is None or now < key.expires_at)]
    if keys and not valid:
        return warn_check("api keys", f"all of {len(keys)} revoked or expired", "runvault keys create")
    return pass_check("api keys", f"{len(valid)} valid" if keys else "none; loopback is open to everybody on it")


@contextmanager
def hold_lock(directory: Path) -> Iterator[str]:
    """Hold the data directory while it is looked at. Yields who has it instead, empty when nobody does."""
    try:
        lock = os.open(directory / "lock", os.O_RDWR)
    except OSError:
        yield ""
        return
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield _name_holder(os.fstat(lock).st_ino)
        else:
            yield ""
    finally:
        os.close(lock)


def check_journal(settings: Settings, holder: str) -> Finding:
    """Segments that wait, and those that a person must look at."""
    directory = journal_directory(settings)
    if not directory.exists():
        return pass_check("journal", NEWCOMER)
    try:
        dead = sorted((directory / "dead").glob(f"*{FINISHED}"))
        damaged = sorted(path for path in (directory / "quarantine").glob("*") if path.is_file())
        waiting = [path for path in directory.iterdir() if path.suffix in (OPEN, FINISHED)]
        reasons = {*map(_read_reason, dead), *map(_find_damage, damaged)}
    except OSError as error:
        return fail_check("journal", f"{directory}: {error.strerror}", "run as the user who owns the data directory")
    if dead or damaged:
        found = f"{len(dead)} dead, {len(damaged)} in quarantine: {'; '.join(sorted(reasons))}"
        return fail_check("journal", found, f"look into {directory}: these spans are not in the store")
    found = f"{len(waiting)} segments waiting"
    if waiting and not holder:
        return warn_check("journal", found, "start runvault serve (or runvault load --once) to load them")
    if len(waiting) > MANY_WAITING:
        return warn_check("journal", found, "the loader does not keep up: see runvault_load_failures_total")
    return pass_check("journal", found)


def check_store(settings: Settings, holder: str) -> Finding:
    """The store opens, and its schema is this program's. An embedded one that somebody has open is left alone."""
    embedded = not settings["store.url"]
    if embedded and holder:
        return pass_check("store", f"in use by {holder}")
    if embedded and not Path(settings.store_location).exists():
        return pass_check("store", NEWCOMER)
    try:
        store = open_engine(settings, readers=1, writers=1)
    except (StoreError, OSError) as error:
        return fail_check("store", f"does not open: {type(error).__name__}", "are URL, permissions and disk right?")
    try:
        return _compare_schema(store)
    except StoreError as error:
        return fail_check("store", str(error), "see the log of ClickHouse")
    finally:
        store.close()


def _compare_schema(store: Store) -> Finding:
    tables = store.query("SELECT name FROM system.tables WHERE database = currentDatabase()", tag="runvault.doctor")
    if {"name": "schema_migrations"} not in tables:
        return warn_check("store", "has no schema yet", "runvault serve or runvault migrate makes it")
    rows = store.query("SELECT Version, Checksum FROM schema_migrations FINAL", tag="runvault.doctor")
    applied = {int(row["Version"]): row["Checksum"] for row in rows}
    known = {migration.version: migration.checksum for migration in list_migrations()}
    if set(applied) - set(known):
        return fail_check("store", "its schema is newer than this program", "install the newer Runvault again")
    if any(known[number] != checksum for number, checksum in applied.items()):
        return fail_check("store", "an applied migration was changed", "use the Runvault that made this store")
    waiting = len(set(known) - set(applied))
    if waiting:
        return warn_check("store", f"{waiting} migrations to apply", "runvault serve or runvault migrate does it")
    return pass_check("store", f"schema {max(known):04d}, up to date")


def _read_reason(segment: Path) -> str:
    path = segment.with_name(f"{segment.name}.reason")
    return path.read_text("utf-8", "replace").strip()[:200] if path.exists() else "no reason noted"


def _find_damage(segment: Path) -> str:
    try:
        broken_at = read_segment(segment).broken_at
    except JournalError as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "looks whole now" if broken_at is None else f"damaged at byte {broken_at}"


def _name_holder(inode: int) -> str:
    """Who locks this file, from Linux's list of locks; without such a list, that somebody does."""
    try:
        for line in Path("/proc/locks").read_text().splitlines():
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
                return f"process {fields[4]}"
    except (OSError, IndexError):
        pass
    return "another process"
