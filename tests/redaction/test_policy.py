"""The policy: where, what and how; mistakes name their line; the version is that of the rules."""

from pathlib import Path

import pytest

from redaction.actions import Action, mask_text, parse_action
from redaction.places import DATA_CLASSES, FIELDS, class_of
from redaction.policy_file import default_policy, policy_from_mapping, read_policy
from redaction.redactor import Redactor
from schema.columns import BY_NAME, Scan
from schema.errors import ConfigError
from tests.redaction.conftest import COMPILED, KEY, build_redactor

MAIL = "ana@example.com"


def write(folder: Path, text: str, name: str = "policy.yaml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("entitys: {}\n", 1, "entitys: unknown key"),
        ("allow: []\nentities:\n  US_SSN: token\n  EMAIL: token\n", 4, "entities.EMAIL: unknown entity"),
        ("entities:\n  US_SSN: {how: token,\n    score: 2}\n", 3, "entities.US_SSN.score: expected a score"),
        ("entities:\n  US_SSN: shred\n", 2, "entities.US_SSN.how: unknown action"),
        ("entities:\n  US_SSN: {hwo: token}\n", 2, "entities.US_SSN.hwo: unknown key"),
        ("entities: [US_SSN]\n", 1, "entities: expected a table"),
        ("allow: [1]\n", 1, "allow: expected a text"),
        (
            "rules:\n- where: {class: messages}\n  how: drop\n- where:\n    clas: tools\n  how: drop\n",
            5,
            "clas: unknown key",
        ),
        ("rules:\n- where: {class: mesages}\n  how: drop\n", 2, "mesages: unknown"),
        ("rules:\n- where: {field: Nowhere}\n  how: drop\n", 2, "Nowhere: unknown"),
        ("rules:\n- what: [URL]\n  how: drop\n", 2, "URL: not among the entities"),
        ("rules:\n- what: all\n", 2, "expected how or score"),
        ("rules:\n- what: all\n  how: mask:x\n", 3, "unknown action"),
        ("time_limit_ms: fast\n", 1, "time_limit_ms: expected milliseconds"),
        ("entities:\n  US_SSN: token\n  US_SSN: drop\n", 3, "said twice"),
        ("entities: {\n", 2, "not YAML"),
        ("model: {engine: spacy}\n", 1, "model: expected name"),
        ("model: {name: m, labels: {PER: HUMAN}}\n", 1, "HUMAN: unknown entity"),
    ],
)
def test_mistake_names_file_and_line(tmp_path: Path, text: str, line: int, name: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        read_policy(file)
    assert str(raised.value).startswith(f"{file}:{line}: ")
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)


TOML = """host = "127.0.0.1"

[redaction]
allow = ["x@example.com"]

[redaction.entities]
US_SSN = "drop"
PHONE_NUMBER = { how = "mask:4", score = 3 }

[[redaction.rules]]
how = "drop"

[[redaction.rules]]
where = { class = "messages" }
how = "shred"
"""


@pytest.mark.parametrize(
    ("replace", "line"),
    [(("", ""), 8), (("score = 3", "score = 0.4"), 15), (("allow", "alow"), 4)],
)
def test_mistake_in_toml_names_the_line(tmp_path: Path, replace: tuple[str, str], line: int) -> None:
    file = write(tmp_path, TOML.replace(*replace), "runvault.toml")
    with pytest.raises(ConfigError, match=f"^{file}:{line}: "):
        read_policy(file)


def test_settings_may_name_a_file(tmp_path: Path) -> None:
    write(tmp_path, "entities: {US_SSN: drop}\n")
    settings = write(tmp_path, '[redaction]\npolicy = "policy.yaml"\n', "runvault.toml")
    policy = policy_from_mapping({"policy": "policy.yaml"}, "x", settings)
    assert policy.entities["US_SSN"].how == Action("drop")
    with pytest.raises(ConfigError, match=r"runvault\.toml:2: policy: "):
        policy_from_mapping({"policy": "policy.yaml", "allow": []}, "x", settings)
    with pytest.raises(ConfigError, match="cannot be read"):
        policy_from_mapping({"policy": "gone.yaml"}, "x", settings)


def test_version_is_of_the_rules() -> None:
    base = default_policy().version
    assert base == policy_from_mapping({}, "x").version == policy_from_mapping({"rules": []}, "x").version
    changes = (
        {"entities": {"BASE64": False}}, {"entities": {"US_SSN": 0.6}}, {"entities": {"US_SSN": "drop"}},
        {"allow": ["a"]}, {"rules": [{"how": "drop"}]}, {"rules": [{"how": "keep"}]},
        {"rules": [{"how": "keep", "where": {"tenant": "a"}}]},
    )  # fmt: skip
    versions = {policy_from_mapping(change, "x").version for change in changes}
    assert len(versions | {base}) == len(changes) + 1


def make(rules: dict[str, object]) -> Redactor:
    return build_redactor(policy_from_mapping(rules, "test"))


def test_where_decides_how() -> None:
    redactor = make(
        {
            "rules": [
                {"where": {"environment": ["dev", "test-*"]}, "how": "keep"},
                {"where": {"tenant": "acme", "class": "messages"}, "what": "EMAIL_ADDRESS", "how": "drop"},
                {"where": {"field": "UserId"}, "what": ["EMAIL_ADDRESS"], "how": "hash"},
                {"where": {"key": "http.*"}, "what": ["EMAIL_ADDRESS"], "how": "mask:4"},
            ]
        }
    )
    for _ in range(2):  # the second time from the cache
        assert redactor.at("t", "dev", "InputMessages").redact(MAIL).text == MAIL
        assert redactor.at("t", "test-7", "InputMessages").redact(MAIL).text == MAIL
        assert redactor.at("t", "prod", "InputMessages").redact(MAIL).text.startswith("<EMAIL_ADDRESS_")
        assert redactor.at("acme", "prod", "InputMessages").redact(MAIL).text == "<EMAIL_ADDRESS>"
        assert redactor.at("acme", "prod", "ToolResult").redact(MAIL).text.startswith("<EMAIL_ADDRESS_")
        assert len(redactor.at("t", "prod", "UserId").redact(MAIL).text) == len("<EMAIL_ADDRESS_>") + 32
        attributes = redactor.at("t", "prod", "SpanAttributes")
        assert attributes.key_matters("http.url")
        assert attributes.redact_value("http.url", MAIL).text == "***@******e.com"
        assert attributes.redact_value("db.url", MAIL).text.startswith("<EMAIL_ADDRESS_")


def test_score_allow_and_context_per_entity() -> None:
    redactor = make(
        {
            "entities": {
                "PHONE_NUMBER": {"score": 0.7, "context": ["hotline"]},
                "EMAIL_ADDRESS": {"allow": ["Support@Example.com"]},
            },
            "allow": ["ops@example.com"],
        }
    )
    assert redactor.redact("support@example.com ops@example.com", "t").findings == {}
    assert redactor.redact("bob@example.com", "t").findings == {"EMAIL_ADDRESS": 1}
    assert redactor.redact("ring 212-555-0123", "t").findings == {}  # 0.4
    assert redactor.redact("hotline 212-555-0123", "t").findings == {"PHONE_NUMBER": 1}  # 0.4 + 0.35


def test_seal_where_nothing_is_sealed_refuses_to_start() -> None:
    with pytest.raises(ConfigError, match="seal"):
        make({"entities": {"EMAIL_ADDRESS": "seal"}})


def test_what_is_sealed_gets_a_token() -> None:
    policy = policy_from_mapping({"entities": {"EMAIL_ADDRESS": "seal"}}, "test")
    sealing = Redactor(policy, KEY, COMPILED, seals=True)
    assert sealing.redact(MAIL, "t").text == build_redactor(default_policy()).redact(MAIL, "t").text


@pytest.mark.parametrize(
    ("value", "last", "masked"),
    [
        ("4111 1111 1111 1234", 4, "**** **** **** 1234"),
        ("ana@b.co", 4, "***@*.**"),
        ("12345678", 4, "****5678"),
        ("abc", 0, "***"),
    ],
)
def test_mask(value: str, last: int, masked: str) -> None:
    assert mask_text(value, last) == masked


def test_actions() -> None:
    assert parse_action("mask") == Action("mask", 4)
    assert parse_action("mask:2") == Action("mask", 2)
    for wrong in ("token:3", "mask:-1", "shred"):
        with pytest.raises(ValueError, match=wrong):
            parse_action(wrong)


def test_every_column_with_text_has_a_class() -> None:
    assert {class_of(field) for field in FIELDS} == set(DATA_CLASSES)
    assert all(BY_NAME[field].scan is not Scan.NONE for field in FIELDS)
