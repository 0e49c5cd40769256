import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { JsonObject } from "@orchestrator/pipeline";

/** A template, and the names that it may use. */
export type OracleCase = { readonly template: string; readonly data: JsonObject };

/** What became of a template. */
export type Outcome =
  | { readonly kind: "text"; readonly text: string }
  /** Something that it uses is undefined. */
  | { readonly kind: "undefined"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string }
  /** It does not parse. */
  | { readonly kind: "refused"; readonly why: string };

/** What Jinja makes of many templates, in order. */
export type Answers = {
  readonly version: string;
  /** Rules of the language that Jinja was taught, one after the other. */
  readonly adaptations: readonly { readonly rule: string; readonly why: string }[];
  readonly answers: readonly {
    readonly outcome: Outcome;
    /** How many of the rules it took until the outcome was the one here; -1 when they were not enough. */
    readonly level: number;
  }[];
};

const SCRIPT = fileURLToPath(new URL("./jinja.py", import.meta.url));
const LIMIT_MS = 300_000;
const MOST_BYTES = 256 * 1024 * 1024;

/** Asks Python's Jinja2, which `installJinja` has put in its place. */
export function askJinja(cases: readonly (OracleCase & { readonly here: Outcome })[]): Answers {
  const { status, stdout, stderr } = spawnSync("python3", [SCRIPT], {
    input: JSON.stringify(cases),
    encoding: "utf8",
    timeout: LIMIT_MS,
    maxBuffer: MOST_BYTES,
  });
  if (status !== 0) {
    throw new Error(`python3 ${SCRIPT} ended with ${status}: ${stderr}`);
  }
  return JSON.parse(stdout);
}

/** Installs Debian's python3-jinja2 where Python has none yet. */
export function installJinja(): void {
  if (spawnSync("python3", ["-c", "import jinja2"]).status === 0) {
    return;
  }
  const { status } = spawnSync("apt-get", ["install", "-y", "-q", "python3-jinja2"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) {
    throw new Error("Jinja2 is missing, and apt-get could not install python3-jinja2");
  }
}
