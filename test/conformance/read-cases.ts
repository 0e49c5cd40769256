import { readdirSync, readFileSync } from "node:fs";

import type { Case } from "./case.ts";

const FOLDER = new URL("./cases/", import.meta.url);

/** The cases of one file. */
export type CaseFile = { readonly file: string; readonly cases: readonly Case[] };

/** Every case there is, file by file. */
export function readCases(): readonly CaseFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((file) => ({ file, cases: JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) }));
}
