"""Finds every value of some kinds in one plain text.

text ─▶ fold ─▶ prefilter ──hits──▶ windows ─▶ recogniser ─▶ second look ─▶ findings
                    └─ no hit: clean
"""

import math
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from redaction.findings import Finding, drop_contained
from redaction.fold import blank_neighbours, blank_unspaced, fold_text
from redaction.json_text import drop_measures
from redaction.named import NamedEntities
from redaction.policy import Model
from redaction.prefilter import Hit, Prefilter, end_of
from redaction.presidio import Recognizer, build_recognizers
from redaction.recognizers.kind import Anchor, Kind, Span, Window
from schema.errors import OutOfTimeError

_WARM_UP = "ana@example.com +1 212-555-0123 020 7946 0123 DE89370400440532013000 10.1.2.3"


class Group(NamedTuple):
    """Recognisers with the same anchors and window. `glance` matches where one of their probes does, None when one of
    them has no probe; it is shown `margin` characters behind the window. `kind` is that of the first."""

    recognizers: list[Recognizer]
    kind: Kind
    glance: re.Pattern[str] | None
    margin: int


class Scanner:
    """Recognisers behind one prefilter. `thresholds` gives the lowest score that counts for each entity, `context`
    further words that raise a score when they stand before a value, `certain` the scores that need no such words."""

    def __init__(
        self,
        thresholds: Mapping[str, float],
        cache_dir: Path | None = None,
        context: Mapping[str, Sequence[str]] | None = None,
        model: Model | None = None,
        certain: Mapping[str, float] | None = None,
    ) -> None:
        words, sure = context or {}, certain or {}
        self.recognizers = [
            recognizer
            for entity, score in sorted(thresholds.items())
            for recognizer in build_recognizers(entity, score, words.get(entity, ()), sure.get(entity, 0.0))
        ]
        # Cards, SSNs, taxpayer numbers and phones have the same anchors and one way to look around them.
        groups: dict[tuple[tuple[Anchor, ...], Window], list[Recognizer]] = {}
        for recognizer in self.recognizers:
            groups.setdefault((recognizer.kind.anchors, recognizer.kind.window), []).append(recognizer)
        self._groups = [_make_group(group) for group in groups.values()]
        anchors: dict[Anchor, list[int]] = {}
        for index, group in enumerate(self._groups):
            for anchor in group.kind.anchors:
                anchors.setdefault(anchor, []).append(index)
        self._listeners = list(anchors.values())
        self._prefilter = Prefilter(list(anchors), cache_dir)
        self._named = NamedEntities(model) if model else None
        for recognizer in self.recognizers:  # lists of suffixes and number plans are read at first use
            recognizer.find(_WARM_UP, math.inf)

    def scan_json(self, text: str, until: float = math.inf) -> list[Hit]:
        """Hits in the raw text of JSON, in order of their end, without those whose surroundings say that nothing can
        be found there: a value stands in raw JSON as it stands in its leaf, save for what is written with escapes."""
        folded = fold_text(text)
        hits = self._prefilter.scan(folded, until)
        if hits:
            hits = drop_measures(folded, hits)
        if not hits:
            return hits
        folded = blank_unspaced(folded)
        kept: list[Hit] = []
        seen: dict[int, tuple[Span, bool]] = {}  # group → the last window, and whether it may hold a value
        for number, hit in enumerate(hits):
            if number & 0xFF == 0xFF and time.monotonic() > until:
                raise OutOfTimeError("out of time")
            for index in self._listeners[hit[0]]:
                (start, stop), promising = seen.get(index, _NOWHERE)
                if not start < hit[1] <= stop:
                    seen[index] = _, promising = _look_around(self._groups[index], folded, hit[1])
                if promising:
                    kept.append(hit)
                    break
        kept.sort(key=end_of)
        return kept

    def _share_out(self, hits: Sequence[Hit]) -> dict[int, list[int]]:
        """Where the hits of each group of recognisers end."""
        places: dict[int, list[int]] = {}
        for anchor, end in hits:
            for index in self._listeners[anchor]:
                if index in places:
                    places[index].append(end)
                else:
                    places[index] = [end]
        return places

    def find(
        self, text: str, until: float = math.inf, named: bool = False, hits: list[Hit] | None = None
    ) -> list[Finding]:
        """Every finding, overlapping ones too; with `named`, the model's as well. `until` is the end of the time
        allowed, by `time.monotonic`; `hits` those of the prefilter, if they are known.

        Raises OutOfTimeError, and what a recogniser raises: the caller fails closed.
        """
        folded = fold_text(text)
        findings = self._find_folded(folded, until, hits)
        if "\\" in folded or not folded.isascii():
            loosened = blank_neighbours(folded)
            if loosened != folded:
                findings += self._find_folded(loosened, until)
        if named and self._named is not None:
            findings += self._named.find(folded, until)
        return findings

    def _find_folded(self, text: str, until: float, hits: list[Hit] | None = None) -> list[Finding]:
        if hits is None:
            hits = self._prefilter.scan(text, until)
        if not hits:
            return []
        findings: list[Finding] = []
        for index, ends in self._share_out(hits).items():
            recognizers, kind, _, margin = self._groups[index]
            windows = join_windows(kind, text, ends, until)
            for recognizer in recognizers if windows else ():
                probe = recognizer.kind.probe
                for window in windows:
                    if probe is None or probe.search(text, window[0], window[1] + margin):
                        findings += self.find_in_window(recognizer, text, window, until)
        return drop_contained(findings) if len(findings) > 1 else findings

    def find_in_window(self, recognizer: Recognizer, text: str, window: Span, until: float = math.inf) -> list[Finding]:
        """What the recogniser finds in one stretch of the text, refined by what stands around it."""
        kind = recognizer.kind
        start = max(0, window[0] - kind.margin[0])
        matches = recognizer.find(text[start : window[1] + kind.margin[1]], until)
        if time.monotonic() > until:  # a recogniser that cannot be interrupted took too long: the rest has no time
            raise OutOfTimeError("out of time")
        findings: list[Finding] = []
        for begin, end, score in matches:
            if start + begin >= window[1]:
                continue  # in the margin, perhaps cut: what stands there has a window of its own
            span = kind.refine(text, start + begin, start + end)
            if span is None:
                continue
            settled = score if score >= recognizer.certain else recognizer.settle_score((*span, score), text)
            if settled is not None:
                findings.append(Finding(span[0], span[1], kind.entity, settled))
        return findings


_NOWHERE = ((0, 0), False)


def _make_group(recognizers: list[Recognizer]) -> Group:
    probes = [one.kind.probe for one in recognizers if one.kind.probe is not None]
    known = len(probes) == len(recognizers)
    glance = re.compile("|".join(f"(?:{probe.pattern})" for probe in probes)) if known else None
    return Group(recognizers, recognizers[0].kind, glance, max(one.kind.margin[1] for one in recognizers))


def _look_around(group: Group, text: str, position: int) -> tuple[Span, bool]:
    """In which window another hit would see the same, and whether one of the recognisers may find something there."""
    _, kind, glance, margin = group
    if not kind.doubtful:
        return (0, 0), True
    start, stop = window = kind.window(text, position)
    promising = stop > start and (glance is None or glance.search(text, start, stop + margin) is not None)
    return window if kind.whole else (0, 0), promising


def join_windows(kind: Kind, text: str, ends: Sequence[int], until: float = math.inf) -> list[Span]:
    """The windows around hits, in order, those that touch made one. Raises OutOfTimeError."""
    if len(ends) == 1:
        start, stop = kind.window(text, ends[0])
        return [(start, stop)] if stop > start else []
    windows: list[Span] = []
    reached = -1
    for number, end in enumerate(sorted(set(ends))):
        if number & 0xFF == 0xFF and time.monotonic() > until:
            raise OutOfTimeError("out of time")
        if end <= reached and kind.whole:
            continue
        start, stop = kind.window(text, end)
        if stop <= start:
            continue
        if windows and start <= reached:
            windows[-1] = windows[-1][0], max(stop, reached)
        else:
            windows.append((start, stop))
        reached = windows[-1][1]
    return windows
