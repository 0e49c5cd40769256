"""Renders templates with Python's Jinja2: a JSON list of {template, data, here} comes in, outcomes go out.

A template whose outcome is not the one that came along is rendered again with rules of the language put in, one after the
other: what a difference vanishes with is the rule that explains it.
"""

import json
import math
import re
import sys

import jinja2
import jinja2.filters
import jinja2.nodes
import jinja2.runtime


def number_text(value):
    """L3: the shortest text of a number; an integral one has no decimal point."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return str(value)


def plain(value):
    """Whatever iterates is a list, as the language's own values are."""
    if isinstance(value, jinja2.Undefined):
        return None
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)) or (hasattr(value, "__iter__") and not isinstance(value, str)):
        return [plain(each) for each in value]
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return int(value)
    return value


def text_of(value):
    """L4: the one text form of a value that is printed."""
    if value is None:
        return ""
    if isinstance(value, jinja2.Undefined) or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return number_text(value)
    if callable(value) and not hasattr(value, "__iter__"):
        return value
    return json.dumps(plain(value), ensure_ascii=False)



class Lenient(jinja2.StrictUndefined):
    """L2: a truth test may be of something undefined."""

    __slots__ = ()

    def __bool__(self):
        return False


class Absent(jinja2.ChainableUndefined):
    """L2: never fails; its text is empty, ordering it is false, arithmetic with it is absent."""

    __slots__ = ()

    def _same(self, *_):
        return self

    def _no(self, *_):
        return False

    __call__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __pow__ = __rpow__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = _no

    def __eq__(self, other):
        return other is None or isinstance(other, Absent)

    def __ne__(self, other):
        return not self == other

    __hash__ = jinja2.Undefined.__hash__


def not_constant(*_):
    """Joined texts are made when they are printed, not when they are read."""
    raise jinja2.nodes.Impossible()


def plain_environment():
    jinja2.nodes.Concat.as_const = not_constant
    return jinja2.Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        finalize=text_of,
        # Constants that fail are no reason to fail before rendering.
        optimized=False,
    )


def text_form(environment):
    """L4 also inside expressions: `~`, and filters that take text."""

    def shown(value):
        return str(text_of(value))

    def formatted(form, *args):
        return form % tuple(shown(each) if re.search(r"%-?\d*s", form) else each for each in args)

    jinja2.runtime.str_join = lambda parts: "".join(map(shown, parts))
    jinja2.filters.soft_str = shown
    environment.filters["string"] = shown
    environment.filters["format"] = formatted


def lists(environment):
    """Filters give lists, which may be reversed and measured."""
    for name in ("map", "select", "reject", "selectattr", "rejectattr", "unique", "batch", "slice", "items"):
        inner = jinja2.filters.FILTERS[name]

        def listed(*args, inner=inner, **kwargs):
            return list(inner(*args, **kwargs))

        for mark in ("jinja_pass_arg",):
            if hasattr(inner, mark):
                setattr(listed, mark, getattr(inner, mark))
        environment.filters[name] = listed


def joining(environment):
    """L72: join separates with a comma and a space, and writes items in their text form."""

    def join(value, d=", ", attribute=None):
        items = list(value)
        if attribute is not None:
            items = list(jinja2.filters.sync_do_map(CONTEXT(environment), items, attribute=attribute))
        return str(d).join(str(text_of(item)) for item in items)

    environment.filters["join"] = join


def CONTEXT(environment):
    return environment.from_string("").new_context({})


SEES_ABSENCE = ("default", "d", "length", "count", "list", "join")


def absence(environment):
    """L1: the first, last, smallest and largest of nothing are absent. L72: a filter given absent returns absent."""
    for name, inner in list(environment.filters.items()):

        def filtered(*args, name=name, inner=inner, **kwargs):
            subject = args[1 if hasattr(inner, "jinja_pass_arg") else 0]
            if isinstance(subject, Absent) and name not in SEES_ABSENCE:
                return subject
            found = inner(*args, **kwargs)
            chosen = name in ("first", "last", "min", "max") and isinstance(found, jinja2.Undefined)
            return Absent() if chosen else found

        if hasattr(inner, "jinja_pass_arg"):
            filtered.jinja_pass_arg = inner.jinja_pass_arg
        environment.filters[name] = filtered


def leniency(environment):
    """L2: something missing may be tested for its truth."""
    environment.undefined = Lenient


def strictness(environment):
    """L72: what is no number, and has no default, fails."""
    for name in ("int", "float"):
        inner = jinja2.filters.FILTERS[name]

        def converted(value, default=None, *rest, inner=inner):
            if default is None and isinstance(inner(value, None, *rest), type(None)):
                raise ValueError(f"{value!r} is no number")
            return inner(value, default, *rest)

        environment.filters[name] = converted


def numbers(environment):
    """L1: a boolean is a value of its own."""
    environment.tests["number"] = lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)


ADAPTATIONS = [
    ("L72", "join separates with a comma and a space unless it is told otherwise", joining),
    ("L2", "something missing may be tested for its truth", leniency),
    ("L72", "what maps and selects gives a list", lists),
    ("L4", "numbers and containers have one text form, inside expressions too", text_form),
    ("L1", "a boolean is a value of its own and no number", numbers),
    ("L72", "int and float fail where the text is no number and there is no default", strictness),
    ("L1", "first, last, min and max of nothing are absent, and absent never fails", absence),
]


def outcome(environment, case):
    try:
        template = environment.from_string(case["template"])
    except (jinja2.TemplateSyntaxError, jinja2.TemplateAssertionError) as error:
        return {"kind": "refused", "why": str(error)}
    try:
        return {"kind": "text", "text": template.render(case["data"])}
    except jinja2.UndefinedError as error:
        return {"kind": "undefined", "why": str(error)}
    except Exception as error:  # Whatever Python raises, the template failed.
        return {"kind": "failed", "why": f"{type(error).__name__}: {error}"}


def agree(there, here):
    """Texts are compared; of what went wrong, only how."""
    return there["kind"] == here["kind"] and there.get("text") == here.get("text")


def main():
    cases = json.load(sys.stdin)
    environment = plain_environment()
    answers = [{"outcome": outcome(environment, case), "level": 0} for case in cases]
    differing = [index for index, case in enumerate(cases) if not agree(answers[index]["outcome"], case["here"])]
    for level, (_, _, adapt) in enumerate(ADAPTATIONS, start=1):
        adapt(environment)
        for index in differing:
            answers[index] = {"outcome": outcome(environment, cases[index]), "level": level}
        differing = [index for index in differing if not agree(answers[index]["outcome"], cases[index]["here"])]
    for index in differing:
        answers[index]["level"] = -1
    adaptations = [{"rule": rule, "why": why} for rule, why, _ in ADAPTATIONS]
    print(json.dumps({"version": jinja2.__version__, "adaptations": adaptations, "answers": answers}))


main()
