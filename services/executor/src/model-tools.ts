import { type StepError, stepError } from "@orchestrator/pipeline";
import { type Json, textOf } from "@orchestrator/template";
import {
  type OfferedOperation,
  offeredOperations,
  runTool,
  type ToolCall as CatalogueCall,
  type ToolOutcome,
} from "@orchestrator/tools";

import { AttemptContext } from "./attempt-context.ts";
import type { ChatMessage, OfferedTool, ToolCall } from "./models.ts";
import type { Job, PerformDeps } from "./perform.ts";

/** Reads which tools a step offers its model (L142); a text says what is wrong. */
export function toolsOf(parameter: Json | undefined): readonly OfferedOperation[] | string {
  if (parameter === undefined || parameter === null) {
    return [];
  }
  return isList(parameter)
    ? offeredOperations(parameter.map((name) => textOf(name)))
    : "tools must be a list of names";
}

/** Tools as they are offered. */
export function offersOf(operations: readonly OfferedOperation[]): readonly OfferedTool[] {
  return operations.map(({ name, description, parameters }) => ({
    name,
    description,
    parametersJson: JSON.stringify(parameters),
  }));
}

/** Characters of a result that a model is told; the rest is cut, and it is told that too. */
const MAX_TOLD = 48 * 1024;

/** The tools that the model of one attempt calls: under the step's limits, in its workspace, each call recorded (L142, L168). */
export class ModelTools {
  readonly #operations: ReadonlyMap<string, OfferedOperation>;
  readonly #job: Job;
  readonly #deps: PerformDeps;
  readonly #written: string[] = [];
  #calls = 0;

  constructor(
    operations: readonly OfferedOperation[],
    { job, deps }: { job: Job; deps: PerformDeps },
  ) {
    this.#operations = new Map(operations.map((each) => [each.name, each]));
    this.#job = job;
    this.#deps = deps;
  }

  /** Files that the tools wrote so far. */
  get written(): readonly string[] {
    return this.#written;
  }

  /** Calls a tool, and says what came of it as the model is told it. What the model did wrong is for it to mend. */
  async call(wish: ToolCall): Promise<ChatMessage> {
    const operation = this.#operations.get(wish.name);
    if (operation === undefined) {
      const names = [...this.#operations.keys()].join(", ");
      return told(wish, { error: `there is no tool ${wish.name}; there are: ${names}` });
    }
    const call = operation.call(wish.argumentsJson);
    if ("problem" in call) {
      return told(wish, { error: call.problem });
    }
    const outcome = await this.#run(operation, call);
    this.#written.push(...outcome.written);
    if (outcome.kind === "done") {
      return told(wish, { result: outcome.result });
    }
    const { error, result } = outcome;
    return told(wish, { error: error.message, ...(result === undefined ? {} : { result }) });
  }

  async #run(operation: OfferedOperation, call: CatalogueCall): Promise<ToolOutcome> {
    const { nowMs } = this.#deps;
    this.#calls += 1;
    const number = this.#calls;
    const startedAtMs = Math.floor(nowMs());
    const outcome = await this.#perform(operation, call);
    const { attempt, id } = this.#job;
    attempt.signal.throwIfAborted();
    await this.#job.record({
      kind: "tool_called",
      step: id,
      attempt: attempt.number,
      number,
      tool: call.tool ?? "",
      operation: call.operation,
      parameters: call.parameters,
      atMs: startedAtMs,
      durationMs: Math.max(0, Math.round(nowMs() - startedAtMs)),
      ...errorOf(outcome),
    });
    return outcome;
  }

  async #perform({ isProgram }: OfferedOperation, call: CatalogueCall): Promise<ToolOutcome> {
    const { signal } = this.#job.attempt;
    const run = await this.#deps.openWorkspace(signal);
    if (!isProgram) {
      return runTool(call, this.#context(run.workspace));
    }
    await using own = await run.openForPrograms(signal);
    const outcome = await runTool(call, this.#context(own.workspace));
    return { ...outcome, written: await own.keep(signal) };
  }

  #context(workspace: AttemptContext["workspace"]): AttemptContext {
    return new AttemptContext(this.#job, { deps: this.#deps, workspace, part: this.#calls });
  }
}

function errorOf(outcome: ToolOutcome): { readonly error?: StepError } {
  return outcome.kind === "failed" ? { error: outcome.error } : {};
}

function told({ id }: ToolCall, content: { readonly [key: string]: Json }): ChatMessage {
  const text = JSON.stringify(content);
  const shown =
    text.length <= MAX_TOLD
      ? text
      : `${text.slice(0, MAX_TOLD)} … (cut: ${text.length - MAX_TOLD} characters more)`;
  return { role: "tool", content: shown, toolCallId: id };
}

/** What a step fails by whose model goes on calling tools (L142). */
export function tooManyRounds(rounds: number): StepError {
  const message = `the model called tools in ${rounds} rounds without an answer`;
  return stepError("LIMIT_EXCEEDED", message);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
