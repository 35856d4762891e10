"""Reads a policy from YAML or TOML. Whatever is not understood refuses to start, with the file and the line."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml

from redaction.actions import ACTIONS, Action, parse_action
from redaction.places import DATA_CLASSES, FIELDS
from redaction.policy import Entity, Model, Policy, Rule, Where
from redaction.presidio import ENTITIES
from redaction.recognizers.blobs import BASE64
from schema.errors import ConfigError

DEFAULT_FILE = Path(__file__).with_name("default.yaml")
_KEYS = ("entities", "rules", "allow", "time_limit_ms", "model")
_ENTITY_KEYS = ("how", "score", "allow", "context")
_RULE_KEYS = ("where", "what", "how", "score")
_WHERE = {"tenant": "tenant", "environment": "environment", "class": "data_class", "field": "field", "key": "key"}
_FIRST_SCORE = 0.4  # of an entity that the default policy does not have: the score that a context word gives at least

Path_ = tuple[str | int, ...]


class Document:
    """A policy as read: plain values, and the line that each of them stands on."""

    def __init__(self, values: Any, source: str, lines: Mapping[Path_, int]) -> None:
        self.values = values
        self._source = source
        self._lines = lines

    def fail(self, path: Path_, problem: str) -> NoReturn:
        """Raise ConfigError: `policy.yaml:7: entities.EMAIL: unknown entity`."""
        line = next((self._lines[path[:size]] for size in range(len(path), -1, -1) if path[:size] in self._lines), 0)
        place = f"{self._source}:{line}" if line else self._source
        name = ".".join(str(part) for part in path)
        raise ConfigError(f"{place}: {name}: {problem}" if name else f"{place}: {problem}")

    def read_table(self, value: object, path: Path_, known: Iterable[str] | None = None) -> Mapping[str, Any]:
        """A table, all of whose keys are known."""
        if not isinstance(value, Mapping):
            self.fail(path, "expected a table")
        allowed = None if known is None else tuple(known)
        for key in value:
            if allowed is not None and key not in allowed:
                self.fail((*path, key), f"unknown key, expected one of {', '.join(allowed)}")
        return value

    def read_texts(self, value: object, path: Path_) -> tuple[str, ...]:
        """A list of texts, or one text."""
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list | tuple) or not all(isinstance(one, str) and one for one in values):
            self.fail(path, "expected a text or a list of texts")
        return tuple(values)


def default_policy() -> Policy:
    """The policy of `default.yaml`."""
    return build_policy(_read_yaml(DEFAULT_FILE), {})


def read_policy(file: Path) -> Policy:
    """The policy of a `.yaml` or `.toml` file (there under `[redaction]`, or the whole file). Raises ConfigError."""
    if file.suffix.lower() == ".toml":
        return build_policy(_read_toml(file), default_policy().entities)
    return build_policy(_read_yaml(file), default_policy().entities)


def policy_from_mapping(rules: Mapping[str, Any], source: str, file: Path | None = None) -> Policy:
    """The policy of a table of settings. `policy = "FILE"` in it names a file instead, beside `file`.

    Raises ConfigError naming `source`, or `file` and the line when it is given.
    """
    values = dict(rules)
    lines = _find_toml_lines(file.read_text("utf-8")) if file else {}
    named = values.pop("policy", None)
    if named is not None:
        document = Document(values, str(file or source), lines)
        if not isinstance(named, str) or values:
            document.fail(("policy",), "expected the name of a file, and nothing beside it")
        return read_policy((file.parent if file else Path()) / named)
    return build_policy(Document(values, str(file or source), lines), default_policy().entities)


def build_policy(document: Document, base: Mapping[str, Entity]) -> Policy:
    """The policy that a document describes, over the entities of `base`."""
    table = document.read_table(document.values, (), _KEYS)
    entities = dict(base)
    for name, wanted in document.read_table(table.get("entities") or {}, ("entities",)).items():
        _apply_entity(document, entities, name, wanted)
    rules = table.get("rules") or []
    if not isinstance(rules, list):
        document.fail(("rules",), "expected a list")
    limit = table.get("time_limit_ms", 1000)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 10 <= limit <= 60_000:
        document.fail(("time_limit_ms",), "expected milliseconds from 10 to 60000")
    return Policy(
        entities,
        tuple(_read_rule(document, rule, number, entities) for number, rule in enumerate(rules)),
        _fold(document.read_texts(table.get("allow") or [], ("allow",))),
        limit / 1000,
        _read_model(document, table["model"]) if table.get("model") else None,
    )


def _apply_entity(document: Document, entities: dict[str, Entity], name: str, wanted: object) -> None:
    path: Path_ = ("entities", name)
    if name not in ENTITIES:
        document.fail(path, f"unknown entity, known are {', '.join(sorted(ENTITIES))}")
    old = entities.get(name, Entity(_FIRST_SCORE))
    if wanted is False:
        entities.pop(name, None)
        return
    if wanted is True:
        wanted = {}
    elif isinstance(wanted, str):
        wanted = {"how": wanted}
    elif isinstance(wanted, int | float):
        wanted = {"score": wanted}
    table = document.read_table(wanted, path, _ENTITY_KEYS)
    entities[name] = Entity(
        _read_score(document, table["score"], (*path, "score")) if "score" in table else old.score,
        _read_action(document, table["how"], (*path, "how"), (name,)) if "how" in table else old.how,
        _fold(document.read_texts(table["allow"], (*path, "allow"))) if "allow" in table else old.allow,
        document.read_texts(table["context"], (*path, "context")) if "context" in table else old.context,
    )


def _read_rule(document: Document, value: object, number: int, entities: Mapping[str, Entity]) -> Rule:
    path: Path_ = ("rules", number)
    table = document.read_table(value, path, _RULE_KEYS)
    if "how" not in table and "score" not in table:
        document.fail(path, "expected how or score")
    what = document.read_texts(table.get("what", "all"), (*path, "what"))
    for name in what:
        if name != "all" and name not in entities:
            document.fail((*path, "what"), f"{name}: not among the entities of this policy")
    return Rule(
        _read_where(document, table.get("where") or {}, (*path, "where")),
        () if "all" in what else what,
        _read_action(document, table["how"], (*path, "how"), what) if "how" in table else None,
        _read_score(document, table["score"], (*path, "score")) if "score" in table else None,
    )


def _read_where(document: Document, value: object, path: Path_) -> Where:
    table = document.read_table(value, path, _WHERE)
    fields = {_WHERE[key]: document.read_texts(found, (*path, key)) for key, found in table.items()}
    for key, known in (("class", DATA_CLASSES), ("field", FIELDS)):
        for name in fields.get(_WHERE[key], ()):
            if name not in known:
                document.fail((*path, key), f"{name}: unknown, known are {', '.join(known)}")
    return Where(**fields)


def _read_model(document: Document, value: object) -> Model:
    table = document.read_table(value, ("model",), ("name", "engine", "language", "labels", "where"))
    if not isinstance(table.get("name"), str):
        document.fail(("model",), "expected name, the model's package or folder")
    labels = document.read_table(table.get("labels", dict(Model("").labels)), ("model", "labels"))
    for label, entity in labels.items():
        if entity not in ENTITIES:
            document.fail(("model", "labels", label), f"{entity}: unknown entity")
    engine, language = str(table.get("engine", "spacy")), str(table.get("language", "en"))
    where = _read_where(document, table.get("where") or {}, ("model", "where"))
    return Model(table["name"], engine, language, tuple(sorted(labels.items())), where)


def _read_score(document: Document, value: object, path: Path_) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        document.fail(path, "expected a score above 0 and up to 1")
    return float(value)


def _read_action(document: Document, value: object, path: Path_, what: tuple[str, ...]) -> Action:
    try:
        action = parse_action(str(value))
        if action.name == "scan" and what != (BASE64,):
            document.fail(path, f"scan is for {BASE64} alone")
        return action
    except ValueError:
        document.fail(path, f"unknown action, known are {', '.join(ACTIONS)} (mask:4 keeps the last four)")


def _fold(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)


def _read_text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8") from error


def _read_yaml(file: Path) -> Document:
    text = _read_text(file)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Path_, int] = {}
        if node is not None:
            _note_lines(node, (), lines, file)
        return Document(yaml.safe_load(text) or {}, str(file), lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{file}:{line}: not YAML: {error.problem}") from None


def _note_lines(node: yaml.Node, path: Path_, lines: dict[Path_, int], file: Path) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _note_lines(item, (*path, number), lines, file)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            if inner in lines:
                raise ConfigError(f"{file}:{key.start_mark.line + 1}: {key.value}: said twice")
            lines[inner] = key.start_mark.line + 1
            _note_lines(value, inner, lines, file)


def _read_toml(file: Path) -> Document:
    text = _read_text(file)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None
    lines = _find_toml_lines(text)
    if "redaction" in values:
        return Document(values["redaction"], str(file), lines)
    return Document(values, str(file), {(): 1} | _find_toml_lines(f"[redaction]\n{text}", -1))


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?")
_KEY = re.compile(r"\s*([\w.\-\"']+)\s*=")


def _find_toml_lines(text: str, shift: int = 0) -> dict[Path_, int]:
    """Where the keys below `[redaction]` stand; tomllib keeps no lines. Keys inside inline tables have their line."""
    lines: dict[Path_, int] = {}
    table: Path_ | None = None
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1 + shift):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            parts = _split_key(header.group(2))
            table = parts[1:] if parts[0] == "redaction" else None
            if table is not None and header.group(1) == "[[":
                counts[header.group(2)] = counts.get(header.group(2), -1) + 1
                table = (*table, counts[header.group(2)])
            elif table is not None and table and table[0] == "rules":
                table = ("rules", max(counts.values(), default=0), *table[1:])
            if table is not None:
                lines.setdefault(table, number)
        elif key and table is not None:
            path = (*table, *_split_key(key.group(1)))
            lines.setdefault(path, number)
            for inner in re.finditer(r"[{,]\s*([\w\-]+)\s*=", line[key.end() :]):
                lines.setdefault((*path, inner.group(1)), number)
    return lines


def _split_key(text: str) -> Path_:
    return tuple(part.strip("\"' ") for part in text.split("."))
