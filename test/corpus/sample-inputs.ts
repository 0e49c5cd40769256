import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { InputDeclaration, JsonObject, Plan } from "@orchestrator/pipeline";
import { parseDocument } from "yaml";

type Json = JsonObject[string];

export type SampleOptions = {
  /** The document's path without its extension. */
  readonly name: string;
  readonly source: string;
  /** Folder of prepared inputs, `<name>.json`. */
  readonly prepared: string;
  /** Where a file is made for an input that is a path. */
  readonly workspace: string;
};

/** Inputs for a document: those that were prepared for it, and for the rest what their declarations suggest. */
export function sampleInputs(plan: Pick<Plan, "inputs">, options: SampleOptions): JsonObject {
  const prepared = preparedInputs(join(options.prepared, `${options.name}.json`));
  const examples = examplesIn(options.source);
  const made = plan.inputs
    .filter(({ name, default: fallback }) => {
      return fallback === undefined && !Object.hasOwn(prepared, name);
    })
    .map((input): [string, Json] => [
      input.name,
      examples.get(input.name) ?? sampleOf(input, options.workspace),
    ]);
  return { ...Object.fromEntries(made), ...prepared };
}

function preparedInputs(file: string): JsonObject {
  const value: JsonObject = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return value;
}

/** `example`, or the first of `examples`, of each declaration; plans do not carry them. */
function examplesIn(source: string): ReadonlyMap<string, Json> {
  const document: unknown = parseDocument(source, { logLevel: "silent" }).toJS();
  const found = new Map<string, Json>();
  for (const section of ["inputs", "parameters"]) {
    for (const [name, declaration] of entriesOf(fieldOf(document, section))) {
      const list = fieldOf(declaration, "examples");
      const example =
        fieldOf(declaration, "example") ?? (Array.isArray(list) ? list[0] : undefined);
      const value: Json | undefined =
        example === undefined ? undefined : JSON.parse(JSON.stringify(example));
      if (value !== undefined) found.set(name, value);
    }
  }
  return found;
}

function sampleOf(input: InputDeclaration, workspace: string): Json {
  const { name, type, checks } = input;
  const words = `${name} ${input.description ?? ""}`;
  const [choice] = checks.oneOf ?? [];
  if (choice !== undefined) {
    return choice;
  }
  const make = MADE[type.kind];
  return make === undefined
    ? textFor(words, { name, workspace, minLength: checks.minLength ?? 0 })
    : make({ name, words, workspace, checks });
}

type Wanted = {
  readonly name: string;
  readonly words: string;
  readonly workspace: string;
  readonly checks: InputDeclaration["checks"];
};

/** What is made for kinds of inputs that are no text. */
const MADE: Readonly<Partial<Record<InputDeclaration["type"]["kind"], (wanted: Wanted) => Json>>> =
  {
    integer: numberWithin,
    number: numberWithin,
    boolean: () => true,
    array: ({ name }) => [`first ${name}`, `second ${name}`],
    object: () => ({ name: "sample" }),
    file: ({ words, workspace }) => sampleFile(words, workspace),
    path: ({ words, workspace }) => sampleFile(words, workspace),
  };

function numberWithin({ checks: { min, max } }: Wanted): Json {
  return min ?? Math.min(3, max ?? 3);
}

function textFor(
  words: string,
  { name, workspace, minLength }: { name: string; workspace: string; minLength: number },
): string {
  if (/\burl\b|https?:/i.test(words)) {
    return "https://example.org/";
  }
  if (/path|file|folder|directory/i.test(words)) {
    return sampleFile(words, workspace);
  }
  const text = `a sample ${name.replaceAll("_", " ")}`;
  return text.length >= minLength ? text : text.padEnd(minLength, ".");
}

const KINDS: readonly (readonly [RegExp, string, string])[] = [
  [
    /csv|table|dataset|spreadsheet/i,
    "csv",
    "id,name,amount\n1,first,10\n2,second,20\n3,third,30\n",
  ],
  [/json/i, "json", `${JSON.stringify([{ id: 1, name: "first" }])}\n`],
  [/yaml|yml/i, "yaml", "name: sample\n"],
  [/python|script|code/i, "py", "def add(a, b):\n    return a + b\n"],
  [/markdown|document|article|report|\bmd\b/i, "md", "# A sample\n\nIt has one paragraph.\n"],
];

/** A small real file of the kind that the words name. */
function sampleFile(words: string, workspace: string): string {
  const [, suffix, content] = KINDS.find(([kind]) => kind.test(words)) ?? [
    "",
    "txt",
    "A sample.\n",
  ];
  const path = `samples/input.${suffix}`;
  const place = join(workspace, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
  return path;
}

function fieldOf(value: unknown, key: string): unknown {
  return entriesOf(value).find(([name]) => name === key)?.[1];
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [];
}
