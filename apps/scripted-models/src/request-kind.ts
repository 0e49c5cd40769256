import { type AskedTool, type ChatRequest, isRecord } from "./chat-request.ts";

/** What sort of answer a request wants, with what is known of it. */
export type RequestKind =
  | { readonly name: "tools"; readonly tools: readonly AskedTool[] }
  | { readonly name: "schema"; readonly schema: unknown }
  | { readonly name: "object" }
  | { readonly name: "choice"; readonly choices: readonly string[] }
  | { readonly name: "boolean"; readonly words: readonly [string, string] }
  | { readonly name: "number"; readonly min: number; readonly max: number; readonly whole: boolean }
  | { readonly name: "list" }
  | { readonly name: "code"; readonly language: string }
  | { readonly name: "text" };

/**
 * Tells what sort of answer a request wants: a call, as long as tools are offered and the last thing said is not what came
 * of one; else by its response format, else by a schema among its messages, else by the
 * last thing that its last message asks for.
 */
export function kindOf(request: ChatRequest): RequestKind {
  if (request.tools.length > 0 && request.messages.at(-1)?.role !== "tool") {
    return { name: "tools", tools: request.tools };
  }
  if (typeof request.form === "object") {
    return { name: "schema", schema: request.form.schema };
  }
  const schema = schemaAmong(request.messages.map(({ content }) => content));
  if (schema !== undefined) return { name: "schema", schema };
  if (request.form === "json_object") return { name: "object" };
  const asked = request.messages.at(-1)?.content ?? "";
  return lastDirective(asked) ?? codeAsked(asked) ?? { name: "text" };
}

type Found = { readonly at: number; readonly kind: RequestKind };

function lastDirective(asked: string): RequestKind | undefined {
  const found = [
    ...choicesAsked(asked),
    ...booleansAsked(asked),
    ...numbersAsked(asked),
    ...listsAsked(asked),
    ...objectsAsked(asked),
  ];
  return found.toSorted((a, b) => a.at - b.at).at(-1)?.kind;
}

const CHOICE =
  /\b(?:one of|choose (?:between|from|among)|select from|choices|options)\b[^:[\n]{0,40}?(?::\s*|(?=\[))([^\n]+)/gi;

function choicesAsked(asked: string): Found[] {
  return [...asked.matchAll(CHOICE)].flatMap((match) => {
    const choices = splitChoices(match[1] ?? "");
    return choices.length < 2
      ? []
      : [{ at: match.index, kind: { name: "choice" as const, choices } }];
  });
}

function splitChoices(list: string): string[] {
  const array = /\[[^\]]*\]/.exec(list)?.[0];
  if (array !== undefined) {
    const parsed = parseJson(array);
    if (Array.isArray(parsed)) return parsed.map(String);
  }
  return list
    .replaceAll(/[[\]()]/g, " ")
    .replace(/\.\s*$/, "")
    .split(/\s*[,|]\s*(?:or\s+)?|\s+or\s+/)
    .map((choice) => choice.trim().replaceAll(/^["'`]|["'`]$/g, ""))
    .filter((choice) => choice !== "");
}

const YES_NO = /\byes\s*(?:\/|,|or)\s*no\b/gi;
const TRUE_FALSE =
  /\btrue\s*(?:\/|,|or)\s*false\b|\b(?:type|form)\s*[:=]\s*"?bool(?:ean)?\b|\ba boolean\b/gi;

function booleansAsked(asked: string): Found[] {
  return [
    ...found(asked, YES_NO, { name: "boolean", words: ["yes", "no"] }),
    ...found(asked, TRUE_FALSE, { name: "boolean", words: ["true", "false"] }),
  ];
}

const NUMBER =
  /\b(?:type|form)\s*[:=]\s*"?(?:number|integer|float|int)\b|\b(?:a|an|the|one|single) (?:whole )?(?:number|integer|numeric (?:score|value))\b|\bhow many\b|\b(?:as|only) (?:a |the )?(?:number|integer)\b/gi;
const RANGE = /(?:from|between)?\s*(-?\d+(?:\.\d+)?)\s*(?:to|and|-|–)\s*(-?\d+(?:\.\d+)?)/;

function numbersAsked(asked: string): Found[] {
  return [...asked.matchAll(NUMBER)].map((match) => {
    const range = RANGE.exec(asked.slice(match.index, match.index + 120));
    const min = Number(range?.[1] ?? 1);
    const max = Number(range?.[2] ?? 100);
    const whole = !/float|numeric|type\s*[:=]\s*"?number/i.test(match[0]) || max - min > 1;
    return { at: match.index, kind: { name: "number", min, max, whole } };
  });
}

const LIST =
  /\b(?:type|form)\s*[:=]\s*"?(?:array|list)\b|\bjson (?:array|list)\b|\b(?:as|return|answer with|give) an? (?:array|list)\b|\blist of strings\b/gi;
const OBJECT = /\b(?:type|form)\s*[:=]\s*"?(?:object|mapping|dict)\b|\bjson object\b/gi;

function listsAsked(asked: string): Found[] {
  return found(asked, LIST, { name: "list" });
}

function objectsAsked(asked: string): Found[] {
  return found(asked, OBJECT, { name: "object" });
}

const CODE =
  /\b(?:write|generate|implement|create|produce)\b[^.\n]{0,60}\b(?:code|function|script|program|class|snippet)\b/i;
const LANGUAGES =
  /\b(python|typescript|javascript|java|go|rust|ruby|sql|bash|shell|c\+\+|c#)(?![\w+#])/i;

function codeAsked(asked: string): RequestKind | undefined {
  if (!CODE.test(asked)) return undefined;
  return { name: "code", language: LANGUAGES.exec(asked)?.[1]?.toLowerCase() ?? "python" };
}

function found(asked: string, pattern: RegExp, kind: RequestKind): Found[] {
  return [...asked.matchAll(pattern)].map((match) => ({ at: match.index, kind }));
}

/** A JSON Schema that stands among messages, as callers write it for models without structured output. */
function schemaAmong(contents: readonly string[]): unknown {
  return contents
    .flatMap((content) =>
      [...content.matchAll(/schema[^{]{0,80}(?=\{)/gi)].map((match) =>
        objectAt(content, match.index + match[0].length),
      ),
    )
    .findLast(
      (value) =>
        isRecord(value) &&
        ["type", "properties", "$ref", "enum", "anyOf", "oneOf"].some((key) => key in value),
    );
}

/** The JSON object that begins at an index, its end found by counting braces outside of texts. */
function objectAt(content: string, start: number): unknown {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < content.length; at++) {
    const char = content[at];
    if (quoted) {
      if (char === "\\") at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return parseJson(content.slice(start, at + 1));
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: prose may hold braces and brackets too.
  }
}
