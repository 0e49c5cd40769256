import type { Json } from "@orchestrator/template";

import { autoContext } from "../auto/auto-context.ts";
import type { AutoQuestion } from "../auto/auto-question.ts";
import { idOf, type Instance } from "../engine/frame.ts";
import type { OutputProgram } from "../engine/output-program.ts";
import { readBy } from "../engine/read-by.ts";
import type { JsonObject } from "../events.ts";
import type { PlanAuto } from "../plan.ts";
import { hiddenOf } from "../redact/hidden.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { RunReading } from "./reading.ts";

/** Knows the answers to the AUTO tags of one owner, and collects the questions that have none yet. */
export type AutoReader = {
  /** Not answered yet; the owner goes on when they are (L130). */
  readonly questions: AutoQuestion[];
  readonly answerTo: (path: string) => { readonly value: Json } | undefined;
  /** Why a tag has no value and will have none. */
  readonly unanswered: (path: string) => string | undefined;
  readonly ask: (auto: AskedAuto, instruction: string) => void;
  /** The question of a tag that is asked later. */
  readonly question: (auto: AskedAuto, instruction: string) => AutoQuestion;
};

/** What is asked of a tag. */
export type AskedAuto = Omit<PlanAuto, "name" | "body">;

/** The tags of a step. */
export function stepAutos({ state, read }: RunReading, instance: Instance): AutoReader {
  const { frame, place, record } = instance;
  const { step } = place;
  const context = (): JsonObject => {
    const wanted = new Set(step.dependencies);
    const places = frame.block.steps.filter((each) => wanted.has(each.step.id));
    return autoContext(readBy(frame, places), read);
  };
  return readerOf({
    instance: idOf(instance),
    names: [idOf(instance), step.id],
    known: record.autos ?? {},
    unanswered: {},
    responses: state.autoResponses,
    produces: step.produces,
    description: step.description ?? null,
    context,
    redactor: () => hiddenOf(state)?.redactor,
  });
}

/** The tags of an output. */
export function outputAutos(
  { state, read, unanswered = {} }: RunReading,
  { reads }: Pick<OutputProgram, "reads">,
): AutoReader {
  return readerOf({
    instance: "",
    names: [],
    known: state.autos,
    unanswered,
    responses: state.autoResponses,
    produces: null,
    description: null,
    context: () => autoContext(readBy(state.root, reads), read),
    redactor: () => hiddenOf(state)?.redactor,
  });
}

type Owner = Pick<AutoQuestion, "instance" | "produces" | "description"> & {
  /** What answers that came with the run call the owner, the nearest first (L131). */
  readonly names: readonly string[];
  readonly known: JsonObject;
  readonly unanswered: Readonly<Record<string, string>>;
  readonly responses: JsonObject;
  readonly context: () => JsonObject;
  /** Knows what is sensitive in the run, which no model is shown (L165). */
  readonly redactor: () => Redactor | undefined;
};

function readerOf(owner: Owner): AutoReader {
  const { known, unanswered } = owner;
  const questions: AutoQuestion[] = [];
  return {
    questions,
    unanswered: (path) => (Object.hasOwn(unanswered, path) ? unanswered[path] : undefined),
    answerTo: (path) => (Object.hasOwn(known, path) ? { value: known[path] ?? null } : undefined),
    question: (auto, instruction) => questionOf(owner, { auto, instruction }),
    ask(auto, instruction) {
      if (!questions.some(({ path }) => path === auto.path)) {
        questions.push(questionOf(owner, { auto, instruction }));
      }
    },
  };
}

function questionOf(
  owner: Owner,
  { auto, instruction }: { auto: AskedAuto; instruction: string },
): AutoQuestion {
  const { path, attributes } = auto;
  const response = responseTo(owner, path);
  const redactor = owner.redactor();
  const context = response === undefined ? owner.context() : {};
  return {
    ...wantedOf(auto),
    path,
    attributes,
    instance: owner.instance,
    instruction: redactor?.text(instruction.trim()) ?? instruction.trim(),
    produces: owner.produces,
    description: owner.description,
    context: redactor?.object(context) ?? context,
    ...(response === undefined ? {} : { response }),
  };
}

/** What the answer must be. */
function wantedOf({ type, min, max, choices, default: fallback }: AskedAuto) {
  return {
    type,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(choices === undefined ? {} : { choices }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}

/** L131: `<step>.<field path>`, in which `parameters.` may be left out. */
export function responseTo(
  { names, responses }: Pick<Owner, "names" | "responses">,
  path: string,
): { readonly value: Json } | undefined {
  const paths = path.startsWith("parameters.") ? [path, path.slice("parameters.".length)] : [path];
  const keys =
    names.length === 0 ? paths : names.flatMap((name) => paths.map((each) => `${name}.${each}`));
  const key = keys.find((each) => Object.hasOwn(responses, each));
  return key === undefined ? undefined : { value: responses[key] ?? null };
}
