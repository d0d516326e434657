"""The readiness report as one HTML file: no script, no link, no picture from elsewhere; it prints on A4."""

from collections.abc import Callable

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from dfwarm.evidence.certificate.content import Fact
from dfwarm.evidence.page_head import FRAME, HEAD, SCALE
from dfwarm.evidence.passage import printable
from dfwarm.evidence.readiness.calendar import DAYS, LEGEND, Day
from dfwarm.evidence.readiness.clause import Word
from dfwarm.evidence.readiness.content import END, TITLE, Content, StudyPart
from dfwarm.evidence.readiness.facts import PairMonth
from dfwarm.evidence.readiness.plotting import draw_freeze, draw_recovery

COLOURS: dict[str, str] = {Word.READY: "#1b5e20", Word.REMARKS: "#5d4600", Word.NOT_READY: "#8e0000"}

_PAGE = (
    f"{HEAD}{SCALE}"
    """\
<title>{{ word }} - {{ number }}</title>
<style>
"""
    + FRAME
    + """\
@page { size: A4; margin: 13mm }
* { box-sizing: border-box }
body { font: 13px/1.4 "Liberation Sans", Arial, Helvetica, sans-serif; color: #111; background: #fff;
  max-width: 64em; margin: 1em auto; padding: 0 1em; overflow-wrap: anywhere }
header { border: 2px solid {{ colour }}; padding: .6em .9em; margin-bottom: .8em }
h1 { font-size: 1.35em; margin: 0 } h1 small { font-weight: normal; font-size: .8em }
section { margin: .9em 0 }
h2 { font-size: 1.05em; margin: 0 0 .3em; border-bottom: 1px solid #999; break-after: avoid }
h2 b { display: inline-block; min-width: 1.6em; color: {{ colour }} }
h3 { font-size: 1em; margin: .7em 0 .2em 1.6em; break-after: avoid }
dl { display: grid; grid-template-columns: 9em 1fr; gap: .1em .6em; margin: 0 0 0 1.6em }
dd { margin: 0 } dt { color: #444 }
ul { margin: 0 0 0 1.6em; padding: 0 0 0 1em } ul.block li { font-weight: bold }
table { border-collapse: collapse; width: calc(100% - 1.6em); margin-left: 1.6em }
th { text-align: left; font-weight: normal; color: #444 } tbody th { color: #111 }
.cycles td, .cycles th { padding: .12em .6em .12em 0; vertical-align: top; border-bottom: 1px solid #ddd }
.cycles { font-size: .92em } .cycles td:last-child { font-family: "Liberation Mono", monospace; font-size: .82em;
  width: 17em; overflow-wrap: anywhere } tr { break-inside: avoid }
.days { width: 40em; max-width: calc(100% - 1.6em); table-layout: fixed; break-inside: avoid }
.days td { border: 1px solid #bbb; height: 2.9em; vertical-align: top; padding: .15em .35em }
.days td.none { border-color: #eee } .days .n { color: #444; font-size: .85em }
.days .m { display: block;
  text-align: center; font-weight: bold; font-family: "Liberation Mono", monospace; font-size: 1.15em }
.good { background: #e6f2e7 } .accepted { background: #f7f0d8 } .bad { background: #fbe0dd }
.unknown { background: #efe3f7 } .out { color: #767676 }
.missed { background: repeating-linear-gradient(45deg, #fff, #fff 5px, #f3cdc9 5px, #f3cdc9 8px) }
.plot { margin: .5em 0 0 1.6em; max-width: 48em; break-inside: avoid }
.plot svg { display: block; width: 100%; height: auto }
.legend { margin: .2em 0 0 1.6em; color: #444; font-size: .92em; white-space: pre-wrap }
footer { border-top: 2px solid {{ colour }}; margin-top: .8em; padding-top: .3em; color: #444 }
@media print { body { font-size: 8.8pt; margin: 0; padding: 0; max-width: none }
  .word, .days td { print-color-adjust: exact } }
@media (max-width: 40em) { dl { grid-template-columns: 1fr } }
</style>
</head>
<body>
<header>
<div class="top"><h1>{{ title }} <small>{{ number }}</small></h1>
<span class="word"><span aria-hidden="true">[{{ symbol }}]</span> {{ word }}</span></div>
<p>{{ sentence }}</p>
</header>
<main>
{%- macro items(list, kind="") %}
<ul{% if kind %} class="{{ kind }}"{% endif %}>
{%- for each in list %}
<li>{{ each }}</li>
{%- else %}
<li>none</li>
{%- endfor %}
</ul>
{%- endmacro %}
{%- macro facts(list) %}
<dl>
{%- for fact in list %}
<dt>{{ fact.label }}</dt><dd>{{ fact.says }}</dd>
{%- endfor %}
</dl>
{%- endmacro %}
<section><h2><b>1</b> What blocks ({{ blocks|length }})</h2>{{ items(blocks, "block" if blocks else "") }}</section>
<section><h2><b>2</b> Remarks ({{ remarks|length }})</h2>{{ items(remarks) }}</section>
<section><h2><b>3</b> What was looked at</h2>{{ facts(parties) }}</section>
{%- for study in studies %}
<section><h2><b>{{ loop.index + 3 }}</b> {{ study.title }}</h2>
{{ facts(study.facts) }}
<h3>Calendar (days are UTC)</h3>
<table class="days">
<thead><tr>{% for day in days %}<th scope="col">{{ day }}</th>{% endfor %}</tr></thead>
<tbody>
{%- for week in study.weeks %}
<tr>{% for day in week %}{% if day %}<td class="{{ day.kind }}" title="{{ day.says }}">\
<span class="n">{{ day.number }}</span><span class="m">{{ day.marks }}</span></td>\
{% else %}<td class="none"></td>{% endif %}{% endfor %}</tr>
{%- endfor %}
</tbody>
</table>
<p class="legend">{{ legend }}</p>
{%- for plot in study.plots %}
<div class="plot">{{ plot }}</div>
{%- endfor %}
<h3>Gaps</h3>{{ items(study.gaps) }}
<h3>Drills</h3>{{ items(study.drills) }}
<h3>Open deviations</h3>{{ items(study.deviations) }}
<h3>Cycles</h3>
<table class="cycles">
<thead><tr>{% for column in study.columns %}<th scope="col">{{ column }}</th>{% endfor %}</tr></thead>
<tbody>
{%- for row in study.rows %}
<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody>
</table>
</section>
{%- endfor %}
<section><h2><b>{{ studies|length + 4 }}</b> Evidence</h2>{{ facts(evidence) }}</section>
<section><h2><b>{{ studies|length + 5 }}</b> This report</h2>{{ facts(seal) }}</section>
</main>
<footer>{{ end }} {{ number }} &middot; data sha256 {{ digest }}</footer>
</body>
</html>
"""
)

_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)


def render_page(content: Content, facts: PairMonth) -> str:
    """Set a report as HTML. It says the same as the text, in the same order, and draws what the text counts."""
    return _TEMPLATE.render(**plain_content(content, facts, Markup), colour=COLOURS[content.word])


def plain_content(content: Content, facts: PairMonth, plot: Callable[[str], object]) -> dict[str, object]:
    """
    The content as plain values with nothing in them that could act; the sheet is set from the same.

    `plot` says in which form a drawing goes along.
    """
    return {
        "title": TITLE,
        "end": END,
        "legend": LEGEND,
        "days": list(DAYS),
        "word": content.word.value,
        "symbol": content.symbol,
        "number": printable(content.number),
        "sentence": printable(content.sentence),
        "blocks": list(map(printable, content.blocks)),
        "remarks": list(map(printable, content.remarks)),
        "parties": _facts(content.parties),
        "studies": [_study(part, facts, plot) for part in content.studies],
        "evidence": _facts(content.evidence),
        "seal": _facts(content.seal),
        "digest": content.digest,
        "dated": content.dated.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _study(part: StudyPart, facts: PairMonth, plot: Callable[[str], object]) -> dict[str, object]:
    return {
        "title": printable(part.title),
        "facts": _facts(part.facts),
        "weeks": [[_day(day) if day else None for day in week] for week in part.weeks],
        "plots": [plot(each) for each in (draw_recovery(facts, part.study), draw_freeze(facts, part.study)) if each],
        "gaps": list(map(printable, part.gaps)),
        "drills": list(map(printable, part.drills)),
        "deviations": list(map(printable, part.deviations)),
        "columns": list(part.cycles.columns),
        "rows": [list(map(printable, row)) for row in part.cycles.rows],
    }


def _day(day: Day) -> dict[str, object]:
    return {"number": day.number, "marks": day.marks, "says": printable(day.says), "kind": day.kind}


def _facts(facts: tuple[Fact, ...]) -> list[dict[str, str]]:
    return [{"label": printable(fact.label), "says": printable(fact.says)} for fact in facts]
