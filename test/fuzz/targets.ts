import { compile } from "@orchestrator/pipeline";
import {
  createBudget,
  DateTime,
  type Environment,
  evaluate,
  parseCondition,
  parseTemplate,
  render,
} from "@orchestrator/template";
import { catalogue } from "@orchestrator/tools/catalogue";

import { readCases } from "../conformance/read-cases.ts";
import type { Draw } from "../oracle/draw.ts";
import { generateTemplate } from "../oracle/generate.ts";
import { DATA, HAND_WRITTEN } from "../oracle/hand-written.ts";
import { mutateText } from "./mutate-text.ts";

/** What is fed with texts that nobody would write; whatever it throws is a crash. */
export type Target = {
  readonly name: string;
  readonly input: (draw: Draw) => string;
  readonly feed: (input: string) => void;
};

const CASES = readCases().flatMap(({ cases }) => cases);
const DOCUMENTS = CASES.flatMap((each) =>
  "document" in each
    ? [typeof each.document === "string" ? each.document : each.document.join("\n")]
    : [],
).filter((document) => document.length <= 20_000);
const CONDITIONS = CASES.flatMap((each) =>
  each.kind === "condition" && typeof each.condition === "string" ? [each.condition] : [],
);

/** Documents, templates and conditions. */
export const TARGETS: readonly Target[] = [
  {
    name: "documents",
    input: (draw) => mutateText(draw.pick(DOCUMENTS), draw),
    feed: (input) => {
      compile(input, { bundle: [], catalogue });
    },
  },
  {
    name: "templates",
    input: (draw) =>
      mutateText(draw.upTo(1) === 0 ? draw.pick(HAND_WRITTEN) : generateTemplate(draw), draw),
    feed: feedTemplate,
  },
  {
    name: "conditions",
    input: (draw) => mutateText(draw.pick(CONDITIONS), draw),
    feed: feedCondition,
  },
];

function feedTemplate(input: string): void {
  const parsed = parseTemplate(input, PARSING);
  if (parsed.kind === "parsed") {
    render(parsed.value, environment());
  }
}

function feedCondition(input: string): void {
  const parsed = parseCondition(input, PARSING);
  if (parsed.kind === "parsed") {
    evaluate(parsed.value, environment());
  }
}

const PARSING = { bound: new Set(Object.keys(DATA)), joinable: new Set(["a-b"]) };
const NOW = new DateTime(Date.UTC(2026, 0, 15, 14, 30, 45));

function environment(): Environment {
  return {
    scope: { lookup: (name) => (Object.hasOwn(DATA, name) ? DATA[name] : undefined) },
    host: { now: () => NOW, call: () => null },
    budget: createBudget(),
    names: () => Object.keys(DATA),
  };
}
