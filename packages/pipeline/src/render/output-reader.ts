import {
  ABSENT,
  type Budget,
  type Environment,
  type Host,
  MISSING,
  type Value,
} from "@orchestrator/template";

import { outputsOf } from "../engine/loaded-plan.ts";
import { noProblems, renderField } from "./render-field.ts";
import { type RunReading, runScope } from "./run-scope.ts";

/** Reads declared outputs from within a step or another output; each is computed once (L30, L32). */
export function outputReader(
  reading: RunReading,
  { host, budget }: { host: Host; budget: Budget },
): (name: string) => Value {
  const known = new Map<string, Value>();
  const read = (name: string): Value => {
    const before = known.get(name);
    if (before !== undefined) {
      return before;
    }
    known.set(name, ABSENT);
    const program = outputsOf(reading.state.loaded).find(({ output }) => output.name === name);
    if (program === undefined) {
      return MISSING;
    }
    const problems = noProblems();
    const env: Environment = { scope: runScope(reading, { output: read }), host, budget };
    const value = renderField(program.value, { env, problems });
    const failed = problems.failure !== undefined || problems.unresolved.length > 0;
    known.set(name, failed ? MISSING : value);
    return failed ? MISSING : value;
  };
  return read;
}
