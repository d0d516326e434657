"""How every page of ours begins: no script, no link, no picture from elsewhere; and the frame with its one word."""

from dfwarm.terms import Outcome

COLOURS: dict[str, str] = {
    Outcome.EQUIVALENT: "#1b5e20",
    Outcome.EQUIVALENT_WITH_DEVIATIONS: "#5d4600",
    Outcome.DISCREPANT: "#8e0000",
    Outcome.INCONCLUSIVE: "#4a148c",
}
"""Colours go with words, and never stand alone."""

HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
"""

SCALE = """\
<meta name="viewport" content="width=device-width, initial-scale=1">
"""

FRAME = """\
.top { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .2em 1em; align-items: baseline }
.word { font-size: 1.25em; font-weight: bold; color: #fff; background: {{ colour }}; padding: .15em .6em }
header p { margin: .5em 0 0; font-size: 1.1em }
"""
"""The style of the frame around title, word and sentence."""
