"""The certificate as one HTML file: no script, no link, no picture from elsewhere; it prints on A4."""

import io
from dataclasses import dataclass

import segno
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from dfwarm.evidence.certificate.content import COLUMNS, END, TITLE, Certificate, Mark
from dfwarm.evidence.page_head import COLOURS, FRAME, HEAD, SCALE
from dfwarm.evidence.passage import printable

_STYLE = (
    FRAME
    + """\
@page { size: A4; margin: 12mm 13mm }
* { box-sizing: border-box }
body { font: 13px/1.35 "Liberation Sans", Arial, Helvetica, sans-serif; color: #111; background: #fff;
  max-width: 60em; margin: 1em auto; padding: 0 1em; overflow-wrap: anywhere }
header { border: 2px solid {{ colour }}; padding: .6em .9em; margin-bottom: .6em }
h1 { font-size: 1.35em; margin: 0; letter-spacing: .02em } h1 small { font-weight: normal; font-size: .8em }
section { margin: .5em 0; break-inside: avoid }
h2 { font-size: 1em; margin: 0 0 .15em; border-bottom: 1px solid #999 }
h2 b { display: inline-block; min-width: 1.6em; color: {{ colour }} }
dl { display: grid; grid-template-columns: 9.5em 1fr; gap: 0 .6em; margin: 0 0 0 1.6em }
dd { margin: 0 } dt { color: #444 }
table { border-collapse: collapse; width: calc(100% - 1.6em); margin-left: 1.6em }
th { text-align: left; font-weight: normal; color: #444 } thead th { border-bottom: 1px solid #bbb }
td, th { padding: .08em .6em .08em 0; vertical-align: top } tbody th { color: #111 }
td.mark { font-weight: bold } tr.no td, tr.no th { background: #fbe9e7 }
ul { margin: 0 0 0 1.6em; padding: 0 0 0 1em }
.code { float: right; width: 96px; margin: 0 0 .3em 1em } .code svg { display: block; width: 96px; height: 96px }
footer { border-top: 2px solid {{ colour }}; margin-top: .6em; padding-top: .3em; color: #444 }
@media print { body { font-size: 8.6pt; line-height: 1.25; margin: 0; padding: 0; max-width: none }
  .word, tr.no td, tr.no th { print-color-adjust: exact } section { margin: 1.2mm 0 } }
@media (max-width: 40em) { dl { grid-template-columns: 1fr } }
"""
)

_BODY = """\
<header>
<div class="top"><h1>{{ title }} <small>No. {{ number }}</small></h1>
<span class="word"><span aria-hidden="true">[{{ symbol }}]</span> {{ outcome }}</span></div>
<p>{{ sentence }}</p>
</header>
<main>
{%- for section in sections %}
<section aria-labelledby="s{{ section.number }}">
<h2 id="s{{ section.number }}"><b>{{ section.number }}</b> {{ section.title }}</h2>
{%- if section.number == 10 and code %}
<div class="code" role="img" aria-label="QR code of the digest of statement.json">{{ code }}</div>
{%- endif %}
{%- if section.facts %}
<dl>
{%- for fact in section.facts %}
<dt>{{ fact.label }}</dt><dd>{{ fact.says }}</dd>
{%- endfor %}
</dl>
{%- endif %}
{%- if section.results %}
<table>
<thead><tr>{% for column in columns %}<th scope="col">{{ column }}</th>{% endfor %}</tr></thead>
<tbody>
{%- for result in section.results %}
<tr class="{{ result.kind }}"><th scope="row">{{ result.what }}</th><td>{{ result.production }}</td>
<td>{{ result.standby }}</td><td class="mark">{{ result.mark }}</td></tr>
{%- endfor %}
</tbody>
</table>
{%- endif %}
{%- if section.contents %}
<ul>
{%- for item in section.contents %}
<li>{{ item }}</li>
{%- endfor %}
</ul>
{%- endif %}
</section>
{%- endfor %}
</main>
<footer>{{ end }} No. {{ number }} &middot; statement sha256 {{ digest }}</footer>
"""

_PAGE = (
    f"{HEAD}{SCALE}"
    """\
<title>{{ outcome }} - {{ number }}</title>
<style>
{{ style }}</style>
</head>
<body>
{{ body }}</body>
</html>
"""
)

_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
_STYLES, _BODIES, _PAGES = map(_ENVIRONMENT.from_string, (_STYLE, _BODY, _PAGE))


@dataclass(frozen=True, slots=True)
class Parts:
    """A certificate as two pieces of HTML, for a page that holds more than it."""

    style: Markup
    body: Markup


def render_page(certificate: Certificate) -> str:
    """Set a certificate as HTML. It says the same as the text, in the same order."""
    parts = render_parts(certificate)
    return _PAGES.render(**describe(certificate), style=parts.style, body=parts.body)


def render_parts(certificate: Certificate) -> Parts:
    """Set a certificate as the pieces of a page."""
    plain, colour = describe(certificate), COLOURS[certificate.outcome]
    code = Markup(draw_code(certificate.digest)) if certificate.digest else ""  # noqa: S704  (of our own drawing)
    style = Markup(_STYLES.render(colour=colour))  # noqa: S704  (of our own, escaped in it)
    return Parts(style, Markup(_BODIES.render(**plain, colour=colour, code=code)))  # noqa: S704  (the same)


def describe(certificate: Certificate) -> dict[str, object]:
    """The content as plain values with nothing in them that could act; the sheet is set from the same."""
    return {
        "title": TITLE,
        "end": END,
        "columns": list(COLUMNS),
        "number": printable(certificate.number),
        "outcome": certificate.outcome.value,
        "symbol": certificate.symbol,
        "sentence": printable(certificate.sentence),
        "digest": printable(certificate.digest),
        "dated": printable(certificate.dated),
        "sections": [
            {
                "number": section.number,
                "title": printable(section.title),
                "facts": [{"label": printable(each.label), "says": printable(each.says)} for each in section.facts],
                "results": [
                    {
                        "what": printable(each.what),
                        "production": printable(each.production),
                        "standby": printable(each.standby),
                        "mark": each.mark.value,
                        "kind": "yes" if each.mark is Mark.YES else "no",
                    }
                    for each in section.results
                ],
                "contents": [printable(item) for item in section.items],
            }
            for section in certificate.sections
        ],
    }


def draw_code(digest: str) -> str:
    """Draw the QR code of a statement's digest as SVG."""
    drawn = io.BytesIO()
    segno.make(f"sha256:{digest}", error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True, title="digest of statement.json"
    )
    return drawn.getvalue().decode().strip()
