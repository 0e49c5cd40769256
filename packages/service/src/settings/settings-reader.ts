import { readFileSync } from "node:fs";

import { nearestKey } from "./nearest-key.ts";
import { Secret } from "./secret.ts";
import type { SettingsFile } from "./settings-file.ts";

export type ReaderSource = {
  readonly file: SettingsFile;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string>>;
};

/** What a setting is for, and how it is found beside the file. */
export type Lookup = {
  /** One sentence for the reference. */
  readonly about: string;
  /** Variables that set it, the first that is given. */
  readonly env?: readonly string[];
  /** For the reference, where the default depends on something else. */
  readonly defaultText?: string;
  /** The capability without which nothing reads it yet: whoever gives it is warned. */
  readonly waitsFor?: string;
};

/** A setting as the reference shows it. */
export type SettingDefinition = {
  /** Undefined for what only the environment can give. */
  readonly key: string | undefined;
  readonly env: readonly string[];
  readonly accepts: string;
  readonly default: string | undefined;
  readonly about: string;
  readonly waitsFor: string | undefined;
};

type Asked = Lookup & {
  readonly accepts: string;
  readonly fallback: string | number | boolean | undefined;
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
  readonly #definitions = new Map<string, SettingDefinition>();

  constructor(source: ReaderSource) {
    this.#source = source;
    this.problems = [...source.file.problems];
  }

  /** Every setting that was asked for so far. */
  get definitions(): readonly SettingDefinition[] {
    return [...this.#definitions.values()];
  }

  text<F extends string | undefined>(key: string, fallback: F, lookup: Lookup): string | F {
    const wanted = "a text";
    const found = this.#find(key, { ...lookup, accepts: wanted, fallback });
    if (found === undefined) {
      return fallback;
    }
    return isScalar(found.value)
      ? String(found.value)
      : this.#refuse(found, { key, wanted, fallback });
  }

  integer<F extends number | undefined>(
    key: string,
    fallback: F,
    { min, max, ...lookup }: Lookup & { min: number; max: number },
  ): number | F {
    const wanted = `an integer from ${min} to ${max}`;
    const found = this.#find(key, { ...lookup, accepts: wanted, fallback });
    if (found === undefined) {
      return fallback;
    }
    const value = numberOf(found.value);
    return Number.isInteger(value) && value >= min && value <= max
      ? value
      : this.#refuse(found, { key, wanted, fallback });
  }

  number(
    key: string,
    fallback: number,
    { min, max, ...lookup }: Lookup & { min: number; max: number },
  ): number {
    const wanted = `a number from ${min} to ${max}`;
    const found = this.#find(key, { ...lookup, accepts: wanted, fallback });
    if (found === undefined) {
      return fallback;
    }
    const value = numberOf(found.value);
    return value >= min && value <= max ? value : this.#refuse(found, { key, wanted, fallback });
  }

  boolean(key: string, fallback: boolean, lookup: Lookup): boolean {
    const wanted = "true or false";
    const found = this.#find(key, { ...lookup, accepts: wanted, fallback });
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
        return this.#refuse(found, { key, wanted, fallback });
    }
  }

  /** One of some words, in any case. */
  choice<T extends string, F extends T | undefined>(
    key: string,
    fallback: F,
    { among, ...lookup }: Lookup & { among: Readonly<Record<string, T>> },
  ): T | F {
    const wanted = `one of ${Object.keys(among).join(", ")}`;
    const found = this.#find(key, { ...lookup, accepts: wanted, fallback });
    if (found === undefined) {
      return fallback;
    }
    const word = String(found.value).toLowerCase();
    const value = Object.hasOwn(among, word) ? among[word] : undefined;
    return value ?? this.#refuse(found, { key, wanted, fallback });
  }

  /** A list; one text with commas is one too, as a variable has to be. */
  texts(key: string, fallback: readonly string[], lookup: Lookup): readonly string[] {
    const wanted = "a list of texts";
    const found = this.#find(key, { ...lookup, accepts: wanted, fallback: fallback.join(", ") });
    if (found === undefined) {
      return fallback;
    }
    if (typeof found.value === "string") {
      return found.value.split(",").map((item) => item.trim());
    }
    return Array.isArray(found.value) && found.value.every((item) => typeof item === "string")
      ? found.value
      : this.#refuse(found, { key, wanted, fallback });
  }

  /** Something to keep out of logs; `<VARIABLE>_FILE` names a file that holds it. A problem does not quote it. */
  secret(key: string, lookup: Lookup): Secret | undefined {
    const found = this.#find(key, { ...lookup, accepts: "a secret", fallback: undefined });
    if (found !== undefined && isScalar(found.value)) {
      return new Secret(String(found.value));
    }
    if (found !== undefined) {
      this.problems.push(`${found.where}: ${key} must be a text`);
      return undefined;
    }
    for (const name of lookup.env ?? []) {
      const path = this.#source.env[`${name}_FILE`];
      if (path !== undefined && path !== "") {
        return this.#secretIn(path, `${name}_FILE`);
      }
    }
    return undefined;
  }

  /** A variable that a setting names; an empty one is not set. */
  variable(name: string): string | undefined {
    return this.#source.env[name] || undefined;
  }

  /** A list whose items the caller reads. */
  list(
    key: string,
    lookup: Lookup,
  ): { readonly items: readonly unknown[]; readonly where: string } {
    const found = this.#find(key, { ...lookup, accepts: "a list", fallback: undefined });
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

  /** Note a variable that is understood, though nothing reads it yet. */
  reserve(variable: string, { about, waitsFor }: { about: string; waitsFor: string }): void {
    this.#definitions.set(variable, {
      key: undefined,
      env: [variable],
      accepts: "a text",
      default: undefined,
      about,
      waitsFor,
    });
    if ((this.#source.env[variable] ?? "") !== "") {
      this.#warnOfWaiting(variable, waitsFor);
    }
  }

  /** Note every key that nothing asked for. */
  finish(): void {
    const report = (key: string, where: string): void => {
      if (this.#definitions.has(key)) {
        return;
      }
      const nearest = nearestKey(key, this.#definitions.keys());
      const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
      this.problems.push(`${where}: ${key} is not a setting${hint}`);
    };
    for (const [key, { value, where }] of this.#source.file.entries) {
      if (value !== undefined || !this.#isSection(key)) {
        report(key, where);
      }
    }
    for (const key of Object.keys(this.#source.flags)) {
      report(key, "flags");
    }
  }

  #isSection(key: string): boolean {
    return [...this.#definitions.keys()].some((known) => known.startsWith(`${key}.`));
  }

  #find(key: string, asked: Asked): Found | undefined {
    const { env = [], about, accepts, waitsFor } = asked;
    this.#definitions.set(key, {
      key,
      env,
      accepts,
      default: asked.defaultText ?? asked.fallback?.toString(),
      about,
      waitsFor,
    });
    const found = this.#lookUp(key, env);
    if (found !== undefined && waitsFor !== undefined) {
      this.#warnOfWaiting(key, waitsFor);
    }
    return found;
  }

  #warnOfWaiting(name: string, waitsFor: string): void {
    this.warnings.push(`${name} has no effect yet: it waits for ${waitsFor}`);
  }

  #lookUp(key: string, env: readonly string[]): Found | undefined {
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
    const entry = this.#source.file.entries.get(key);
    return entry?.value === undefined ? undefined : entry;
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
      const text = readFileSync(path, "utf8").trim();
      if (text !== "") {
        return new Secret(text);
      }
      this.problems.push(`${variable}: ${path} is empty`);
      return undefined;
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
