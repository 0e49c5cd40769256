import { find, type Where } from "../desugar/context.ts";
import type { SecretReads } from "../plan.ts";
import type { Checker, Spot, Uses } from "./checker.ts";

/** A read of `secrets` or `env`: only in parameters of steps, and by a name that is written out, so that it can be fetched (L163). */
export function useSecret(
  { context }: Checker,
  {
    root,
    spot,
    where,
    path,
  }: {
    readonly root: "secrets" | "env";
    readonly spot: Spot;
    readonly where: Where;
    readonly path: readonly (string | number | null)[];
  },
): void {
  const { parameter, uses } = spot;
  const [name, ...deeper] = path;
  if (parameter === undefined) {
    find(context, "secret_misuse", {
      where,
      message: `${root} may stand only in the parameters of a step with a tool or an action`,
    });
    return;
  }
  if (typeof name !== "string" || deeper.length > 0) {
    find(context, "secret_misuse", {
      where,
      message: `name one ${root === "env" ? "variable" : "secret"}, as in ${root}.NAME: it is a text`,
      suggestions: [`${root}.NAME`],
    });
    return;
  }
  parameter.secret = true;
  (root === "env" ? uses.env : uses.secrets).add(name);
  if (parameter.isPrompt) {
    find(context, "secret_in_prompt", {
      where,
      message: `${root}.${name} is sent to a model with this parameter`,
    });
  }
}

/** What a step's parameters read; `undefined` for nothing. */
export function secretReads({ secrets, env }: Uses): SecretReads | undefined {
  return secrets.size === 0 && env.size === 0
    ? undefined
    : { secrets: [...secrets].toSorted(), env: [...env].toSorted() };
}
