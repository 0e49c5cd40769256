import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Fault } from "./artefact-lint.ts";

/** Where documents come from, and what they run with. */
export type Setting = {
  readonly folder: string;
  readonly prepared: string;
  readonly modelsUrl: string;
  readonly modelNames: readonly string[];
};

/** What became of one document. */
export type Examined = {
  readonly file: string;
  readonly valid: boolean;
  /** `code line:column message`, errors and warnings. */
  readonly findings: readonly string[];
  /** Of the run; null where it was refused. */
  readonly status: string | null;
  readonly exitCode?: number;
  readonly error: string | null;
  /** Steps by status, those that failed with their error. */
  readonly steps: Readonly<Record<string, string>>;
  readonly outputs: unknown;
  readonly artefacts: readonly string[];
  readonly faults: readonly Fault[];
  /** Whether validation and submission agree on refusal. */
  readonly agree: boolean;
  /** Set when the examination itself went wrong. */
  readonly problem?: string;
  readonly seconds: number;
};

/** Examines documents one after the other. */
export type Examine = (files: readonly string[], setting: Setting) => AsyncIterable<Examined>;

/** A folder that is not there yet, with a copy of the documents' folder in it. */
export function freshCopy(folder: string): string {
  const place = mkdtempSync(
    join(tmpdir(), `orchestrator-corpus-${randomBytes(2).toString("hex")}-`),
  );
  mkdirSync(place, { recursive: true });
  cpSync(folder, place, { recursive: true });
  return place;
}

/** The files of a folder with their content, by path. */
export function filesIn(folder: string): ReadonlyMap<string, Buffer> {
  return new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => !file.startsWith("dev_data") && statSync(join(folder, file)).isFile())
      .toSorted()
      .map((file) => [file, readFileSync(join(folder, file))]),
  );
}

/** Files of `after` that are new, or not as they were. */
export function changed(
  before: ReadonlyMap<string, Buffer>,
  after: ReadonlyMap<string, Buffer>,
): { readonly path: string; readonly content: Buffer }[] {
  return [...after]
    .filter(([path, content]) => before.get(path)?.equals(content) !== true)
    .map(([path, content]) => ({ path, content }));
}

/** The steps of a result document, by status; of those that failed, why. */
export function stepsOf(document: unknown): Record<string, string> {
  const { steps }: { steps?: Record<string, StepFacts> } = isRecord(document) ? document : {};
  return Object.fromEntries(
    Object.entries(steps ?? {}).map(([id, { status, success, error, skip_reason: reason }]) => [
      id,
      success || status === "skipped"
        ? `${status}${reason ? ` (${reason})` : ""}`
        : `${status}: ${error}`,
    ]),
  );
}

type StepFacts = {
  status: string;
  success: boolean;
  error: string | null;
  skip_reason: string | null;
};

/** Configuration of a mesh whose every model is the scripted one. */
export function scriptedConfig({ modelsUrl, modelNames }: Setting): Record<string, unknown> {
  const facts = {
    name: "scripted",
    context: 1_000_000,
    capabilities: ["tools", "json", "vision", "code", "reasoning"],
    expertise: ["general", "code", "reasoning", "analysis", "creative", "research"],
    size: "70b",
    accuracy: 0.9,
    input_usd_per_mtok: 0,
    output_usd_per_mtok: 0,
  };
  return {
    models: {
      default: "scripted/scripted",
      providers: { scripted: { kind: "openai", base_url: modelsUrl, models: [facts] } },
      aliases: Object.fromEntries(modelNames.map((name) => [name, "scripted/scripted"])),
    },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
