"""Errors as OTLP answers, and the limits that cause them."""

import gzip
import zlib
from typing import Any

import grpc
import pytest
import zstandard
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from collector.limits import InFlight, decompress
from collector.status import RETRY_AFTER_S, describe_failure, encode_failure, encode_retry_details
from schema import errors


# https://opentelemetry.io/docs/specs/otlp/#failures and #failures-1: 429 and 503 are retried, others are not
@pytest.mark.parametrize(
    ("error", "http", "code", "retried"),
    [
        (errors.DecodeError("x"), 400, grpc.StatusCode.INVALID_ARGUMENT, False),
        (errors.UnsupportedMediaType("x"), 415, grpc.StatusCode.INVALID_ARGUMENT, False),
        (errors.TooLarge("x"), 413, grpc.StatusCode.RESOURCE_EXHAUSTED, False),
        (errors.TooSlow("x"), 408, grpc.StatusCode.UNAVAILABLE, True),
        (errors.OverloadedError("x"), 429, grpc.StatusCode.RESOURCE_EXHAUSTED, True),
        (errors.JournalError("x"), 503, grpc.StatusCode.UNAVAILABLE, True),
        (errors.StoreUnavailable("x"), 503, grpc.StatusCode.UNAVAILABLE, True),
        (errors.Unauthenticated("x"), 401, grpc.StatusCode.UNAUTHENTICATED, False),
        (errors.Forbidden("x"), 403, grpc.StatusCode.PERMISSION_DENIED, False),
        (errors.RateLimited("x", 7), 429, grpc.StatusCode.RESOURCE_EXHAUSTED, True),
        (errors.QuotaUsedUp("x"), 403, grpc.StatusCode.FAILED_PRECONDITION, False),
        (errors.KeyFileError("x"), 503, grpc.StatusCode.UNAVAILABLE, True),
        (errors.RedactionError("x"), 500, grpc.StatusCode.INTERNAL, False),
    ],
)
def test_every_error_has_its_answer(
    error: errors.RunvaultError, http: int, code: grpc.StatusCode, retried: bool
) -> None:
    failure = describe_failure(error)
    assert (failure.http, failure.grpc, failure.retry_after_s > 0) == (http, code, retried)
    assert Status.FromString(encode_failure(failure, "application/x-protobuf")).code == code.value[0]


def test_a_refusal_for_now_says_when_to_come_back() -> None:
    status = Status.FromString(encode_retry_details(describe_failure(errors.OverloadedError("x"))))
    info = RetryInfo()
    assert status.details[0].Unpack(info)
    assert info.retry_delay == Duration(seconds=RETRY_AFTER_S)


def test_bytes_in_flight_are_bounded_and_given_back() -> None:
    room = InFlight(100)
    with room.open() as one:
        one.add(60)
        with room.open() as other:
            other.add(40)
            with pytest.raises(errors.OverloadedError):
                other.add(1)
        with room.open() as other:
            other.add(40)
    with room.open() as alone:
        alone.add(500)  # one request larger than the bound is let in alone, or it never could be
    with room.open() as one, room.open() as other:
        one.add(100)
        with pytest.raises(errors.OverloadedError):
            other.add(1)


@pytest.mark.parametrize("limit", [10, 1000])
@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstandard.ZstdCompressor().compress), ("", bytes)],
)
def test_the_limit_holds_after_decompression(encoding: str, compress: Any, limit: int) -> None:
    assert decompress(compress(b"x" * limit), encoding, limit) == b"x" * limit
    with pytest.raises(errors.TooLarge):
        decompress(compress(b"x" * (limit + 1)), encoding, limit)


def test_gzip_members_follow_each_other() -> None:
    assert decompress(gzip.compress(b"one") + gzip.compress(b"two"), "gzip", 100) == b"onetwo"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_broken_data_is_said_to_be_broken(encoding: str) -> None:
    with pytest.raises(errors.DecodeError):
        decompress(b"\x00\x01\x02 not it", encoding, 100)
