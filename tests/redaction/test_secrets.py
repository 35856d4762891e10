"""Hits and near-misses of the kinds of secrets. All keys are made up; prefixes are joined so that scanners of
repositories do not take them for real ones."""

import json

import pytest

from redaction.recognizers.credentials import secret_entity
from redaction.redactor import Redactor

JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
KEYS = [
    "sk-" + "test-SECRET",
    "gh" + "p_FAKEFAKEFAKE",
    "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "sk-" + "proj-" + "A1b2" * 12,
    "sk-" + "ant-api03-" + "x9Y8" * 10,
    "sk-" + "1234567890abcdef",
    "AK" + "IAIOSFODNN7EXAMPLE",
    "AI" + "zaSyA1234567890abcdefghijklmnopqrstuv",
    "github" + "_pat_11ABCDEFG0abcdefghij_klmnop",
    "gl" + "pat-abcDEF123456_-xyzABC",
    "xox" + "b-123456789012-abcdefGHIJKL",
    "sk" + "_live_4eC39HqLyjWDarjtT1zdp7dc",
    "rk" + "_test_4eC39HqLyjWDarjtT1zdp7dc",
    "S" + "G.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr",
    "SK" + "0123456789abcdef0123456789abcdef",
    "npm" + "_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8",
    "pypi" + "-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDA",
    "hf" + "_AbCdEfGhIjKlMnOpQrStUvWxYz0123456",
    "rv" + "_abcDEF1234567890abcDEF",
]


@pytest.mark.parametrize("key", KEYS)
def test_redact_prefixed_key(redactor: Redactor, key: str) -> None:
    for frame in ("{}", "my key {} was pasted", "(key={})", "'{}'", "\nrate limit for key {}\n    at f"):
        result = redactor.redact(frame.format(key), "t")
        assert key not in result.text, frame
        assert sum(result.findings.values()) == 1, frame


CONTEXT = [
    ("JWT", f"cookie jar {JWT} end", JWT),
    ("CONNECTION_STRING", "postgres://app:s3cr3t@db.example.com:5432/x", "s3cr3t"),
    ("CONNECTION_STRING", "mongodb+srv://u:p%40ss@cluster0.mongodb.net", "p%40ss"),
    ("CONNECTION_STRING", "redis://:hunter2@cache:6379/0", "hunter2"),
    ("CONNECTION_STRING", "amqp://guest:pa/ss@mq/vhost", "pa/ss"),
    ("CONNECTION_STRING", "fetch https://bob:pw12@host/path", "pw12"),
    ("PASSWORD", "Server=db;User Id=sa;Password=Tr0ub4dor&3;", "Tr0ub4dor"),
    ("PASSWORD", "password: hunter2", "hunter2"),
    ("PASSWORD", "my password is hunter2!", "hunter2"),
    ("PASSWORD", "{'password': 'correct horse battery'}", "correct horse battery"),
    ("PASSWORD", "DB_PASSWORD=swordfish", "swordfish"),
    ("SECRET", 'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"', "wJalrXUtnFEMI"),
    ("SECRET", "api_key=abc123def", "abc123def"),
    ("SECRET", "AccountName=x;AccountKey=Zm9vYmFyYmF6cXV4;EndpointSuffix=core", "Zm9vYmFyYmF6cXV4"),
    ("SECRET", "GET /cb?access_token=q1w2e3r4t5 HTTP/1.1", "q1w2e3r4t5"),
    ("AUTH_HEADER", "Authorization: Bearer abc.def-123", "abc.def-123"),
    ("AUTH_HEADER", "authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("AUTH_HEADER", "curl -H 'Authorization: Token 9944b09199c62bcf'", "9944b09199c62bcf"),
    ("AUTH_HEADER", "Cookie: sid=8fh3k2; theme=dark", "8fh3k2"),
]


@pytest.mark.parametrize(("entity", "text", "secret"), CONTEXT)
def test_redact_secret_in_context(redactor: Redactor, entity: str, text: str, secret: str) -> None:
    result = redactor.redact(text, "t")
    assert secret not in result.text
    assert entity in result.findings


@pytest.mark.parametrize("kind", ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""])
def test_redact_whole_private_key(redactor: Redactor, kind: str) -> None:
    body = "\n".join(["MIIEowIBAAKCAQEA7bq3" * 3] * 5)
    pem = f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"
    result = redactor.redact(f"before\n{pem}\nafter", "t")
    assert result.findings == {"PRIVATE_KEY": 1}
    assert result.text.startswith("before\n<PRIVATE_KEY_")
    assert result.text.endswith(">\nafter")
    assert "MIIE" not in redactor.redact(f"cut off: {pem[:200]}", "t").text
    assert "MIIE" not in redactor.redact(pem.replace("\n", "\\n"), "t").text


def test_replace_data_uri_and_long_base64(redactor: Redactor) -> None:
    body = "MTIzNDU2Nzg5" * 40  # 480 characters, 360 bytes
    assert redactor.redact(f"data:image/png;base64,{body}", "t") == ("<BASE64_360_BYTES>", {"BASE64": 1}, 0)
    assert redactor.redact(f"blob {body} end", "t").text == "blob <BASE64_360_BYTES> end"
    both = json.dumps([f"data:a/b;base64,{body}", f"x {body}"])
    assert redactor.redact(both, "t").text == '["<BASE64_360_BYTES>","x <BASE64_360_BYTES>"]'.replace(",", ", ")
    lines = "\n".join(["TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuTWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsu"] * 5)
    assert redactor.redact(f"a\n{lines}\nb", "t").findings == {"BASE64": 1}
    rule = "-" * 300
    assert redactor.redact(rule, "t").text is rule


MISSES = [
    "the password is required",
    "password: please reset it",
    "password=None",
    "password=os.environ['DB_PASSWORD']",
    "api_key=settings.openai.api_key",
    "PASSWORD=${DB_PASSWORD}",
    '{"password": null}',
    '{"type": "string", "description": "the api key: required"}',
    "billing.password: upgrade_channel=25",
    "sk-learn and sk-fading-circle",
    "task-test-suite",
    "npm_config_registry",
    "hf_hub_download",
    "bearer of good news",
    "max_tokens=4096",
    "http://localhost:4317/v1/traces",
    "https://example.com/@user/post:1",
    "the secretary: Bob",
    "PWD=/home/app",
]


@pytest.mark.parametrize("text", MISSES)
def test_leave_near_miss(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text, "t") == (text, {}, 0)


@pytest.mark.parametrize(
    ("key", "entity"),
    [
        ("password", "PASSWORD"),
        ("db.userPassword", "PASSWORD"),
        ("apiKey", "SECRET"),
        ("x-api-key", "SECRET"),
        ("client_secret", "SECRET"),
        ("http.request.header.authorization", "AUTH_HEADER"),
        ("gen_ai.usage.input_tokens", None),
        ("next_page_token", None),
        ("gen_ai.server.time_to_first_token", None),
        ("secretary", None),
    ],
)
def test_tell_secret_by_key(key: str, entity: str | None) -> None:
    assert secret_entity(key) == entity
