import { Secret } from "./secret.ts";
import type { SettingsReader } from "./settings-reader.ts";

/** What the mesh itself is told in secret is never for documents. */
const NAME = /^(?!ORCHESTRATOR_)[A-Za-z]\w*$/;

/** Reads which variables of the environment documents may read (L163), with the values of those that are set. */
export function readAllowedVariables(read: SettingsReader): ReadonlyMap<string, Secret> {
  const key = "tools.environment";
  const names = read.texts(key, [], {
    about:
      "Names of variables of the executor's environment that documents may read as `env.NAME`. Their values are hidden like secrets.",
  });
  for (const name of names.filter((each) => !NAME.test(each))) {
    read.problems.push(`${key} may not name the variable ${JSON.stringify(name)}`);
  }
  return new Map(
    names.flatMap((name) => {
      const value = read.variable(name);
      return value === undefined ? [] : [[name, new Secret(value)] as const];
    }),
  );
}
