import {
  ABSENT,
  type Budget,
  type Environment,
  type Host,
  MISSING,
  type Value,
} from "@orchestrator/template";

import type { AutoQuestion } from "../auto/auto-question.ts";
import { outputsOf } from "../engine/loaded-plan.ts";
import { outputAutos } from "./auto-reader.ts";
import type { RunReading } from "./reading.ts";
import { noProblems, renderField } from "./render-field.ts";
import { runScope } from "./run-scope.ts";

/** Reads declared outputs from within a step or another output; each is computed once (L30, L32). */
export function outputReader(
  reading: RunReading,
  { host, budget, questions }: { host: Host; budget: Budget; questions: AutoQuestion[] },
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
    const env: Environment = { scope: runScope(outside(reading), { output: read }), host, budget };
    const autos = outputAutos(reading, program);
    const value = renderField(program.value, { env, problems, autos });
    // Whoever reads the output waits for what it asks.
    questions.push(...autos.questions);
    const failed = problems.failure !== undefined || problems.unresolved.length > 0;
    known.set(name, failed ? MISSING : value);
    return failed ? MISSING : value;
  };
  return read;
}

/** An output sees what the run sees, whoever asks for it. */
function outside(reading: RunReading): RunReading {
  return { ...reading, from: undefined };
}
