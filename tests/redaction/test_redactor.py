"""JSON stays JSON, tokens are consistent, failures close, nothing reaches the network."""

import json
import logging
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from redaction.findings import MARKER_FAILED
from redaction.policy_file import default_policy
from redaction.recognizers.credentials import secret_entity
from redaction.redactor import Redactor
from tests.redaction.conftest import build_redactor

CANARIES = ["ana@example.com", "4111 1111 1111 1111", "+1 212-555-0123", "DE89370400440532013000", "10.1.2.3"]


def test_clean_text_is_the_same_object(redactor: Redactor) -> None:
    for text in ("", "x", "a clean sentence", '{"a": [1, 2.5, null, true, "b"]}', "{not json"):
        assert redactor.redact(text, "t").text is text


def test_same_value_gives_same_token_within_a_tenant(redactor: Redactor) -> None:
    written = ["(212) 555-0123", "212-555-0123", "+1 212 555 0123", "+12125550123"]
    tokens = {redactor.redact(text, "a").text for text in written}
    assert len(tokens) == 1
    assert redactor.redact(written[0], "b").text not in tokens
    assert redactor.redact("Ana@Example.com", "a").text == redactor.redact("ana@example.com", "a").text
    assert redactor.redact("user=ana@example.com", "a").text == "user=" + redactor.redact("ana@example.com", "a").text


def test_json_in_json_in_json(redactor: Redactor) -> None:
    inner = json.dumps({"mail": "ana@example.com", "n": 1})
    middle = json.dumps([{"arguments": inner}, "plain"])
    result = redactor.redact(json.dumps({"content": middle}), "t")
    assert result.findings == {"EMAIL_ADDRESS": 1}
    arguments = json.loads(json.loads(json.loads(result.text)["content"])[0]["arguments"])
    assert arguments["n"] == 1
    assert arguments["mail"].startswith("<EMAIL_ADDRESS_")


def test_json_escapes_do_not_hide(redactor: Redactor) -> None:
    for text in (
        r'{"a":"\n2125550123"}',
        r'{"a":"ana\u0040example.com"}',
        r'["{\"a\":\"x\\nana@example.com\"}"]',
        r'["{\"a\":\"ana\\u0040example.com\"}"]',  # escaped twice: JSON in JSON
        r'["{\"a\":\"[\\\"ana\\\\u0040example.com\\\"]\"}"]',
        r'["{\"a\":\"postgres:\\/\\/u:pwana@host\\/db\"}"]',
        r'{"a":"ana\u0040example.com","b":NaN}',  # as Python writes it, and no JSON
        r'[{"arguments":"{\"to\":\"ana\\u0040example.com\"}"},{"text":"cut o',
        r'{"a":"postgres:\/\/u:pw12@host\/db"}',
        r'[{"text":"call\n212-555-0123\n"},{"text":"cut o',  # cut off by an attribute length limit
    ):
        result = redactor.redact(text, "t")
        assert sum(result.findings.values()) == 1, text
        assert "2125550123" not in result.text
        assert "ana" not in result.text


def test_json_keys_numbers_and_secret_keys(redactor: Redactor) -> None:
    text = '{"ana@example.com":1,"card":4111111111111111,"password":"swordfish","phone":2125550123,"n":2125550123}'
    result = redactor.redact(text, "t")
    tree = json.loads(result.text)
    assert result.findings == {"EMAIL_ADDRESS": 1, "CREDIT_CARD": 1, "PASSWORD": 1, "PHONE_NUMBER": 1}
    assert tree["n"] == 2125550123
    assert tree["password"].startswith("<PASSWORD_")


@pytest.mark.parametrize(
    "value",
    [
        "x 4111 1111 1111 1111 x",
        "ana@example.com",
        "Bearer a.b",
        "gh" + "p_FAKEFAKE",
        "pw",
        "$ecret1",
        "<x",
        "{p",
        "%a",
    ],
)
def test_value_under_a_secret_key_goes_whole(redactor: Redactor, value: str) -> None:
    once = redactor.redact_value("db.password", value, "t")
    assert sum(once.findings.values()) == 1
    assert not set(value.split()) - {"Bearer"} & set(once.text.split())
    assert redactor.redact_value("db.password", once.text, "t").text == once.text


def test_numbers_of_nobody_stay_numbers(redactor: Redactor) -> None:
    text = '{"phone":5,"n":[-1234567890123,123456789.0,12345678901234567890,-4111111111111112],"card":4111111111111112}'
    assert redactor.redact(text, "t").text is text


def test_equal_keys_after_redaction_lose_no_value(redactor: Redactor) -> None:
    result = redactor.redact('{"ana@example.com":1,"ANA@example.com":2}', "t")
    assert sorted(json.loads(result.text).values()) == [1, 2]


@pytest.mark.parametrize("opening", ["[", '{"a":', '["', "{"])
def test_deep_nesting_ends(redactor: Redactor, opening: str) -> None:
    result = redactor.redact(opening * 10_000 + " ana@example.com", "t")
    assert "ana@example.com" not in result.text


def test_depth_hides_nothing(redactor: Redactor) -> None:
    result = redactor.redact("[" * 200 + '"ana@example.com"' + "]" * 200, "t")
    assert "ana@" not in result.text
    assert result.findings == {"EMAIL_ADDRESS": 1}
    nested = '"ana@example.com"'
    for _ in range(12):
        nested = json.dumps([nested])
    assert "ana@" not in redactor.redact(nested, "t").text


def test_half_a_surrogate_pair_can_be_written(redactor: Redactor) -> None:
    result = redactor.redact("bad \ud800 ana@example.com", "t")
    assert "ana" not in result.text
    result.text.encode()


def test_fails_closed(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("secret text ana@example.com")

    broken_redactor = build_redactor(default_policy())
    monkeypatch.setattr(broken_redactor.scanner, "find", broken)
    result = broken_redactor.redact("write to ana@example.com", "t")
    assert result == (MARKER_FAILED, {}, 1)
    assert caplog.text == ""


def test_recogniser_that_gives_up_fails_closed(redactor: Redactor) -> None:
    with pytest.raises(Exception, match="gave up"):
        logging.getLogger("presidio-analyzer").warning("timed out on %s", "x")


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a redactor must not touch the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    result = build_redactor(default_policy()).redact("mail bob@some.unknown-domain.dev and 10.1.2.3", "t")
    assert result.findings == {"EMAIL_ADDRESS": 1, "IP_ADDRESS": 1}


PLAIN_KEYS = st.text(max_size=8).filter(lambda key: secret_entity(key) is None)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN_KEYS, inner, max_size=4),
    max_leaves=12,
)


def shape(node: Any) -> Any:
    if isinstance(node, dict):
        return [shape(value) for value in node.values()]
    return [shape(item) for item in node] if isinstance(node, list) else type(node)


def plant(node: Any, canary: str, at: list[int]) -> Any:
    """`node` with the canary put into every text leaf."""
    if isinstance(node, dict):
        return {key: plant(value, canary, at) for key, value in node.items()}
    if isinstance(node, list):
        return [plant(item, canary, at) for item in node]
    if isinstance(node, str):
        at[0] += 1
        return f"{node} {canary} {node}"
    return node


@given(tree=TREES, canary=st.sampled_from(CANARIES), ascii_only=st.booleans())
@example(tree="A A", canary="ana@example.com", ascii_only=False)  # a token is no mailbox in angle brackets
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_canary_in_any_leaf_is_gone(redactor: Redactor, tree: Any, canary: str, ascii_only: bool) -> None:
    planted = [0]
    tree = plant([tree, "x"], canary, planted)
    text = json.dumps(tree, ensure_ascii=ascii_only)
    result = redactor.redact(text, "t")
    assert canary not in result.text
    assert shape(json.loads(result.text)) == shape(tree)
    assert sum(result.findings.values()) >= planted[0]
    assert redactor.redact(result.text, "t") == (result.text, {}, 0)


@given(text=st.text(alphabet=st.sampled_from("0123456789abf@.:-+() xX/=\"'\\n{}[],pwé"), max_size=60))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_redacting_twice_changes_nothing(redactor: Redactor, text: str) -> None:
    once = redactor.redact(text, "t")
    assert once.failed == 0
    assert redactor.redact(once.text, "t").text == once.text


def test_measures_do_not_hide_numbers_inside_strings(redactor: Redactor) -> None:
    text = '{"score": 0.80443339265, "note": "call \\": 212.5550123, or 212.555.0123", "t": 1.5e-7}'
    result = redactor.redact(text, "t")
    assert "555.0123" not in result.text
    assert '"score": 0.80443339265' in result.text
    clean = '{"score": 0.80443339265, "p": 0.2125550123}'
    assert redactor.redact(clean, "t").text is clean
