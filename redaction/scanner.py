"""Finds what a policy asks for in one plain text: the compiled policy.

text ─▶ fold ─▶ prefilter ──hits──▶ windows ─▶ recogniser ─▶ second look ─▶ findings
                    └─ no hit: clean
"""

from pathlib import Path

from redaction.findings import Finding, merge_findings
from redaction.fold import blank_neighbours, fold_text
from redaction.policy import Policy
from redaction.prefilter import Prefilter
from redaction.presidio import Recognizer, build_recognizer
from redaction.recognizers.kind import Anchor, Span


class Scanner:
    """Recognisers of a policy behind one prefilter."""

    def __init__(self, policy: Policy, cache_dir: Path | None = None) -> None:
        self._policy = policy
        self.recognizers = [build_recognizer(entity) for entity in sorted(policy.entities)]
        anchors: dict[Anchor, list[int]] = {}
        for index, recognizer in enumerate(self.recognizers):
            for anchor in recognizer.kind.anchors:
                anchors.setdefault(anchor, []).append(index)
        self._listeners = list(anchors.values())
        self._prefilter = Prefilter(list(anchors), cache_dir)

    def may_find(self, text: str) -> bool:
        """False when the text, be it the raw text of JSON, can hold nothing that any recogniser would find."""
        return bool(self._prefilter.scan(fold_text(text)))

    def find(self, text: str) -> list[Finding]:
        """Findings in order, none overlapping. Raises what a recogniser raises: the caller fails closed."""
        folded = fold_text(text)
        findings = self._find_folded(folded)
        if "\\" in folded or not folded.isascii():
            loosened = blank_neighbours(folded)
            if loosened != folded:
                findings += self._find_folded(loosened)
        return merge_findings(findings) if findings else findings

    def _find_folded(self, text: str) -> list[Finding]:
        hits = self._prefilter.scan(text)
        if not hits:
            return []
        positions: dict[int, list[int]] = {}
        for anchor, end in hits:
            for index in self._listeners[anchor]:
                positions.setdefault(index, []).append(end)
        findings: list[Finding] = []
        for index, ends in positions.items():
            findings += self.look_closer(self.recognizers[index], text, ends)
        return findings

    def look_closer(self, recognizer: Recognizer, text: str, ends: list[int]) -> list[Finding]:
        """Run one recogniser over the windows around its hits."""
        kind = recognizer.kind
        findings: list[Finding] = []
        reached = -1
        for end in ends if len(ends) == 1 else sorted(set(ends)):
            if end <= reached:
                continue
            window = kind.window(text, end)
            if window[1] <= window[0]:
                continue
            if not kind.exact:
                reached = window[1]
            if kind.probe is None or kind.probe.search(text, *window):
                findings += self.find_in_window(recognizer, text, window)
        return findings

    def find_in_window(self, recognizer: Recognizer, text: str, window: Span) -> list[Finding]:
        """What the recogniser finds in one stretch of the text, refined by what stands around it."""
        kind = recognizer.kind
        start = max(0, window[0] - kind.margin[0])
        piece = text[start : window[1] + kind.margin[1]]
        if kind.exact:
            piece = upper_ascii(piece)
        findings: list[Finding] = []
        for begin, end, score in recognizer.find(piece):
            span = kind.refine(text, start + begin, start + end)
            if span is not None and score >= self._policy.entities[kind.entity] and not self._is_allowed(text, span):
                findings.append(Finding(*span, kind.entity, score))
        return findings

    def _is_allowed(self, text: str, span: Span) -> bool:
        return bool(self._policy.allow) and text[span[0] : span[1]].casefold() in self._policy.allow


_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def upper_ascii(text: str) -> str:
    """Upper case without changing the length, which `str.upper` does for some letters."""
    return text.translate(_UPPER)
