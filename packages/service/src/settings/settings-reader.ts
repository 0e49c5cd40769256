import { readFileSync } from "node:fs";

import { nearestKey } from "./nearest-key.ts";
import { Secret } from "./secret.ts";
import type { SettingsFile } from "./settings-file.ts";

export type ReaderSource = {
  readonly file: SettingsFile;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string>>;
};

/** How one key is found beside the file. */
export type Lookup = {
  /** Variables that set it, the first that is given. */
  readonly env?: readonly string[];
};

type Found = { readonly value: unknown; readonly where: string };

/**
 * Reads keys out of flags, environment and file, in this order. Each method notes a problem instead of throwing.
 *
 * What was never asked for is not a setting; `finish` says so.
 */
export class SettingsReader {
  readonly problems: string[];
  readonly warnings: string[] = [];
  readonly #source: ReaderSource;
  readonly #known = new Set<string>();

  constructor(source: ReaderSource) {
    this.#source = source;
    this.problems = [...source.file.problems];
  }

  text<F extends string | undefined>(key: string, fallback: F, lookup: Lookup = {}): string | F {
    const found = this.#find(key, lookup);
    if (found === undefined) {
      return fallback;
    }
    return isScalar(found.value)
      ? String(found.value)
      : this.#refuse(found, { key, wanted: "a text", fallback });
  }

  integer<F extends number | undefined>(
    key: string,
    fallback: F,
    { min, max, ...lookup }: Lookup & { min: number; max: number },
  ): number | F {
    const found = this.#find(key, lookup);
    if (found === undefined) {
      return fallback;
    }
    const value = numberOf(found.value);
    return Number.isInteger(value) && value >= min && value <= max
      ? value
      : this.#refuse(found, { key, wanted: `an integer from ${min} to ${max}`, fallback });
  }

  number(
    key: string,
    fallback: number,
    { min, max, ...lookup }: Lookup & { min: number; max: number },
  ): number {
    const found = this.#find(key, lookup);
    if (found === undefined) {
      return fallback;
    }
    const value = numberOf(found.value);
    return value >= min && value <= max
      ? value
      : this.#refuse(found, { key, wanted: `a number from ${min} to ${max}`, fallback });
  }

  boolean(key: string, fallback: boolean, lookup: Lookup = {}): boolean {
    const found = this.#find(key, lookup);
    if (found === undefined) {
      return fallback;
    }
    switch (found.value) {
      case true:
      case "true":
        return true;
      case false:
      case "false":
        return false;
      default:
        return this.#refuse(found, { key, wanted: "true or false", fallback });
    }
  }

  /** One of some words, in any case. */
  choice<T extends string, F extends T | undefined>(
    key: string,
    fallback: F,
    { among, ...lookup }: Lookup & { among: Readonly<Record<string, T>> },
  ): T | F {
    const found = this.#find(key, lookup);
    if (found === undefined) {
      return fallback;
    }
    const word = String(found.value).toLowerCase();
    const value = Object.hasOwn(among, word) ? among[word] : undefined;
    const wanted = `one of ${Object.keys(among).join(", ")}`;
    return value ?? this.#refuse(found, { key, wanted, fallback });
  }

  /** A list; one text with commas is one too, as a variable has to be. */
  texts(key: string, fallback: readonly string[], lookup: Lookup = {}): readonly string[] {
    const found = this.#find(key, lookup);
    if (found === undefined) {
      return fallback;
    }
    if (typeof found.value === "string") {
      return found.value.split(",").map((item) => item.trim());
    }
    return Array.isArray(found.value) && found.value.every((item) => typeof item === "string")
      ? found.value
      : this.#refuse(found, { key, wanted: "a list of texts", fallback });
  }

  /** Something to keep out of logs; `<VARIABLE>_FILE` names a file that holds it. A problem does not quote it. */
  secret(key: string, { env = [] }: Lookup = {}): Secret | undefined {
    const found = this.#find(key, { env });
    if (found !== undefined) {
      return new Secret(String(found.value));
    }
    for (const name of env) {
      const path = this.#source.env[`${name}_FILE`];
      if (path !== undefined && path !== "") {
        return this.#secretIn(path, `${name}_FILE`);
      }
    }
    return undefined;
  }

  /** A list whose items the caller reads. */
  list(key: string): { readonly items: readonly unknown[]; readonly where: string } {
    const found = this.#find(key, {});
    if (found === undefined) {
      return { items: [], where: key };
    }
    const items = Array.isArray(found.value)
      ? found.value
      : this.#refuse(found, { key, wanted: "a list", fallback: [] });
    return { items, where: `${found.where}: ${key}` };
  }

  /** The names that a file uses under a key, where names are free. */
  namesUnder(prefix: string): readonly string[] {
    const names = new Set<string>();
    for (const key of [...this.#source.file.entries.keys(), ...Object.keys(this.#source.flags)]) {
      if (key.startsWith(`${prefix}.`)) {
        names.add(key.slice(prefix.length + 1).split(".", 1)[0] ?? "");
      }
    }
    return [...names];
  }

  /** All that a file has under a key whose names are free and may have dots themselves. */
  leavesUnder(prefix: string): readonly string[] {
    const keys = [...this.#source.file.entries.keys(), ...Object.keys(this.#source.flags)];
    return keys
      .filter((key) => key.startsWith(`${prefix}.`))
      .map((key) => key.slice(prefix.length + 1));
  }

  /** Whether a key is given by the file or by a flag. */
  isGiven(key: string): boolean {
    return this.#source.file.entries.has(key) || Object.hasOwn(this.#source.flags, key);
  }

  /** Note every key that nothing asked for. */
  finish(): void {
    const report = (key: string, where: string): void => {
      if (this.#known.has(key)) {
        return;
      }
      const nearest = nearestKey(key, this.#known);
      const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
      this.problems.push(`${where}: ${key} is not a setting${hint}`);
    };
    for (const [key, { where }] of this.#source.file.entries) {
      report(key, where);
    }
    for (const key of Object.keys(this.#source.flags)) {
      report(key, "flags");
    }
  }

  #find(key: string, { env = [] }: Lookup): Found | undefined {
    this.#known.add(key);
    const flag = this.#source.flags[key];
    if (flag !== undefined && flag !== "") {
      return { value: flag, where: "flags" };
    }
    for (const name of env) {
      const value = this.#source.env[name];
      if (value !== undefined && value !== "") {
        return { value, where: name };
      }
    }
    return this.#source.file.entries.get(key);
  }

  #refuse<F>(
    { value, where }: Found,
    { key, wanted, fallback }: { key: string; wanted: string; fallback: F },
  ): F {
    this.problems.push(`${where}: ${key} must be ${wanted}, got ${JSON.stringify(value)}`);
    return fallback;
  }

  #secretIn(path: string, variable: string): Secret | undefined {
    try {
      return new Secret(readFileSync(path, "utf8").trim());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.problems.push(`${variable}: ${reason}`);
      return undefined;
    }
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function numberOf(value: unknown): number {
  return typeof value === "number" || (typeof value === "string" && value.trim() !== "")
    ? Number(value)
    : Number.NaN;
}
