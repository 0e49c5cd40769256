import type { Choice } from "./call.ts";
import type { ModelDirectory } from "./model-directory.ts";
import { type Offer, select, type Selection } from "./selection.ts";

/** Chooses from what there is; a name that nobody lists is looked for at the providers first. */
export function createChoose(directory: ModelDirectory): (choice: Choice) => Promise<Selection> {
  return async (choice) => {
    const offer = directory.offer();
    const first = select(choice, offer);
    if (isSure(first, offer)) return first;
    await directory.refresh({ maxAgeMs: first.kind === "none" ? MISS_AGE_MS : OPEN_AGE_MS });
    return select(choice, directory.offer());
  };
}

/** How long a provider's list is believed when it lacks a name that somebody asks for. */
const MISS_AGE_MS = 10_000;
/** How long a provider that did not say what it serves is left in peace. */
const OPEN_AGE_MS = 60_000;

function isSure(selection: Selection, { models, named }: Offer): boolean {
  if (selection.kind === "none") return selection.code === "NO_ELIGIBLE_MODEL";
  const [{ model }] = selection.candidates;
  return models.includes(model) || named.includes(model);
}
