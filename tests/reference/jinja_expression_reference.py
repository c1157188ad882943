#!/usr/bin/env python3
"""Vectors for the Jinja evaluator: small templates with jinja2's output, run as Hugging Face's transformers runs chat templates.

Needs Debian's python3-jinja2. Writes JSON: [{"template", "data", "output" or "error": true}].
"""
import itertools
import json
import random
import sys
from pathlib import Path

from transformers_jinja import environment

DATA = {
    "s": "Hello World", "t": "  padded\t\n", "e": "", "u": "na\u00efve \U0001f600 \u4f60\u597d x", "q": "it's \"quoted\" \\ \n", "i": 7, "n": -3, "z": 0, "f": 2.5,
    "g": 1e20, "h": 0.00001, "b": True, "no": False, "nil": None, "l": [3, 1, 2], "el": [], "w": ["b", "A", "c", "a"],
    "d": {"b": 1, "a": "x", "C": [1, {"k": None}]}, "ed": {}, "m": [{"role": "user", "content": "hi", "n": 2}, {"role": "assistant", "content": "", "n": 1},
                                                                 {"role": "user", "n": 3, "deep": {"x": [5, 6]}}],
}

EXPRESSIONS = (Path(__file__).parent / "jinja_expressions.txt").read_text(encoding="utf-8").splitlines()

STATEMENTS = [
    "{% for x in l %}{{ x }},{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is undefined }}{% endfor %}",
    "{% for x in el %}x{% else %}none{% endfor %}",
    "{% for x in nothing %}x{% else %}none{% endfor %}",
    "{% for x in i %}x{% endfor %}",
    "{% for x in nil %}x{% endfor %}",
    "{% for c in u %}[{{ c }}]{% endfor %}",
    "{% for k in d %}{{ k }} {% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d | items %}{{ k }}={{ v }};{% endfor %}",
    "{% for (k, v) in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for a, b in l %}{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for x in m if x.role == 'user' %}{{ loop.index }}{{ x.n }}{{ loop.length }} {% endfor %}",
    "{% for x in m if x.role == 'no' %}{% else %}nobody{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}no{% endfor %}",
    "{% for x in l %}{% for y in l %}{% if y == 2 %}{% break %}{% endif %}{{ x }}{{ y }}{{ loop.depth }} {% endfor %}{{ loop.depth0 }}{% endfor %}",
    "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{% endfor %}",
    "{% for x in l %}{% set y = x %}{% endfor %}{{ y is defined }}",
    "{% set y = 0 %}{% for x in l %}{% set y = y + x %}{{ y }}{% endfor %}{{ y }}",
    "{% set ns = namespace(y=0) %}{% for x in l %}{% set ns.y = ns.y + x %}{% endfor %}{{ ns.y }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% if true %}{% set ns.a = 2 %}{% endif %}{{ ns.a }}{{ ns.b }}",
    "{% set ns = {} %}{% set ns.a = 1 %}",
    "{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}",
    "{% set x %}a{{ i }}b{% endset %}{{ x }}{{ x | length }}",
    "{% set x | upper %}abc{% endset %}{{ x }}",
    "{% set x | upper | replace('A', 'z') %}abc{% endset %}{{ x }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a = 1, 2 %}{{ a }}",
    "{% set a, b = 1 %}",
    "{% set loop = 1 %}{{ loop }}",
    "{% set messages = m %}{% for x in messages %}{{ x.role }}{% endfor %}",
    "{% set messages = m[1:] %}{{ messages | length }}",
    "{% if no %}a{% elif nil %}b{% elif i %}c{% else %}d{% endif %}",
    "{% if nothing %}a{% else %}b{% endif %}",
    "{% if not nothing %}a{% endif %}",
    "{% if nothing.x %}a{% endif %}",
    "{% if m[0]['content'] is defined and m[0]['content'] is not none %}a{% endif %}",
    "{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }}|{{ f(1, 3) }}|{{ f(b=1, a=0) }}|{{ f() }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(x=2) }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% macro f() %}{{ x }}{% endmacro %}{% set x = 5 %}{{ f() }}",
    "{% macro f() %}  {{ i }}  {% endmacro %}{{ f() | trim }}{{ f() | length }}",
    "{% macro f() %}{% set i = 9 %}{{ i }}{% endmacro %}{{ f() }}{{ i }}",
    "{% for x in l %}{% macro f(y) %}{{ x }}{{ y }}{% endmacro %}{{ f(0) }}{% endfor %}",
    "{% macro f() %}[{{ caller() }}]{% endmacro %}{% call f() %}in{{ i }}{% endcall %}",
    "{% macro f() %}[{{ caller(3) }}]{% endmacro %}{% call(v) f() %}in{{ v }}{% endcall %}",
    "{% macro f() %}[{% if caller is defined %}c{% endif %}]{% endmacro %}{{ f() }}",
    "{% with a = 1, b = i %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q }}",
    "{% filter upper %}abc{{ s }}{% endfilter %}",
    "{% filter upper | replace('A', 'z') %}abc{% endfilter %}",
    "{% generation %}abc{{ s }}{% endgeneration %}|",
    "{% generation %}{% set x = 1 %}{% endgeneration %}{{ x }}",
    "{% raw %}{{ not }} {% this %}{% endraw %}|",
    "a {%- raw -%} {{ x }} {%- endraw -%} b",
    "a\n  {% raw %}\n x{% endraw %}\nb",
    "{# comment #}a{# more {{ x }} #}b",
    "a\n  {# comment #}\nb",
    "a  {#- comment -#}  b",
    "a\n  {% if true %}\n    b\n  {% endif %}\nc\n",
    "  {% if true %}  x  {% endif %}  \n\n",
    "a\n{% if true -%}\n  b\n{%- endif %}\nc",
    "a\n  {%+ if true %}\n b\n  {%+ endif +%}\nc",
    "a {{- s -}} b",
    "a \n {{- s -}} \n b",
    "a\n  {{ s }}\nb\n",
    "x{{ s }}\n{{ s }}\n\n",
    "\n{% if true %}\nx\n{% endif %}\n",
    "{% if true %}\n\n\nx{% endif %}",
    "\t {% set x = 1 %}\n y",
    "y \t {% set x = 1 %}\n y",
    "{%- for x in l %}\n    {{- x }}\n{%- endfor %}\n",
    "{% for x in l %}\n{{ x }}\n{% endfor %}",
    "{%for x in l%}{{x}}{%endfor%}",
    "{%-for x in l-%} {{x}} {%-endfor-%} ",
    "a\r\n{% if true %}\r\nb\r\n{% endif %}\rc",
    "{{ '{{' }}{{ '%}' }}{{ \"{%\" }}",
    "{{ {'a': {'b': 1}}['a'] }}",
    "{{ {'a': 1}}}",
    "{ { } } {a} %} }} #}",
    "{{ s\n | \n upper }}",
    "{{ 'a\nb' }}",
    "{{ 1, 2 }}",
    "{{ (1, 2) }}",
    "{{ }}",
    "{% %}",
    "{% if %}x{% endif %}",
    "{% if true %}x",
    "{% for x in l %}x{% endif %}",
    "{% endif %}",
    "{% for x of l %}{% endfor %}",
    "{% set 1 = 2 %}",
    "{% set true = 2 %}",
    "{% break %}",
    "{% nosuch %}",
    "{{ x",
    "{% x",
    "{# x",
    "{% raw %} x",
    "{{ raise_exception('a ' ~ i) }}",
    "{% if false %}{{ raise_exception('no') }}{% endif %}ok",
    "{% if false %}{{ s | nosuchfilter }}{% endif %}ok",
    "{% for x in range(3) %}{{ x }}{% endfor %}",
    "{% for x in [1,2] + [3] %}{{ x }}{% endfor %}",
    "{% for x in m | selectattr('role', 'equalto', 'user') %}{{ x.n }}{% endfor %}",
    "{% for x in l | sort %}{{ x }}{% endfor %}",
    "{% for x in (1, 2) if x > 1 %}{{ x }}{% endfor %}",
    "{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "{% for x in l[::-1] %}{{ x }}{% endfor %}",
    "{% for x in l | reverse %}{{ x }}{% endfor %}",
    "{% for k in d %}{{ d[k] }}{% endfor %}",
    "{% set a = [] %}{% for x in l %}{% set a = a + [x] %}{% endfor %}{{ a }}",
    "{% set x = 'a' if i > 3 else 'b' %}{{ x }}",
    "{% set _ = l.append(1) %}",
    "{% do l.append(1) %}",
    "{% include 'x' %}",
    "{% extends 'x' %}",
    "{{ loop }}",
    "{% for x in l %}{{ loop.nosuch is defined }}{% endfor %}",
    "{% macro a() %}1{% endmacro %}{% macro b() %}{{ a() }}2{% endmacro %}{{ b() }}",
    "{{ f() }}{% macro f() %}x{% endmacro %}",
    "{% if l %}{% set y = 1 %}{% else %}{% set y = 2 %}{% endif %}{{ y }}",
    "{% if el %}{% set y = 1 %}{% endif %}{{ y is defined }}",
    "{% for x in l %}{% if loop.first %}{% set y = 1 %}{% endif %}{{ y is defined }}{% endfor %}",
    "{% set y = 5 %}{% for x in l %}{{ y }}{% set y = x %}{{ y }}{% endfor %}",
    "{% for i in l %}{{ i }}{% endfor %}{{ i }}",
    "{% for x in l %}{% set loop_index = loop.index %}{% for y in w %}{{ loop_index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% macro f(x) -%} {{ x }} {%- endmacro %}[{{ f(1) }}]",
    "{% macro f(x) %}{% for y in x %}{{ y }}{% endfor %}{% endmacro f %}{{ f(l) }}",
    "{{ strftime_now('%Y') | length }}",
    "{{ '' }}{{ none }}{{ true }}{{ 1.0 }}",
]


def fuzzed(count):
    """Random expressions over the operators, so that precedence is compared on more than what one thinks of."""
    rng = random.Random(3)
    atoms = ["1", "2", "i", "n", "z", "f", "b", "no", "nil", "s", "e", "l", "el", "w", "d", "'a'", "'l'", "[1]", "nothing", "m[0].role", "(1, 'x')", "u"]
    binary = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
    suffix = [" | length", " | string", " | upper", " | list", " | first", " | last", " | join('-')", " is string", " is defined", " is none", " is not none",
              " is number", " is mapping", " is iterable", "[0]", "[-1]", "[1:]", "[:-1]", "[::-1]", "[::2]", "[1:3]", " | default('D')", " | int", " | trim",
              " | tojson", " | reverse | list", " | replace('l', 'L')", ".upper()", ".split('l')", " | sort", " | unique | list", " | float", " | abs"]

    def make(depth):
        roll = rng.random()
        if depth == 0 or roll < 0.15:
            return rng.choice(atoms)
        if roll < 0.55:
            return f"{make(depth - 1)} {rng.choice(binary)} {make(depth - 1)}"
        if roll < 0.80:
            return make(depth - 1) + rng.choice(suffix)
        if roll < 0.86:
            return "not " + make(depth - 1)
        if roll < 0.90:
            return "-" + make(depth - 1)
        if roll < 0.95:
            return f"({make(depth - 1)})"
        return f"{make(depth - 1)} if {make(depth - 1)} else {make(depth - 1)}"

    seen = set()
    while len(seen) < count:
        seen.add(make(rng.choice([1, 2, 2, 3, 3])))
    return sorted(seen)


def outcome(template):
    env = environment()
    env.optimized = False
    try:
        return {"output": env.from_string(template).render(**DATA)}
    except Exception as error:  # every kind of failure is a refusal
        return {"error": type(error).__name__}


def main():
    cases = []
    templates = ["{{ " + e + " }}" for e in itertools.chain(EXPRESSIONS, fuzzed(1500))] + STATEMENTS
    for template in templates:
        case = {"template": template, **outcome(template)}
        # jinja2 folds constants by other rules than it computes with: {{ 1[1:] }} is nothing, but i[1:] an error. Only the latter matters.
        if template.startswith("{{ ") and outcome("{% set r = " + template[3:-3] + " %}{{ r }}") != outcome(template):
            continue
        # Addresses of Python objects differ from run to run.
        if " object at 0x" not in case.get("output", "") and "<function" not in case.get("output", "") and "<built-in" not in case.get("output", ""):
            cases.append(case)
    lines = ",\n".join(json.dumps(case) for case in cases)
    sys.stdout.write(f'{{"data": {json.dumps(DATA)},\n"cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
