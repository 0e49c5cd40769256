import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";

const RUN_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The id of a run as it was given to a command; what has not the form of one names a run that no mesh knows. */
export function runIdFrom(given: string): string {
  if (!RUN_ID.test(given)) {
    throw new CliError(
      `run ${given} does not exist; runs have ids as "orchestrator runs list" shows them`,
      EXIT.notFound,
    );
  }
  return given;
}
