import { Client, type ClientBase } from "pg";

import { hostOf } from "./connection-urls.ts";
import { clientConfig, type SessionLimits } from "./pg-session.ts";

/**
 * Finds the host that takes writes among several. After a failover the old primary may still believe in itself, so a
 * host counts only if its timeline is not older than one that was seen: each promotion starts a new one.
 */
export class PrimaryPicker {
  readonly #urls: readonly string[];
  readonly #limits: SessionLimits;
  #newestTimeline = 0;
  #current: string | undefined;
  #picking: Promise<string> | undefined;

  constructor(urls: readonly string[], limits: SessionLimits) {
    this.#urls = urls;
    this.#limits = limits;
  }

  /** The address of the primary as far as it is known, else after asking all hosts. */
  async pick(): Promise<string> {
    if (this.#current !== undefined) return this.#current;
    this.#picking ??= this.#ask().finally(() => {
      this.#picking = undefined;
    });
    return this.#picking;
  }

  /** Says that the host failed as a primary, so that the next `pick` asks all again. */
  mistrust(url: string): void {
    if (this.#current === url) this.#current = undefined;
  }

  /** Proves of a new connection that it leads to a primary, and to one that was not replaced. */
  async prove(client: ClientBase, url: string): Promise<void> {
    const timeline = await timelineOf(client);
    if (timeline === undefined || timeline < this.#newestTimeline) {
      this.mistrust(url);
      throw notPrimary(
        timeline === undefined
          ? `${hostOf(url)} is a replica`
          : `${hostOf(url)} is on timeline ${timeline}, but ${this.#newestTimeline} exists`,
      );
    }
    this.#newestTimeline = timeline;
  }

  async #ask(): Promise<string> {
    const [only] = this.#urls;
    if (only !== undefined && this.#urls.length === 1) {
      this.#current = only;
      return only;
    }
    const answers = await answersOf(this.#urls.map((url) => this.#probe(url)));
    const primaries = answers
      .flatMap((answer) => (answer.status === "fulfilled" && answer.value ? [answer.value] : []))
      .filter(({ timeline }) => timeline >= this.#newestTimeline)
      .toSorted((left, right) => right.timeline - left.timeline);
    const best = primaries[0];
    if (best === undefined) {
      const reasons = answers.flatMap((answer) =>
        answer.status === "rejected" ? [answer.reason] : [],
      );
      throw notPrimary(`none of ${this.#urls.map(hostOf).join(", ")}`, new AggregateError(reasons));
    }
    this.#newestTimeline = best.timeline;
    this.#current = best.url;
    return best.url;
  }

  /** A host that takes writes, with its timeline; undefined for a replica. */
  async #probe(url: string): Promise<{ url: string; timeline: number } | undefined> {
    const client = new Client({
      ...clientConfig(url, { limits: this.#limits }),
      query_timeout: this.#limits.connectTimeoutMs,
    });
    client.on("error", ignore);
    try {
      await client.connect();
      const timeline = await timelineOf(client);
      return timeline === undefined ? undefined : { url, timeline };
    } finally {
      client.end().catch(ignore);
    }
  }
}

/** How long slower hosts are waited for once one has said that it is a primary; another may be a newer one. */
const GRACE_MS = 1_000;

/** The timeline that is written now: what `pg_control_checkpoint` tells lags behind a promotion. */
async function timelineOf(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<[string | null]>({
    text: `select case when not pg_is_in_recovery()
      then substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end`,
    rowMode: "array",
  });
  const hex = rows[0]?.[0];
  return hex === null || hex === undefined ? undefined : Number.parseInt(hex, 16);
}

/** What the probes told when all have ended, or the grace after the first primary is over. */
async function answersOf<T>(
  probes: readonly Promise<T | undefined>[],
): Promise<readonly PromiseSettledResult<T | undefined>[]> {
  const answers: PromiseSettledResult<T | undefined>[] = [];
  let grace: NodeJS.Timeout | undefined;
  let endGrace = ignore;
  const graceOver = new Promise<void>((resolve) => {
    endGrace = resolve;
  });
  const all = probes.map(async (probe) => {
    const [answer] = await Promise.allSettled([probe]);
    answers.push(answer);
    if (answer.status === "fulfilled" && answer.value !== undefined) {
      grace ??= setTimeout(endGrace, GRACE_MS);
    }
  });
  await Promise.race([Promise.all(all), graceOver]);
  clearTimeout(grace);
  return answers;
}

/** `isUnavailable` and `mayHaveMoved` know it by its words. */
function notPrimary(what: string, cause?: unknown): Error {
  return new Error(`no primary: ${what}`, cause === undefined ? undefined : { cause });
}

function ignore(): void {
  // A probe that fails tells it by its promise.
}
