import { type Context, find, joinPath } from "../desugar/context.ts";
import { type AttemptEntries, ONE_ATTEMPT } from "../desugar/core.ts";
import { RETRY_KEYS } from "../desugar/grammar.ts";
import { type Keys, readKeys } from "../desugar/read-keys.ts";
import {
  booleanOf,
  booleanValue,
  durationValue,
  numberOf,
  numberValue,
  type Placed,
  wrongShape,
} from "../desugar/values.ts";
import { FAILURE_NAMES } from "../failure-codes.ts";
import { LIMITS } from "../limits.ts";
import type { AttemptPolicy } from "../plan.ts";
import { type Entry, jsonOfNode, type Node, wordOf } from "../source/node.ts";
import { nearNames } from "./near.ts";

/** How often and how fast a step is tried, from its own keys and then from the defaults (L88, L89). */
export function attemptsOf(
  context: Context,
  {
    own,
    defaults,
    retries,
  }: {
    readonly own: AttemptEntries;
    readonly defaults: WrittenAttempts;
    /** `on_failure: retry`: three attempts where none are written (L83). */
    readonly retries: boolean;
  },
): AttemptPolicy {
  warnOfSeveral(context, own);
  const read = readAttempts(context, own);
  const block = read.block ?? defaults.block ?? (retries ? RETRY_BLOCK : undefined);
  const max = read.max ?? defaults.max ?? (block === undefined ? 1 : DEFAULT_ATTEMPTS);
  return { ...(block ?? ONE_ATTEMPT), max: Math.max(1, max) };
}

const DEFAULT_ATTEMPTS = 3;
/** L89's defaults. */
const RETRY_BLOCK: AttemptPolicy = {
  ...ONE_ATTEMPT,
  max: DEFAULT_ATTEMPTS,
  backoff: "exponential",
};

/** What one place writes of attempts. */
export type WrittenAttempts = {
  /** Attempts in all, when they are written. */
  readonly max: number | undefined;
  /** How to wait, when there is a block that says so. */
  readonly block: AttemptPolicy | undefined;
};

const COUNTS = ["max_attempts", "max_retries"];

function warnOfSeveral(context: Context, { keys, path, step }: AttemptEntries): void {
  const written = [...COUNTS, "retry", "retry_config"].flatMap((key) => {
    const entry = keys.get(key);
    return entry !== undefined && saysCount(entry) ? [entry] : [];
  });
  const [first, ...others] = written;
  for (const entry of first === undefined ? [] : others) {
    find(context, "no_effect", {
      where: { step, path: joinPath(path, entry.key), offset: entry.keyStart },
      message: `${first?.key ?? ""} says how many attempts there are; the count in ${entry.key} changes nothing`,
    });
  }
}

function saysCount({ key, value }: Entry): boolean {
  if (COUNTS.includes(key)) {
    return true;
  }
  return value.kind === "map"
    ? value.entries.some((entry) => COUNTS.includes(entry.key))
    : numberOf(value) !== undefined;
}

/** Read the keys of one place that say how often a step is tried. */
export function readAttempts(
  context: Context,
  { keys, path, step }: AttemptEntries,
): WrittenAttempts {
  const placed = (key: string): Placed | undefined => {
    const entry = keys.get(key);
    return entry && { entry, where: { step, path: joinPath(path, key), offset: entry.keyStart } };
  };
  const direct =
    countOf(context, placed("max_attempts")) ?? countOf(context, placed("max_retries"));
  const retry = readBlock(context, placed("retry"));
  const config = readBlock(context, placed("retry_config"));
  return {
    max: direct ?? retry?.max ?? config?.max,
    block: retry?.block ?? config?.block,
  };
}

function countOf(context: Context, placed: Placed | undefined): number | undefined {
  return placed && numberValue(context, placed, { min: 0, max: LIMITS.attempts, integer: true });
}

/** `retry: N` and `retry_config.max_retries: N` count retries after the first attempt (L88). */
function readBlock(context: Context, placed: Placed | undefined): WrittenAttempts | undefined {
  if (placed === undefined) {
    return undefined;
  }
  const { value } = placed.entry;
  if (value.kind === "map") {
    return readMapping(context, placed);
  }
  const times = numberOf(value);
  if (times !== undefined) {
    const retries = countOf(context, placed);
    return { max: retries === undefined ? undefined : retries + 1, block: RETRY_BLOCK };
  }
  const flag = booleanOf(value);
  if (flag === undefined) {
    wrongShape(context, placed, "a mapping, or how many times to try again");
  }
  return flag === true ? { max: undefined, block: RETRY_BLOCK } : { max: 1, block: undefined };
}

function readMapping(context: Context, { entry, where }: Placed): WrittenAttempts {
  if (entry.value.kind !== "map") {
    return { max: undefined, block: undefined };
  }
  const keys = readKeys(context, entry.value, {
    table: RETRY_KEYS,
    step: where.step,
    path: where.path,
  });
  const placed = placer(keys, where);
  const attempts = countOf(context, placed("max_attempts"));
  const retries = countOf(context, placed("max_retries"));
  const initialMs = wait(context, placed("initial_interval")) ?? RETRY_BLOCK.initialMs;
  return {
    max: attempts ?? (retries === undefined ? undefined : retries + 1),
    block: {
      max: DEFAULT_ATTEMPTS,
      backoff: backoffOf(context, placed("backoff")),
      initialMs,
      multiplier: numberAt(context, placed("multiplier")) ?? RETRY_BLOCK.multiplier,
      incrementMs: wait(context, placed("increment")) ?? initialMs,
      maxIntervalMs: wait(context, placed("max_interval")) ?? RETRY_BLOCK.maxIntervalMs,
      jitter: flagAt(context, placed("jitter")) ?? true,
      retryOn: namesOf(context, placed("retry_on")) ?? RETRY_BLOCK.retryOn,
      noRetryOn: namesOf(context, placed("no_retry_on")) ?? [],
    },
  };
}

function placer(keys: Keys, where: Placed["where"]): (key: string) => Placed | undefined {
  return (key) => {
    const entry = keys.get(key);
    return (
      entry && {
        entry,
        where: { ...where, path: joinPath(where.path, entry.key), offset: entry.keyStart },
      }
    );
  };
}

function wait(context: Context, placed: Placed | undefined): number | undefined {
  return placed && durationValue(context, placed, { min: 0, max: LIMITS.backoffMs });
}

function numberAt(context: Context, placed: Placed | undefined): number | undefined {
  return placed && numberValue(context, placed, { min: 0 });
}

function flagAt(context: Context, placed: Placed | undefined): boolean | undefined {
  return placed && booleanValue(context, placed);
}

function backoffOf(context: Context, placed: Placed | undefined): AttemptPolicy["backoff"] {
  const word = wordOf(placed?.entry.value)?.toLowerCase();
  switch (word) {
    case undefined:
      return RETRY_BLOCK.backoff;
    case "none":
    case "constant":
    case "linear":
    case "exponential":
      return word;
    case "fixed":
      return "constant";
    default:
      if (placed !== undefined) {
        wrongShape(context, placed, "none, constant, linear or exponential");
      }
      return RETRY_BLOCK.backoff;
  }
}

/** Types, codes, statuses and exit codes (L90); a name that no error has changes nothing. */
function namesOf(context: Context, placed: Placed | undefined): readonly string[] | undefined {
  if (placed === undefined) {
    return undefined;
  }
  const { value } = placed.entry;
  const items: readonly Node[] = value.kind === "list" ? value.items : [value];
  return items.map((item) => {
    const name = wordOf(item) ?? JSON.stringify(jsonOfNode(item));
    if (!FAILURE_NAMES.has(name) && !/^\d+$/.test(name)) {
      find(context, "no_effect", {
        where: { ...placed.where, offset: item.start },
        message: `no error has the type or code ${name}`,
        suggestions: nearNames(name, FAILURE_NAMES),
      });
    }
    return name;
  });
}
