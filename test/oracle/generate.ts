import type { Draw } from "./draw.ts";

/** Makes a template out of the names of `DATA`: one that Python's Jinja and the language both give a meaning. */
export function generateTemplate(draw: Draw): string {
  const pieces = Array.from({ length: draw.upTo(3) + 1 }, () => piece(draw, 2));
  return pieces.join(draw.pick(["", " ", "\n", "  \n  "]));
}

function piece(draw: Draw, depth: number): string {
  if (depth > 0 && draw.upTo(3) === 0) {
    return statement(draw, depth);
  }
  const [open, close] = draw.pick([
    ["{{ ", " }}"],
    ["{{ ", " }}"],
    ["{{- ", " }}"],
    ["{{ ", " -}}"],
  ] as const);
  return `${draw.pick(["", "a ", " b", "\n"])}${open}${any(draw, 3)}${close}`;
}

function statement(draw: Draw, depth: number): string {
  const inner = (): string => piece(draw, depth - 1);
  const [open, close] = draw.pick([
    ["{% ", " %}"],
    ["{%- ", " %}"],
    ["{% ", " -%}"],
    ["  {% ", " %}\n"],
  ] as const);
  const tag = (text: string): string => `${open}${text}${close}`;
  switch (draw.upTo(5)) {
    case 0:
      return `${tag(`if ${flag(draw, 2)}`)}${inner()}${tag("else")}${inner()}${tag("endif")}`;
    case 1:
      return `${tag(`for x in ${list(draw, 1)}`)}${inner()}{{ x }}{{ loop.index }}${tag("endfor")}`;
    case 2:
      return `${tag(`for x in ${list(draw, 1)} if x is ${draw.pick(["odd", "even", "defined"])}`)}{{ loop.revindex }}{{ x }}${tag("else")}${inner()}${tag("endfor")}`;
    case 3:
      return `${tag(`set v = ${any(draw, 2)}`)}${inner()}{{ v }}`;
    case 4:
      return `${tag(`with v = ${number(draw, 2)}`)}{{ v + 1 }}${inner()}${tag("endwith")}`;
    default:
      return `${tag(`filter ${draw.pick(["upper", "trim", "title", "length", "replace('a', 'o')"])}`)}${inner()}${tag("endfilter")}`;
  }
}

type Maker = (draw: Draw, depth: number) => string;

function any(draw: Draw, depth: number): string {
  return draw.pick<Maker>([number, text, list, flag, text, number])(draw, depth);
}

function number(draw: Draw, depth: number): string {
  const less = depth - 1;
  if (depth <= 0) {
    return draw.pick(["n", "m", "f", "g", "z", "0", "1", "2", "7", "2.5", "o.k", "rows[0].v"]);
  }
  return draw.pick<() => string>([
    () => number(draw, 0),
    () =>
      `${number(draw, less)} ${draw.pick(["+", "-", "*", "/", "//", "%"])} ${number(draw, less)}`,
    () => `(${number(draw, less)})|abs`,
    () => `(${number(draw, less)})|round${draw.pick(["", "(1)", "(2, 'floor')", "(1, 'ceil')"])}`,
    () => `(${number(draw, less)})|int`,
    () => `(${text(draw, less)})|int(3)`,
    () => `(${text(draw, less)})|float(0.5)`,
    () => `(${draw.pick([text, list])(draw, less)})|${draw.pick(["length", "count"])}`,
    () => `(${text(draw, less)})|wordcount`,
    () => `[${number(draw, less)}, ${number(draw, less)}]|${draw.pick(["sum", "min", "max"])}`,
    () => `(${text(draw, less)}).${draw.pick(["find('o')", "count('l')", "rfind(' ')"])}`,
    () => `(${number(draw, less)} if ${flag(draw, less)} else ${number(draw, less)})`,
    () => `rows|map(attribute='v')|${draw.pick(["sum", "min", "max", "first", "last"])}`,
  ])();
}

const TEXT_FILTERS = [
  "upper",
  "lower",
  "title",
  "capitalize",
  "trim",
  "string",
  "reverse",
  "escape",
  "striptags",
  "urlencode",
  "center(9)",
  "replace('o', 'ö')",
  "replace('l', '', 1)",
  "truncate(5)",
  "truncate(6, true)",
  "truncate(7, false, '…', 0)",
  "indent(2)",
  "indent(2, true)",
  "wordwrap(6)",
  "default('d')",
  "default('d', true)",
  "first",
  "last",
  "trim('l')",
];
const TEXT_METHODS = [
  "upper()",
  "lower()",
  "title()",
  "capitalize()",
  "strip()",
  "lstrip()",
  "rstrip('d')",
  "replace('l', 'L')",
  "zfill(8)",
  "ljust(6, '.')",
  "rjust(6)",
  "center(7, '-')",
  "swapcase()",
];

function text(draw: Draw, depth: number): string {
  const less = depth - 1;
  if (depth <= 0) {
    return draw.pick([
      "s",
      "t",
      "u",
      "html",
      "lines",
      "empty",
      "'abc'",
      "''",
      "'É1 b'",
      "rows[1].n",
    ]);
  }
  return draw.pick<() => string>([
    () => text(draw, 0),
    () => `(${text(draw, less)})|${draw.pick(TEXT_FILTERS)}`,
    () => `(${text(draw, less)})|${draw.pick(TEXT_FILTERS)}`,
    () => `(${text(draw, less)}).${draw.pick(TEXT_METHODS)}`,
    () => `(${text(draw, less)} ~ ${draw.pick([text, number])(draw, less)})`,
    () => `(${text(draw, less)})[${slice(draw)}]`,
    () => `(${list(draw, less)})|join(${draw.pick(["", "', '", "'-'"])})`,
    () => `(${text(draw, less)} if ${flag(draw, less)} else ${text(draw, less)})`,
    () =>
      `'${draw.pick(["%s", "%5s|", "%-5s|", "<%s>"])}'|format(${draw.pick([text, number])(draw, less)})`,
    () => `(${text(draw, less)}) * ${draw.upTo(3)}`,
    () => `rows|map(attribute='${draw.pick(["n", "g"])}')|${draw.pick(["join", "first", "last"])}`,
  ])();
}

function slice(draw: Draw): string {
  const bound = (): string => draw.pick(["", "0", "1", "2", "-1", "-3", "9"]);
  return `${bound()}:${bound()}${draw.pick(["", "", ":1", ":2", ":-1", ":-2"])}`;
}

const LIST_FILTERS = [
  "reverse",
  "sort",
  "sort(reverse=true)",
  "unique",
  "list",
  "select",
  "reject",
  "batch(2)",
  "slice(2)",
  "map('string')",
];

function list(draw: Draw, depth: number): string {
  const less = depth - 1;
  if (depth <= 0) {
    return draw.pick(["xs", "fs", "ws", "e", "[1, 2]", "['b', 'a', 'B']", "range(4)"]);
  }
  return draw.pick<() => string>([
    () => list(draw, 0),
    () => `(${list(draw, less)})|${draw.pick(LIST_FILTERS)}|list`,
    () => `(${list(draw, less)})|${draw.pick(LIST_FILTERS)}|list`,
    () => `(${list(draw, less)}|list)[${slice(draw)}]`,
    () => `(${text(draw, less)}).split(${draw.pick(["", "' '", "'o'", "',', 1"])})`,
    () => `(${text(draw, less)})|list`,
    () => `xs|select(${draw.pick(["'odd'", "'even'", "'gt', 1", "'in', [1, 2]"])})|list`,
    () => `ws|map('${draw.pick(["upper", "lower", "length", "first"])}')|list`,
    () => `rows|sort(attribute='${draw.pick(["n", "v", "g", "g,v"])}')|map(attribute='n')|list`,
    () =>
      `rows|${draw.pick(["selectattr", "rejectattr"])}(${draw.pick(["'v', '>', 1", "'g', 'eq', 'q'", "'v', 'odd'", "'n'"])})|map(attribute='n')|list`,
    () => `o|dictsort${draw.pick(["", "(true)", "(by='value')", "(reverse=true)"])}`,
    () => `(${list(draw, less)}|list) + [${number(draw, less)}]`,
    () => `[${any(draw, less)}, ${any(draw, less)}]`,
  ])();
}

function flag(draw: Draw, depth: number): string {
  const less = depth - 1;
  if (depth <= 0) {
    return draw.pick(["yes", "no", "true", "false", "nul", "e", "n", "z", "empty", "s"]);
  }
  return draw.pick<() => string>([
    () => flag(draw, 0),
    () =>
      `${number(draw, less)} ${draw.pick(["<", "<=", ">", ">=", "==", "!="])} ${number(draw, less)}`,
    () => `(${text(draw, less)}) ${draw.pick(["<", ">", "==", "!="])} (${text(draw, less)})`,
    () => `(${flag(draw, less)} ${draw.pick(["and", "or"])} ${flag(draw, less)})`,
    () => `not ${flag(draw, less)}`,
    () =>
      `(${any(draw, less)}) is ${draw.pick(["defined", "none", "string", "number", "mapping", "iterable", "sequence", "boolean", "integer", "float", "not defined"])}`,
    () => `(${text(draw, less)}) in (${text(draw, less)})`,
    () => `${number(draw, less)} ${draw.pick(["in", "not in"])} xs`,
    () =>
      `(${text(draw, less)}).${draw.pick(["startswith('a')", "endswith('d')", "isdigit()", "isalpha()", "isupper()"])}`,
  ])();
}
