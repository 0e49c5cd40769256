import type { Json } from "@orchestrator/template";

import type { Instance } from "../engine/frame.ts";
import type { LoadedPlan } from "../engine/loaded-plan.ts";
import { instancesOf, locate, type RunState } from "../engine/run-state.ts";
import { encodeEvent, type EncodedEvent } from "../event-codec.ts";
import type { JsonObject, RunEvent } from "../events.ts";
import type { Plan } from "../plan.ts";
import type { Hides } from "./hides.ts";
import { redactPayload } from "./redact-event.ts";
import { HIDDEN, leavesOf, MIN_HIDDEN_CHARACTERS, Redactor } from "./redactor.ts";

/** Sensitive values of one run that are looked for elsewhere; those beyond are hidden where they stand themselves only. */
const MAX_TEXTS = 2_000;
const MAX_TEXT_CHARACTERS = 64 * 1024;

/** The sensitive values of a run as far as it has come: what is hidden of its events and of its document (L165). */
export class Hidden {
  readonly redactor = new Redactor();
  readonly #texts = new Set<string>();
  readonly #state: RunState;
  readonly #inputs: ReadonlySet<string>;
  readonly #outputs: ReadonlySet<string>;

  constructor(state: RunState) {
    const { plan } = state.loaded;
    this.#state = state;
    this.#inputs = namesOf(plan.inputs);
    this.#outputs = namesOf(plan.outputs);
    this.#hideInputs(state.inputs);
    for (const { place, record } of instancesOf(state)) {
      if (place.step.sensitive === true && record.result !== undefined) {
        this.#hide("inline" in record.result ? record.result.inline : null);
      }
    }
  }

  /** Takes an event in, and says what of it is not shown; `undefined` for nothing. */
  recorded(event: RunEvent): Hides | undefined {
    const fields = this.#fieldsOf(event);
    const payload = payloadText(encodeEvent(event));
    const texts = [...this.#texts].filter((text) => occurs(text, payload));
    return fields.length === 0 && texts.length === 0 ? undefined : { fields, texts };
  }

  /** Whether an instance's result is not shown. */
  hides({ place }: Instance): boolean {
    return place.step.sensitive === true;
  }

  /** Outputs as they are shown. */
  outputs(outputs: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [
        name,
        this.#outputs.has(name) && value !== null ? HIDDEN : this.redactor.json(value),
      ]),
    );
  }

  #fieldsOf(event: RunEvent): Hides["fields"] {
    if (event.kind === "run_created") {
      this.#hideInputs(event.inputs);
      return fieldsIn("inputs", event.inputs, this.#inputs);
    }
    if (event.kind === "run_finished") {
      return fieldsIn("outputs", event.outputs, this.#outputs);
    }
    if (event.kind === "message_received" && event.message.kind === "answer") {
      return this.#isSensitive(event.message.step) ? [["message", "answer"]] : [];
    }
    if (!("step" in event) || !this.#isSensitive(event.step)) {
      return [];
    }
    if (event.kind === "step_completed" && event.result !== undefined) {
      this.#hide("inline" in event.result ? event.result.inline : null);
    }
    return CONTENT;
  }

  #isSensitive(step: string): boolean {
    return this.hides(locate(this.#state, step));
  }

  #hideInputs(inputs: JsonObject): void {
    for (const name of this.#inputs) {
      this.#hide(inputs[name] ?? null);
    }
  }

  #hide(value: Json): void {
    const room = MAX_TEXTS - this.#texts.size;
    const added = leavesOf(value)
      .filter(({ length }) => length >= MIN_HIDDEN_CHARACTERS && length <= MAX_TEXT_CHARACTERS)
      .slice(0, room);
    added.forEach((text) => this.#texts.add(text));
    this.redactor.add(added);
  }
}

/** What events of a sensitive step say of its values, whatever kind they are. */
const CONTENT: Hides["fields"] = [["result"], ["parameters"], ["value"], ["answer"]];

/** The sensitive values of a run; `undefined` where its plan has none, which is most often. */
export function hiddenOf(state: RunState): Hidden | undefined {
  return hasHidden(state.loaded) ? new Hidden(state) : undefined;
}

/** Gives an event its stored form, with what is not shown of it. */
export function encodeHiding(event: RunEvent, hidden: Hidden | undefined): EncodedEvent {
  const encoded = encodeEvent(event);
  const hides = hidden?.recorded(event);
  if (hides === undefined) {
    return encoded;
  }
  const rest = payloadText(encoded).slice(1);
  const text = `${MARK}${JSON.stringify(hides)}${rest === "}" ? "" : ","}${rest}`;
  return { ...encoded, payload: new TextEncoder().encode(text) };
}

/** How a payload begins that is not shown as it is. */
const MARK = '{"hides":';

/** A stored payload as everybody may see it (L165). */
export function shownPayload(text: string): string {
  if (!text.startsWith(MARK)) {
    return text;
  }
  const { hides, ...payload }: { hides: Hides } & JsonObject = JSON.parse(text);
  const redactor = new Redactor();
  redactor.add(hides.texts);
  let shown: JsonObject = redactPayload(payload, redactor);
  for (const field of hides.fields) {
    shown = without(shown, field);
  }
  return JSON.stringify(shown);
}

function without(object: JsonObject, [key = "", ...deeper]: readonly string[]): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value === undefined || value === null) {
    return object;
  }
  const inner = deeper.length > 0 && isObject(value) ? without(value, deeper) : HIDDEN;
  return { ...object, [key]: inner };
}

function hasHidden({ plan }: LoadedPlan): boolean {
  return plan.hides === true;
}

function namesOf(declared: Plan["inputs"] | Plan["outputs"]): ReadonlySet<string> {
  return new Set(declared.flatMap(({ name, sensitive }) => (sensitive === true ? name : [])));
}

function fieldsIn(key: string, values: JsonObject, names: ReadonlySet<string>): Hides["fields"] {
  return Object.keys(values)
    .filter((name) => names.has(name))
    .map((name) => [key, name]);
}

function occurs(text: string, payload: string): boolean {
  const redactor = new Redactor();
  redactor.add([text]);
  return redactor.text(payload) !== payload;
}

const decoder = new TextDecoder();

function payloadText({ payload }: EncodedEvent): string {
  return decoder.decode(payload);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
