"""Dollars and durations as people read them: on the pages and in a terminal alike."""

from decimal import Decimal

NOTHING = "-"


def format_usd(value: Decimal | float | None) -> str:
    """Dollars: cents from 100 on, four places below, and never a small sum as nothing."""
    if value is None:
        return NOTHING
    usd = float(value)
    if not usd:
        return "$0"
    if abs(usd) < 0.00005:
        return "<$0.0001"
    return f"${usd:,.2f}" if abs(usd) >= 100 else f"${usd:.4f}"


def format_ms(value: float | None) -> str:
    """A duration in the unit people would use."""
    if value is None:
        return NOTHING
    if value < 1:
        return f"{value:.2f} ms"
    if round(value) < 1000:
        return f"{value:.0f} ms"
    if value < 59_995:
        return f"{value / 1000:.2f} s"
    minutes, seconds = divmod(round(value / 1000), 60)
    if minutes < 60:
        return f"{minutes} m {seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} m"
