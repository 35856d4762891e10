"""The door to presidio_analyzer: builds its recognisers and runs one of them over a stretch of text.

A recogniser is regular expressions, a checksum and a score; words before a value may raise the score ("context").
Nothing here touches the network. `build_engine` gives plain Presidio with the same recognisers, for comparison.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import regex  # type: ignore[import-untyped]  # it comes without type stubs
import spacy
from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    LocalRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from spacy.language import Language
from spacy.tokens import Doc

from redaction.recognizers import KINDS
from redaction.recognizers.function import FunctionRecognizer
from redaction.recognizers.kind import Anchor, Kind, whole_text
from redaction.recognizers.stock import OPTIONAL, STOCK
from schema.errors import OutOfTimeError, RedactionError

Match = tuple[int, int, float]
ENTITIES: frozenset[str] = frozenset(KINDS) | frozenset(OPTIONAL)
"""Every entity that a recogniser finds."""

_LONGEST_STEP = 0.3  # seconds that a regular expression may take to its next match
_SMALL = (
    512  # characters that no expression of `KINDS` needs long for (tests/redaction/test_bounds.py): no clock is set
)
_LARGEST = 4096  # characters that a recogniser in Python is given at once: it cannot be interrupted
_OVERLAP = 256
_BEST_CONTEXT = 0.35  # what Presidio adds for a context word; it makes the score 0.4 at least
_CONTEXT_REACH = 400  # characters around a value that hold the words Presidio looks at


class _FailClosed(logging.Filter):
    """Presidio answers a regex timeout or a failed validation with a log line, which may hold the value, and goes on
    as if nothing had been found. Here both are errors: the caller puts a marker in the place of the text."""

    def filter(self, _record: logging.LogRecord) -> bool:
        raise RedactionError("a recogniser gave up")


_logger = logging.getLogger("presidio-analyzer")
_logger.setLevel(logging.WARNING)
_logger.addFilter(_FailClosed())


@Language.component("runvault_lemma")
def _set_lemmas(doc: Doc) -> Doc:
    """A blank model has no lemmas, and Presidio compares lemmas with context words: the word itself will do."""
    for token in doc:
        token.lemma_ = token.text
    return doc


class BlankEngine(SpacyNlpEngine):
    """Tokens without a model: enough for context words, nothing to download."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.load()

    def load(self) -> None:
        blank = spacy.blank("en")
        blank.add_pipe("runvault_lemma")
        blank.max_length = 1 << 30
        self.nlp: Any = {"en": blank}


_blank = BlankEngine()
_enhancer = LemmaContextAwareEnhancer()


class Refined(LocalRecognizer):
    """A recogniser and the second look at its findings, as one recogniser of Presidio's."""

    def __init__(self, kind: Kind, inner: EntityRecognizer, threshold: float) -> None:
        super().__init__(
            [kind.entity],
            supported_language="en",
            name=f"runvault {kind.entity}",
            context=inner.context,
            score_thresholds={kind.entity: threshold},
        )
        self._kind = kind
        self._inner = inner
        self.metadata: dict[str, str] = {
            RecognizerResult.RECOGNIZER_NAME_KEY: f"runvault {kind.entity}",
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: str(self.id),
        }

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        kept: list[RecognizerResult] = []
        results: list[Any] = self._inner.analyze(text, entities, nlp_artifacts)
        for found in results:
            span = self._kind.refine(text, found.start, found.end)
            if span is not None:
                found.start, found.end = span
                found.recognition_metadata = self.metadata
                found.analysis_explanation = found.analysis_explanation or _Unexplained()
                kept.append(found)
        return kept


class Recognizer:
    """One of Presidio's recognisers, ours or its own, with the lowest score that counts anywhere, and the score that
    counts everywhere (`certain`)."""

    def __init__(self, kind: Kind, inner: EntityRecognizer, threshold: float, certain: float) -> None:
        self.kind = kind
        self.threshold = threshold
        self.certain = max(certain, threshold)
        self.refined = Refined(kind, inner, threshold)
        self._inner: Any = inner
        self._entities = [kind.entity]
        self._words = [word.lower() for word in inner.context or ()]
        self._function = inner.find if isinstance(inner, FunctionRecognizer) else None
        self._quick = kind.entity in KINDS
        self._patterns = _compile_patterns(inner, kind.needs)
        self._validate, self._invalidate = _find_checks(inner)

    def find(self, text: str, until: float) -> Sequence[Match]:
        """Every match in `text` as (start, end, score), not refined yet.

        `until` is the end of the time allowed, by `time.monotonic`. Raises OutOfTimeError, and RedactionError when
        the recogniser gives up.
        """
        if time.monotonic() > until:
            raise OutOfTimeError("out of time")
        if self._patterns is not None:
            try:
                return self._match(text, until)
            except TimeoutError:
                raise OutOfTimeError("out of time") from None
        if len(text) > _LARGEST:
            return [match for piece in _cut(text) for match in self._find_in_piece(text, piece, until)]
        if self._function is not None:
            return self._function(text)
        return [(found.start, found.end, found.score) for found in self._inner.analyze(text, self._entities, None)]

    def _find_in_piece(self, text: str, piece: tuple[int, int], until: float) -> list[Match]:
        start, stop = piece
        return [(start + begin, start + end, score) for begin, end, score in self.find(text[start:stop], until)]

    def _match(self, text: str, until: float) -> list[Match]:
        """What PatternRecognizer.analyze does, without the explanations, which cost more than the matching."""
        found: list[Match] = []
        small = len(text) <= _SMALL and self._quick
        for expression, base, need in self._patterns or ():
            if need not in text:
                continue
            for match in expression.finditer(text) if small else expression.finditer(text, timeout=_LONGEST_STEP):
                value = match.group()
                if not value:
                    continue
                # The timeout above is for the step to the next match; there may be a hundred thousand.
                if not small and time.monotonic() > until:
                    raise OutOfTimeError("out of time")
                valid = self._validate(value) if self._validate else None
                score = base if valid is None else float(bool(valid))
                if score > 0 and not (self._invalidate and self._invalidate(value)):
                    found.append((*match.span(), score))
        return found

    def raise_score(self, text: str, match: Match) -> float:
        """The score with the words before the value taken into account, as Presidio does."""
        start, end, score = match
        words = self._words
        begin, stop = max(0, start - _CONTEXT_REACH), min(len(text), end + _CONTEXT_REACH)
        around = text[begin:stop].lower()
        if not any(word in around for word in words):
            return score
        while begin and not text[begin - 1].isspace() and begin < start:  # no token may be cut
            begin += 1
        while stop < len(text) and not text[stop].isspace() and stop > end:
            stop -= 1
        return self._enhance(text[begin:stop], RecognizerResult(self.kind.entity, start - begin, end - begin, score))

    def _enhance(self, text: str, result: Any) -> float:
        result.recognition_metadata = self.refined.metadata
        result.analysis_explanation = _Unexplained()
        artifacts = _blank.process_text(text, "en")
        return float(_enhancer.enhance_using_context(text, [result], artifacts, [self.refined])[0].score)

    def settle_score(self, match: Match, text: str) -> float | None:
        """The score, raised by the words before the value when that decides something; None below the threshold."""
        score = match[2]
        if score >= self.certain:
            return score
        if self._words and max(score + _BEST_CONTEXT, 0.4) >= self.threshold:
            score = self.raise_score(text, match)
        return score if score >= self.threshold else None


def _cut(text: str) -> list[tuple[int, int]]:
    """Overlapping pieces, cut where a blank is near: a value that one piece cuts, the other holds whole."""
    pieces = []
    start = 0
    while True:
        stop = min(len(text), start + _LARGEST)
        pieces.append((start, stop))
        if stop == len(text):
            return pieces
        blank = text.find(" ", stop - 2 * _OVERLAP, stop - _OVERLAP)
        start = stop - _OVERLAP if blank < 0 else blank + 1


class _Unexplained:
    """Takes the place of an explanation that nobody reads."""

    def set_supportive_context_word(self, word: str) -> None:
        """Nothing."""

    def set_improved_score(self, score: float) -> None:
        """Nothing."""


def _compile_patterns(inner: EntityRecognizer, needs: Sequence[str]) -> list[tuple[Any, float, str]] | None:
    """Expressions and scores of a recogniser that does nothing but match patterns, and what a text must hold for each
    of them; None for any other recogniser."""
    if not isinstance(inner, PatternRecognizer) or type(inner).analyze is not PatternRecognizer.analyze:
        return None
    patterns: list[Pattern] = vars(inner)["patterns"]
    flags = inner.global_regex_flags
    compiled = [(regex.compile(pattern.regex, flags=flags), pattern.score) for pattern in patterns]
    return [(*one, need) for one, need in zip(compiled, needs or [""] * len(compiled), strict=True)]


_Check = Callable[[str], bool | None]


def _find_checks(inner: Any) -> tuple[_Check | None, _Check | None]:
    """What validates a match of the recogniser and what invalidates one; None where Presidio's answer is no answer."""
    kind, plain = type(inner), PatternRecognizer
    validate = getattr(kind, "validate_result", None)
    invalidate = getattr(kind, "invalidate_result", None)
    return (
        inner.validate_result if validate not in (None, plain.validate_result) else None,
        inner.invalidate_result if invalidate not in (None, plain.invalidate_result) else None,
    )


def build_recognizers(
    entity: str, threshold: float, context: Iterable[str] = (), certain: float = 0.0
) -> list[Recognizer]:
    """The recognisers of an entity of `ENTITIES`, with further context words."""
    words = list(context)
    pairs = [(kind, _build_inner(kind)) for kind in KINDS.get(entity, ())]
    if not pairs:
        inner: Any = OPTIONAL[entity]()
        # Not written for speed: Hyperscan gets Presidio's own expressions, and a hit has the whole text looked at.
        anchors = tuple(Anchor(pattern.regex, True, True, entity) for pattern in inner.patterns)
        pairs = [(Kind(entity, anchors, whole_text), inner)]
    for _, inner in pairs:
        inner.context = [*(inner.context or ()), *words]
    return [Recognizer(kind, inner, threshold, certain) for kind, inner in pairs]


def _build_inner(kind: Kind) -> Any:
    if kind.find is not None:
        return FunctionRecognizer(kind.entity, kind.find)
    if not kind.patterns:
        return STOCK[kind.entity]()
    flags = regex.DOTALL | (regex.IGNORECASE if kind.ignore_case else 0)
    patterns = [Pattern(name, expression, score) for name, expression, score in kind.patterns]
    return PatternRecognizer(kind.entity, patterns=patterns, global_regex_flags=flags)


def build_engine(thresholds: Mapping[str, float]) -> AnalyzerEngine:
    """Plain Presidio with the same recognisers and thresholds: the reference of the differential test."""
    recognizers = [
        recognizer.refined
        for entity, score in sorted(thresholds.items())
        for recognizer in build_recognizers(entity, score)
    ]
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=_blank, supported_languages=["en"])
