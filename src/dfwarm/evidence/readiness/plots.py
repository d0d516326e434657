"""Amounts of a month as bars below a promised line, drawn as SVG without anything from elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 150, 62, 10, 22, 22
_INK, _BAR, _OVER = "#111111", "#37608a", "#8e0000"
_FONT = "Liberation Sans, Arial, Libertinus Serif, sans-serif"
_BARS_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class Bar:
    """One amount, where in the month it lies (0 to 10,000), and whether it is over what was promised."""

    at: int
    amount: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """A title, the bars, the promised amount (0: none) and how amounts are said."""

    title: str
    bars: tuple[Bar, ...]
    promised: int
    promise: str
    days: int
    say: Callable[[int], str]


def draw(plot: Plot) -> str:
    """Draw. A bar over the promise has a mark above it as well, so that colour does not have to say it."""
    top = max((plot.promised, *(bar.amount for bar in plot.bars), 1))
    top += top // 10
    bars = plot.bars if len(plot.bars) <= _BARS_AT_MOST else _largest(plot.bars)
    width = max(2, min(12, (_WIDTH - _LEFT - _RIGHT) // max(len(bars), plot.days) - 2))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-size="11"'
    parts = [
        f'{head} font-family="{_FONT}">',
        f"<title>{escape(plot.title)}</title>",
        _text(0, 12, plot.title, "start", _INK),
        *(_scale(amount, top, plot.say) for amount in (0, top // 2, top)),
        *(_bar(bar, top, width) for bar in bars),
        *_days(plot.days),
        *_promise(plot, top),
        "</svg>",
    ]
    return "".join(parts)


def _largest(bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    """So many bars would hide each other: of each place the largest is kept."""
    kept: dict[int, Bar] = {}
    for bar in bars:
        place = bar.at * _BARS_AT_MOST // 10_001
        if place not in kept or bar.amount > kept[place].amount:
            kept[place] = bar
    return tuple(kept.values())


def _bar(bar: Bar, top: int, width: int) -> str:
    height = max(1, bar.amount * (_HEIGHT - _TOP - _BOTTOM) // top)
    left, upper = _x(bar.at), _HEIGHT - _BOTTOM - height
    drawn = f'<rect x="{left}" y="{upper}" width="{width}" height="{height}" fill="{_OVER if bar.is_over else _BAR}"/>'
    return drawn + (_text(left + width // 2, upper - 2, "!", "middle", _OVER) if bar.is_over else "")


def _scale(amount: int, top: int, say: Callable[[int], str]) -> str:
    upper = _y(amount, top)
    line = f'<path d="M{_LEFT} {upper}H{_WIDTH - _RIGHT}" stroke="#d0d0d0" stroke-width="1"/>'
    return line + _text(_LEFT - 5, upper + 4, say(amount), "end", "#333333")


def _days(days: int) -> list[str]:
    step = (_WIDTH - _LEFT - _RIGHT) / days
    return [
        _text(round(_LEFT + step * (day - 1)), _HEIGHT - 7, str(day), "start", "#333333")
        for day in range(1, days + 1, 3)
    ]


def _promise(plot: Plot, top: int) -> list[str]:
    if not plot.promised:
        return []
    upper = _y(plot.promised, top)
    return [
        f'<path d="M{_LEFT} {upper}H{_WIDTH - _RIGHT}" stroke="{_INK}" stroke-width="1.5" stroke-dasharray="6 3"/>',
        _text(_WIDTH - _RIGHT, upper - 3, plot.promise, "end", _INK),
    ]


def _x(at: int) -> int:
    return _LEFT + at * (_WIDTH - _LEFT - _RIGHT) // 10_000


def _y(amount: int, top: int) -> int:
    return _HEIGHT - _BOTTOM - amount * (_HEIGHT - _TOP - _BOTTOM) // top


def _text(left: int, upper: int, words: str, anchor: str, colour: str) -> str:
    return f'<text x="{left}" y="{upper}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
