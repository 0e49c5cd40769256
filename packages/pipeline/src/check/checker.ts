import type { FieldType } from "../catalogue.ts";
import type { Context, Where } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import type { Names } from "./names.ts";

/** What checks of fields need: the document's places and its names. */
export type Checker = { readonly context: Context; readonly names: Names };

/** What the templates of one owner (a step, an output, a section) need of others. */
export type Uses = {
  /** Steps referred to, each with the first place. */
  readonly steps: Map<string, Where>;
  readonly outputs: Map<string, Where>;
  readonly inputs: Map<string, Where>;
  /** Steps whose rendered parameters are read (L69, L70). */
  readonly parametersOf: Set<string>;
  /** Secrets and variables of the environment (L163). */
  readonly secrets: Set<string>;
  readonly env: Set<string>;
  /** How many AUTO tags its fields hold (L218). */
  autos: number;
  /** Loops whose bindings are read. */
  readonly loops: Set<CoreStep>;
  /** Rendering it again could give something else (I8). */
  impure: boolean;
};

/** Nothing used yet. */
export function noUses(): Uses {
  return {
    steps: new Map(),
    outputs: new Map(),
    inputs: new Map(),
    parametersOf: new Set(),
    secrets: new Set(),
    env: new Set(),
    autos: 0,
    loops: new Set(),
    impure: false,
  };
}

/** Which names a field may refer to (L68). */
export type Scope =
  /** A field of a step; `own` are the bare names of its own parameters (L33). */
  | {
      readonly kind: "step";
      /** Null where it may name itself: a loop in what decides about its iterations. */
      readonly id: string | null;
      /** Position among all steps of the document. */
      readonly ordinal: number;
      readonly own: ReadonlySet<string>;
      /** The loops whose names are in scope, inner first (L115–L117). */
      readonly loops: readonly LoopScope[];
    }
  | { readonly kind: "output"; readonly name: string }
  /** A default or a section: rendered at submission. `self` is the input itself. */
  | { readonly kind: "inputs"; readonly self: string | null };

/** What a loop binds where a field stands. */
export type LoopScope = {
  readonly loop: CoreStep;
  /** Beside its id and its other names. */
  readonly names: ReadonlySet<string>;
  readonly itemName: string | null;
  readonly loopName: string | null;
  /** Its steps are in scope too: in the body, and in `while` and `until`. */
  readonly seesBody: boolean;
};

/** A field's owner: where it stands and what it collects. */
export type Spot = {
  readonly step: string | null;
  readonly path: string;
  readonly scope: Scope;
  readonly uses: Uses;
  /** Where this is a parameter of a step, which alone may name secrets (L163): what it names is added here. */
  readonly parameter?: ParameterReads;
  /** The type that the whole value is to have: that of an AUTO's answer (L126). */
  readonly wanted?: FieldType | undefined;
};

/** Whether secrets go into a parameter, and whether a model is shown it. */
export type ParameterReads = { readonly isPrompt: boolean; secret: boolean };
/** Adds what one field uses to what its owner does. */
export function addUses(to: Uses, from: Uses): void {
  from.steps.forEach((where, id) => to.steps.has(id) || to.steps.set(id, where));
  from.outputs.forEach((where, name) => to.outputs.has(name) || to.outputs.set(name, where));
  from.inputs.forEach((where, name) => to.inputs.has(name) || to.inputs.set(name, where));
  from.parametersOf.forEach((id) => to.parametersOf.add(id));
  from.loops.forEach((loop) => to.loops.add(loop));
  to.impure ||= from.impure;
}
