import {
  createBudget,
  DateTime,
  type Host,
  type Json,
  type TemplateLimits,
  textOf,
} from "@orchestrator/template";

import type { FieldProgram } from "../engine/field-program.ts";
import { idOf, type Instance } from "../engine/frame.ts";
import type { RunState } from "../engine/run-state.ts";
import type { PlanStep } from "../plan.ts";
import { ROOT_NAMES } from "../root-names.ts";
import { type AutoReader, responseTo, stepAutos } from "./auto-reader.ts";
import { loopGlobal } from "./loop-globals.ts";
import { outputReader } from "./output-reader.ts";
import type { RunReading } from "./reading.ts";
import {
  type FieldRendering,
  noProblems,
  renderField,
  type RenderProblems,
} from "./render-field.ts";
import { type OwnNames, runScope } from "./run-scope.ts";

/** Everything that rendering takes from the shell (I8). */
export type RenderContext = RunReading & {
  /** Globals that look outside: files (L74). */
  readonly call: Host["call"];
  /** Bounds tighter than the language's, to find out what is worth a thread of its own. */
  readonly limits?: Partial<TemplateLimits>;
  /** Milliseconds of processor time so far. */
  readonly cpuMs: () => number;
};

/** Names that a plan's templates may use, for suggestions. */
export function namesIn({ loaded }: RunState): readonly string[] {
  return [...loaded.names.all, ...ROOT_NAMES];
}

/** Renders the fields of one step: one budget for all of them (L60). */
export type Renderer = {
  readonly problems: RenderProblems;
  readonly autos: AutoReader;
  /** Where a model's name that came with the run is looked for (L131). */
  readonly response: (path: string) => { readonly value: Json } | undefined;
  rendering(own: OwnNames): FieldRendering;
  field(program: FieldProgram, own: OwnNames): Json;
};

/** Makes a renderer of what a step renders. */
export function rendererOf(context: RenderContext, instance: Instance): Renderer {
  const { step } = instance.place;
  const budget = createBudget(context.limits, context.cpuMs);
  const problems = noProblems();
  const autos = stepAutos(context, instance);
  const host = hostOf(context);
  const output = outputReader(context, { host, budget, questions: autos.questions });
  const produces = step.produces === null ? {} : { produces: step.produces };
  const rendering = (own: OwnNames): FieldRendering => ({
    env: {
      scope: runScope(context, { own: { ...produces, ...own }, output }),
      host,
      budget,
      names: () => namesIn(context.state),
    },
    problems,
    autos,
  });
  const { autoResponses: responses } = context.state;
  return {
    problems,
    autos,
    response: (path) => responseTo({ names: [idOf(instance), step.id], responses }, path),
    rendering,
    field: (program, own) => renderField(program, rendering(own)),
  };
}

/** What only the run knows: the clock, its loops, and what the shell looks up (L74). */
export function hostOf(context: RenderContext): Host {
  return {
    now: () => new DateTime(context.nowMs),
    call: (name, args) => loopGlobal(context, { name, args }) ?? context.call(name, args),
  };
}

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["markdown", "md"],
  ["json", "json"],
  ["csv", "csv"],
  ["html", "html"],
]);

/** L33: a location that ends in `/` is a directory, and the file is named after the step. */
export function ownNames({ id, produces }: PlanStep, rendered: Json): OwnNames {
  const text = textOf(rendered);
  if (text === "") {
    return {};
  }
  if (!text.endsWith("/")) {
    return { location: text };
  }
  const words = (produces ?? "").toLowerCase().split(/[^a-z]+/);
  const extension = words.map((word) => EXTENSIONS.get(word)).find((found) => found !== undefined);
  return { location: `${text}${id}.${extension ?? "txt"}` };
}
