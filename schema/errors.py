"""Every error of Runvault, in one tree.

    RunvaultError                 knows `retryable`: may the same thing succeed later?
    ├── ConfigError               a setting or policy is wrong; stops the start with one line
    ├── DecodeError               the sender's bytes cannot be read
    │   ├── UnsupportedMediaType  neither protobuf nor JSON
    │   ├── TooLarge              over the size limit, before or after decompression
    │   └── TooSlow               the body did not arrive in time         retryable
    ├── RedactionError            the redactor could not do its work (the value is never in the text)
    │   └── OutOfTimeError        a text took longer than it may
    ├── JournalError              the journal cannot be written          retryable
    ├── OverloadedError           too many bytes in flight               retryable
    ├── AccessError               the caller may not
    │   ├── Unauthenticated       no key, or one that is wrong, expired or revoked
    │   ├── Forbidden             the key lacks the role
    │   ├── RateLimited           more spans a second than the key may    retryable
    │   └── QuotaUsedUp           more bytes a day than the key may
    ├── KeyFileError              the keys cannot be read                retryable
    ├── AuditError                the audit trail cannot be written      retryable
    ├── SealError                 a seal cannot be opened
    │   ├── WrongPassphrase       the opener's key file does not open with it
    │   ├── SealKeyMissing        the opener has no key for this tenant and day
    │   ├── SealKeyShredded       it had one, and it was shredded
    │   └── SealBroken            cut, altered, of another span or made for another key
    ├── BreakGlassError           originals are not opened
    │   ├── NotAllowed            not by this caller
    │   ├── NotNow                the request is not in the state for it
    │   └── TooOften              the key has opened as often as it may for now   retryable
    └── StoreError                ClickHouse said no
        ├── RowsRefused           it will never take these rows
        ├── StoreUnavailable      not reachable, out of time or memory   retryable
        │   └── MigrationUnderWay another process migrates it            retryable
        ├── StatementRefused      a guest's statement is not run, or ended with an error
        └── MigrationError        the schema on disk is not ours
One function maps them to OTLP answers (`collector/status.py`) and one to HTTP problems (`api/problems.py`).
"""


class RunvaultError(Exception):
    """Base of all; `retryable` says whether the same request may succeed later."""

    retryable: bool = False


class ConfigError(RunvaultError):
    """A setting, policy or price file is wrong. The message is one line and names the place."""


class DecodeError(RunvaultError):
    """The request cannot be decoded as what its content type says."""


class UnsupportedMediaType(DecodeError):
    """The content type or content encoding is not one that OTLP knows."""


class TooLarge(DecodeError):
    """The body is over the limit, compressed or decompressed."""


class TooSlow(DecodeError):
    """The sender did not send its body in time; it may try again."""

    retryable = True


class RedactionError(RunvaultError):
    """A detector failed. Callers put a marker in the place of the text; the text is never in the message."""


class OutOfTimeError(RedactionError):
    """A text took longer to look through than it may. What is not known to be clean is redacted whole."""


class JournalError(RunvaultError):
    """The journal cannot be written or read (disk full, read-only, I/O error)."""

    retryable = True


class OverloadedError(RunvaultError):
    """More bytes in flight than the service may hold."""

    retryable = True


class AccessError(RunvaultError):
    """The caller may not do this. The message never holds a key."""


class Unauthenticated(AccessError):
    """No key, or one that is wrong, expired or revoked."""


class Forbidden(AccessError):
    """The key lacks the role that this needs."""


class RateLimited(AccessError):
    """The key has sent more spans than it may for now; `retry_after_s` says when it may again."""

    retryable = True

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QuotaUsedUp(AccessError):
    """The key has sent as many bytes as it may today. Trying again helps only tomorrow."""


class KeyFileError(RunvaultError):
    """The file of API keys cannot be read or written: nobody is let in meanwhile."""

    retryable = True


class AuditError(RunvaultError):
    """The audit trail cannot be written, so what it would tell of is not done."""

    retryable = True


class SealError(RunvaultError):
    """A seal cannot be opened. The message never holds anything of what is in it."""


class WrongPassphrase(SealError):
    """The opener's key file does not open with this passphrase."""


class SealKeyMissing(SealError):
    """The opener has no key for the tenant and day of the seal."""


class SealKeyShredded(SealError):
    """The key of the tenant and day was shredded: what it sealed is gone for good, in every copy."""


class SealBroken(SealError):
    """The seal is cut or altered, belongs to another span, or was made for another key."""


class BreakGlassError(RunvaultError):
    """What was asked for may not be done. The message says why."""


class NotAllowed(BreakGlassError):
    """Somebody else may do this, the caller may not."""


class NotNow(BreakGlassError):
    """The request is not approved yet, or denied, or over."""


class TooOften(BreakGlassError):
    """The key has opened as often as it may; `retry_after_s` says when it may again."""

    retryable = True

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreError(RunvaultError):
    """ClickHouse refused a statement. `code` is ClickHouse's error code, 0 when there was none."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class RowsRefused(StoreError):
    """ClickHouse refuses these rows for what is in them, and would refuse them again."""


class StoreUnavailable(StoreError):
    """ClickHouse is not reachable, or out of time or memory."""

    retryable = True


class MigrationUnderWay(StoreUnavailable):
    """Another process is bringing the server's schema up to date."""


class StatementRefused(StoreError):
    """A statement that came through the SQL port is not run, or ended with an error. The message holds no value of a
    row and is for whoever sent it; `code` and `name` are ClickHouse's."""

    def __init__(self, message: str, code: int, name: str) -> None:
        super().__init__(message, code)
        self.name = name


class MigrationError(StoreError):
    """An applied migration was changed, or the store is newer than this program."""
