import type { Choice, Requirements } from "./call.ts";
import { asksForAnything, canDo, describe, isTooSmall, lacking, referenceCost } from "./fitness.ts";
import { bareModel, fullName, type Model } from "./model.ts";
import { nearNames } from "./near-names.ts";

/** What there is to choose from, at one moment. */
export type Offer = {
  /** In the order of the configuration; the default provider's first. */
  readonly models: readonly Model[];
  /** Models that their providers name and the configuration does not: called by name, never chosen. */
  readonly named: readonly Model[];
  /** Every configured provider; `open` ones serve names that are not listed, as far as is known. */
  readonly providers: readonly { readonly name: string; readonly open: boolean }[];
  /** Name → `provider/name`. */
  readonly aliases: ReadonlyMap<string, string>;
  /** What is called where nothing is asked for. */
  readonly defaultModel: string | undefined;
};

/** A model that may be called, and why. */
export type Candidate = { readonly model: Model; readonly reason: string };

/** The candidates in the order in which they are tried, or why there is none. */
export type Selection =
  | { readonly kind: "chosen"; readonly candidates: readonly [Candidate, ...Candidate[]] }
  | {
      readonly kind: "none";
      readonly code: "MODEL_NOT_FOUND" | "NO_ELIGIBLE_MODEL";
      readonly message: string;
    };

/** Which configuration is missing when no model can be called at all. */
export const NO_PROVIDER =
  "no model provider is configured: set models.providers.<name>.api_key (and base_url for a server of your own) in the configuration file, or OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY or OLLAMA_BASE_URL in the environment";

/** Chooses by name (L134, L135), by requirement (L136), or as configured. Deterministic. */
export function select(choice: Choice, offer: Offer): Selection {
  if (offer.providers.length === 0) {
    return { kind: "none", code: "NO_ELIGIBLE_MODEL", message: NO_PROVIDER };
  }
  const { names, requirements } = choice;
  if (names.length > 0) return fitting(selectNamed(names, offer), { wanted: requirements, offer });
  if (requirements !== undefined && asksForAnything(requirements)) {
    return selectByRequirement(requirements, offer);
  }
  return selectDefault(offer, requirements?.contextTokens ?? 0);
}

/** Those of the named models that have what is required: a name does not stand above a filter (L137). */
function fitting(
  named: Selection,
  { wanted, offer }: { readonly wanted: Requirements | undefined; readonly offer: Offer },
): Selection {
  if (named.kind === "none" || wanted === undefined || !asksForAnything(wanted)) return named;
  const excluded = modelsNamed(wanted.excluded, offer);
  const judged = named.candidates.map((candidate) => ({
    candidate,
    lacks: [
      ...lacking(candidate.model, { ...wanted, contextTokens: 0 }),
      ...(excluded.includes(candidate.model) ? ["excluded"] : []),
    ],
  }));
  const [first, ...rest] = judged
    .filter(({ lacks }) => lacks.length === 0)
    .map(({ candidate }) => candidate);
  if (first !== undefined) return { kind: "chosen", candidates: [first, ...rest] };
  const [least, ...others] = judged
    .filter(({ lacks }) => !lacks.includes("excluded"))
    .map(({ candidate }) => candidate);
  if (wanted.fallback !== undefined && least !== undefined)
    return relaxed([least, ...others], wanted);
  const models = judged.map(({ candidate, lacks }) => ({ model: candidate.model, lacks }));
  return noneFits(models, wanted);
}

/** A model that lacks something is called all the same, where the step says so; the reason tells (L137). */
function relaxed(
  [first, ...rest]: readonly [Candidate, ...Candidate[]],
  wanted: Requirements,
): Selection {
  const told = ({ model, reason }: Candidate): Candidate => {
    const lacks = lacking(model, wanted).join(", ");
    return {
      model,
      reason: `${reason}; ${wanted.fallback}: nothing has ${describe(wanted)}; lacks ${lacks}`,
    };
  };
  return { kind: "chosen", candidates: [told(first), ...rest.map(told)] };
}

function selectNamed(names: readonly string[], offer: Offer): Selection {
  const found = names.map((name) => ({ name, candidate: findNamed(name, offer) }));
  const missing = found.filter(({ candidate }) => candidate === undefined).map(({ name }) => name);
  const [first, ...rest] = found.flatMap(({ candidate }) => candidate ?? []);
  if (first === undefined) {
    return { kind: "none", code: "MODEL_NOT_FOUND", message: notFound(names, offer) };
  }
  if (missing.length === 0) return { kind: "chosen", candidates: [first, ...rest] };
  const skipped = `${missing.join(", ")} not configured; `;
  return { kind: "chosen", candidates: [{ ...first, reason: skipped + first.reason }, ...rest] };
}

function findNamed(name: string, offer: Offer): Candidate | undefined {
  const target = offer.aliases.get(name);
  const model = findModel(target ?? name, offer);
  if (model === undefined) return undefined;
  const reason = target === undefined ? `named ${name}` : `alias ${name} of ${fullName(model)}`;
  return { model, reason };
}

/** A prefix counts only where it is a configured provider: `llama3.2:1b` is a name (L134). */
function findModel(name: string, offer: Offer): Model | undefined {
  const at = name.search(/[:/]/);
  const provider = offer.providers.find((each) => at > 0 && each.name === name.slice(0, at));
  if (provider !== undefined) {
    const bare = name.slice(at + 1);
    const listed = known(offer).find(
      (model) => model.provider === provider.name && model.name === bare,
    );
    return listed ?? (provider.open && bare !== "" ? bareModel(provider.name, bare) : undefined);
  }
  const listed = known(offer).find((model) => model.name === name);
  const open = offer.providers.find((each) => each.open);
  return listed ?? (open === undefined ? undefined : bareModel(open.name, name));
}

function notFound(names: readonly string[], offer: Offer): string {
  const candidates = [
    ...known(offer).flatMap((model) => [model.name, fullName(model)]),
    ...offer.aliases.keys(),
  ];
  const hints = names.map((name) => {
    const near = nearNames(name, candidates);
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : knownHint(offer);
    return `model ${name} is not configured; ${hint}`;
  });
  return hints.join(" ");
}

function known({ models, named }: Offer): readonly Model[] {
  return [...models, ...named];
}

function knownHint(offer: Offer): string {
  const models = known(offer);
  const names = models.slice(0, MAX_NAMED).map((model) => fullName(model));
  const more = models.length > MAX_NAMED ? `, and ${models.length - MAX_NAMED} more` : "";
  return names.length === 0
    ? "no provider lists any model: list them under models.providers.<name>.models"
    : `configured are ${names.join(", ")}${more}`;
}

const MAX_NAMED = 8;

/** A prompt that is too long for the default fails by L138; where there is none, a model with room is looked for. */
function selectDefault(offer: Offer, contextTokens: number): Selection {
  if (offer.defaultModel !== undefined) {
    const candidate = findNamed(offer.defaultModel, offer);
    if (candidate !== undefined) {
      return { kind: "chosen", candidates: [{ ...candidate, reason: "models.default" }] };
    }
    const message = `models.default: ${notFound([offer.defaultModel], offer)}`;
    return { kind: "none", code: "MODEL_NOT_FOUND", message };
  }
  const [first, ...rest] = offer.models
    .filter((model) => canDo(model, "text") && !isTooSmall(model, contextTokens))
    .map((model) => ({ model, reason: "first configured model that generates text" }));
  if (first !== undefined) return { kind: "chosen", candidates: [first, ...rest] };
  return {
    kind: "none",
    code: "NO_ELIGIBLE_MODEL",
    message:
      "no model is named and none is configured as default: set models.default to <provider>/<model>, or list models under models.providers.<name>.models",
  };
}

function selectByRequirement(wanted: Requirements, offer: Offer): Selection {
  const excluded = modelsNamed(wanted.excluded, offer);
  const preferred = modelsNamed(wanted.preferred, offer);
  const judged = [...new Set([...preferred, ...offer.models])]
    .filter((model) => !excluded.includes(model))
    .map((model) => ({ model, lacks: lacking(model, wanted) }));
  const eligible = judged.filter(({ lacks }) => lacks.length === 0).map(({ model }) => model);
  const reason = `${rankingName(wanted)} of ${eligible.length} that fit: ${describe(wanted)}`;
  const [first, ...rest] = eligible
    .toSorted((a, b) => byPreference(a, b, preferred) || rank(a, b, { wanted, offer }))
    .map((model) => ({
      model,
      reason: preferred.includes(model) ? `preferred, of ${eligible.length} that fit` : reason,
    }));
  if (first !== undefined) return { kind: "chosen", candidates: [first, ...rest] };
  const [least, ...others] = judged
    .map(({ model }) => model)
    .filter((model) => canDo(model, wanted.capabilities.includes("embed") ? "embed" : "text"))
    .toSorted((a, b) => byFallback(a, b, { wanted, offer }))
    .map((model) => ({ model, reason: "nothing fits" }));
  return wanted.fallback === undefined || least === undefined
    ? noneFits(judged, wanted)
    : relaxed([least, ...others], wanted);
}

function modelsNamed(names: readonly string[], offer: Offer): readonly Model[] {
  return names.flatMap((name) => findNamed(name, offer)?.model ?? []);
}

/** In the order in which they are preferred, before all others. */
function byPreference(a: Model, b: Model, preferred: readonly Model[]): number {
  const place = (model: Model): number =>
    preferred.includes(model) ? preferred.indexOf(model) : preferred.length;
  return place(a) - place(b);
}

/** `cheapest` by cost; `best_available` by what it lacks, then by accuracy. */
function byFallback(a: Model, b: Model, { wanted, offer }: Ranking): number {
  if (wanted.fallback === "cheapest")
    return rank(a, b, { wanted: { ...wanted, prefer: undefined }, offer });
  const byLack = lacking(a, wanted).length - lacking(b, wanted).length;
  return byLack || compare(b.accuracy ?? 0, a.accuracy ?? 0) || rank(a, b, { wanted, offer });
}

type Judged = { readonly model: Model; readonly lacks: readonly string[] };

function noneFits(judged: readonly Judged[], wanted: Requirements): Selection {
  const why = judged
    .slice(0, MAX_NAMED)
    .map(({ model, lacks }) => `${fullName(model)} (${lacks.join(", ")})`)
    .join("; ");
  const listed = why === "" ? "no provider lists any model" : why;
  return {
    kind: "none",
    code: "NO_ELIGIBLE_MODEL",
    message: `no configured model has ${describe(wanted)}: ${listed}. Facts of models stand under models.providers.<name>.models`,
  };
}

type Ranking = { readonly wanted: Requirements; readonly offer: Offer };

/** Negative when `a` is to be tried first. Ties are broken by the order of the configuration. */
function rank(a: Model, b: Model, { wanted, offer }: Ranking): number {
  const bySize = compare(a.size, b.size);
  const byCost = compare(referenceCost(a), referenceCost(b));
  const byAccuracy = compare(b.accuracy ?? 0, a.accuracy ?? 0);
  const byOrder = offer.models.indexOf(a) - offer.models.indexOf(b);
  const order = isQuick(wanted)
    ? [bySize, byCost, byAccuracy, byOrder]
    : [byCost, byAccuracy, bySize, byOrder];
  return order.find((sign) => sign !== 0) ?? 0;
}

function rankingName(wanted: Requirements): string {
  return isQuick(wanted) ? "smallest" : "cheapest";
}

function isQuick({ prefer }: Requirements): boolean {
  return prefer === "speed" || prefer === "latency";
}

function compare(a: number | undefined, b: number | undefined): number {
  const left = a ?? Number.POSITIVE_INFINITY;
  const right = b ?? Number.POSITIVE_INFINITY;
  return left === right ? 0 : left - right;
}
