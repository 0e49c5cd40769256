import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Mutation } from "./mutation.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const COPIED = ["packages", "services", "apps", "scripts", "test", "package.json"];
const LEFT_OUT = /\/(?:node_modules|dist)(?:\/|$)/;

/** A copy of the sources that may be broken; disposing removes it. */
export type SourceCopy = Disposable & {
  readonly folder: string;
  /** Put a mutation in; false where its text is not found exactly once. */
  mutate(mutation: Mutation): boolean;
  /** Take it out again. */
  restore(): void;
};

/** Copies the sources, with the installed dependencies linked and the workspaces its own. */
export function copySources(): SourceCopy {
  const folder = mkdtempSync(join(tmpdir(), "orchestrator-mutants-"));
  for (const name of COPIED) {
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (source) => !LEFT_OUT.test(source.slice(ROOT.length - 1)),
    });
  }
  linkDependencies(folder);
  const originals = new Map<string, string>();
  return {
    folder,
    mutate({ file, find, replacement }) {
      const text = readFileSync(join(folder, file), "utf8");
      if (text.split(find).length !== 2) {
        return false;
      }
      originals.set(file, text);
      writeFileSync(
        join(folder, file),
        text.replace(find, () => replacement),
      );
      return true;
    },
    restore() {
      for (const [file, text] of originals) {
        writeFileSync(join(folder, file), text);
      }
      originals.clear();
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function linkDependencies(folder: string): void {
  const installed = join(ROOT, "node_modules");
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@orchestrator"), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name !== "@orchestrator" && name !== ".cache") {
      symlinkSync(join(installed, name), join(modules, name));
    }
  }
  for (const root of ["packages", "services", "apps"]) {
    for (const name of readdirSync(join(folder, root))) {
      symlinkSync(join(folder, root, name), join(modules, "@orchestrator", name));
    }
  }
}
