"""A file of compiled databases, kept between starts; believed only when it is, byte for byte, what was stored.

digest (32 bytes) │ number of parts │ size of each │ the parts one after the other
"""

import hashlib
import os
import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

_DIGEST = 32


def load_parts(path: Path) -> list[bytes] | None:
    """The parts; None when there is no file or it is not what was stored."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, body = content[:_DIGEST], content[_DIGEST:]
    if hashlib.blake2b(body, digest_size=_DIGEST).digest() != digest:
        return None
    (count,) = struct.unpack_from("<Q", body)
    sizes = struct.unpack_from(f"<{count}Q", body, 8)
    return [body[start:stop] for start, stop in pairwise(accumulate(sizes, initial=8 + 8 * count))]


def store_parts(path: Path, parts: Sequence[bytes]) -> None:
    """Write beside, then rename: a reader sees the old file or the whole new one. Failing to keep it is no error."""
    body = struct.pack(f"<{1 + len(parts)}Q", len(parts), *map(len, parts)) + b"".join(parts)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.blake2b(body, digest_size=_DIGEST).digest() + body)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
