"""The HTML twin of a letter: one file without scripts, links or pictures; every word from the record is escaped."""

from jinja2 import Environment, StrictUndefined

from dfwarm.evidence.certificate.page import Parts
from dfwarm.evidence.page_head import COLOURS, HEAD
from dfwarm.evidence.passage import Content, Line, Manner, Passage, printable

_PLAIN_COLOUR = "#263238"

_PAGE = (
    HEAD
    + """\
<title>{{ word }}</title>
{%- if certificate %}
<style>
{{ certificate.style }}</style>
{%- endif %}
</head>
<body style="font-family: sans-serif; max-width: 48em; margin: 1em; color: #111; background: #fff">
<h1 style="font-size: 1.2em; border: 2px solid {{ colour }}; padding: .5em; color: {{ colour }}">
<span aria-hidden="true">[{{ symbol }}]</span> {{ word }}</h1>
<p style="font-size: 1.1em; overflow-wrap: anywhere">{{ sentence }}</p>
{%- for passage in passages if passage.lines %}
<h2 style="font-size: 1em">{{ passage.title|capitalize }}</h2>
{%- for line in passage.lines %}
{%- if line.label %}
<p style="margin: .2em 1em; overflow-wrap: anywhere"><strong>{{ line.label }}:</strong> {{ line.says }}</p>
{%- elif line.manner == "command" %}
<pre style="margin: .2em 1em; padding: .3em; background: #eee; white-space: pre-wrap">{{ line.says }}</pre>
{%- elif line.manner == "item" %}
<p style="margin: .2em 1em; overflow-wrap: anywhere; white-space: pre-wrap">{{ line.says }}</p>
{%- else %}
<p style="margin: .2em 1em; overflow-wrap: anywhere">{{ line.says }}</p>
{%- endif %}
{%- endfor %}
{%- endfor %}
{%- if certificate %}
<div style="margin-top: 2em">
{{ certificate.body }}</div>
{%- endif %}
</body>
</html>
"""
)

_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)


def render_page(content: Content, certificate: Parts | None = None) -> str:
    """Set a letter as one HTML file, a certificate below it. It says the same as the text, in the same order."""
    return _TEMPLATE.render(
        word=printable(content.word),
        sentence=printable(content.sentence),
        symbol=content.symbol,
        colour=COLOURS.get(content.word, _PLAIN_COLOUR),
        passages=[_clean(passage) for passage in content.passages],
        certificate=certificate,
    )


def _clean(passage: Passage) -> Passage:
    lines = tuple(Line(printable(line.says), Manner(line.manner), printable(line.label)) for line in passage.lines)
    return Passage(printable(passage.title), lines)
