import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  bindInputs,
  compile,
  decodeEvent,
  type JsonObject,
  openPlan,
  openRun,
  apply,
  documentOf,
  type Plan,
  renderSections,
  type ResultDocument,
  type RunEvent,
} from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { runIdText } from "../../../services/executor/src/run-id.ts";
import { ManualClock } from "../../../services/executor/src/testing/manual-clock.ts";
import { MemoryState } from "../../../services/executor/src/testing/state-in-memory.ts";
import { testHost, until } from "../../../services/executor/src/testing/test-host.ts";
import { openWorkspaces } from "../../../services/executor/src/workspace/open-workspaces.ts";
import type { ExpectedRequest, ModelCase } from "../case.ts";
import { type Asked, openScriptedRegistry, type ScriptedRegistry } from "./scripted-registry.ts";

type AssertPart = (whole: unknown, part: unknown, path: string) => void;

/** Runs a case with an executor of its own: its models are scripted, nothing else is. */
export async function runModelCase(each: ModelCase, assertPart: AssertPart): Promise<void> {
  const plan = planOf(each);
  const scratch = await mkdtemp(join(tmpdir(), "model-case-"));
  await using registry = openScriptedRegistry(each);
  try {
    const { document, events, files } = await run(each, { plan, registry, scratch });
    assertPart(document, each.expect, "document");
    if (each.asked !== undefined) {
      assertAsked(registry.asked, each.asked);
    }
    if (each.told !== undefined) {
      assertPart(told(events), each.told, "told");
    }
    assertPart(files, each.left ?? {}, "left");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function planOf({ document }: ModelCase): Plan {
  const text = typeof document === "string" ? document : document.join("\n");
  const compilation = compile(text, { bundle: [], catalogue });
  assert.equal(compilation.kind, "compiled", JSON.stringify(compilation.findings));
  return compilation.plan;
}

type Ran = {
  readonly document: ResultDocument;
  readonly events: readonly RunEvent[];
  readonly files: Readonly<Record<string, string>>;
};

async function run(
  each: ModelCase,
  { plan, registry, scratch }: { plan: Plan; registry: ScriptedRegistry; scratch: string },
): Promise<Ran> {
  const bound = bindInputs(plan, each.inputs ?? {});
  assert.equal(bound.kind, "bound", JSON.stringify(bound));
  const sections = renderSections(plan, bound.inputs);
  assert.equal(sections.kind, "rendered");
  const created: RunEvent = {
    kind: "run_created",
    inputs: bound.inputs,
    sections: sections.sections,
    ...(each.auto_responses === undefined ? {} : { autoResponses: each.auto_responses }),
  };
  const clock = new ManualClock();
  const state = new MemoryState({ plan, created }, () => clock.monotonicMs());
  const workspaces = openWorkspaces({ scratch });
  const host = () => testHost(state, { clock, workspaces, models: registry.connect() }).host;
  state.assign(host());
  if (each.killed_after !== undefined) {
    await kill(state, { after: each.killed_after, next: host });
  }
  await until(() => state.hasEnded, `the run ends: ${state.kinds.join(", ")}`);
  const events = state.events.map((stored) => decodeEvent(stored));
  return { document: documentFrom(state, plan), events, files: filesFrom(events, state) };
}

/** The executor is gone without a word; another one takes the run up from what is recorded. */
async function kill(
  state: MemoryState,
  { after, next }: { after: number; next: () => Parameters<MemoryState["assign"]>[0] },
): Promise<void> {
  await until(() => state.events.length >= after || state.hasEnded, "the executor is to die");
  if (!state.hasEnded) {
    state.revoke({ told: false });
    state.assign(next());
  }
}

function documentFrom(state: MemoryState, plan: Plan): ResultDocument {
  const folded = openRun(openPlan(plan));
  for (const { seq, atUs, ...stored } of state.events) {
    apply(folded, { seq, atUs, event: decodeEvent(stored) });
  }
  const status = folded.end?.status ?? "running";
  return documentOf(folded, { runId: runIdText(state.runId), status });
}

/** Texts of what the steps left. */
function filesFrom(events: readonly RunEvent[], { blobs }: MemoryState): Record<string, string> {
  const artifacts = events.flatMap((event) =>
    event.kind === "step_completed" ? (event.artifacts ?? []) : [],
  );
  return Object.fromEntries(
    artifacts.map(({ path, sha256 }) => [path, Buffer.from(blobs.get(sha256) ?? []).toString()]),
  );
}

function told(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.filter(({ kind }) => kind === "auto_resolved" || kind === "tool_called");
}

function assertAsked(asked: readonly Asked[], expected: readonly ExpectedRequest[]): void {
  const shown = asked.map(({ model, prompt }) => `${model}: ${textOf(prompt)}`).join("\n---\n");
  assert.equal(asked.length, expected.length, `requests:\n${shown}`);
  for (const [at, wanted] of expected.entries()) {
    const request = asked[at];
    assert.ok(request !== undefined);
    assertRequest(request, wanted, `asked[${at}]`);
  }
}

function assertRequest({ model, prompt }: Asked, wanted: ExpectedRequest, path: string): void {
  const text = textOf(prompt);
  for (const part of wanted.says ?? []) {
    assert.ok(text.includes(part), `${path} does not say ${part}:\n${text}`);
  }
  for (const part of wanted.silent_about ?? []) {
    assert.ok(!text.includes(part), `${path} says ${part}:\n${text}`);
  }
  const { form, tools = [], temperature, maxTokens } = prompt;
  const kind = form === undefined ? "none" : form.schema === undefined ? "object" : "schema";
  const facts: JsonObject = {
    model,
    form: kind,
    tools: tools.map(({ name }) => name),
    temperature: temperature ?? null,
    max_tokens: maxTokens,
  };
  for (const key of ["model", "form", "tools", "temperature", "max_tokens"] as const) {
    if (wanted[key] !== undefined) {
      assert.deepEqual(facts[key], wanted[key], `${path}.${key}`);
    }
  }
}

function textOf({ messages }: Asked["prompt"]): string {
  return messages.map(({ role, content }) => `${role}: ${content}`).join("\n");
}
