import { answerForm } from "../answer-form.ts";
import { type Context, find } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import type { PlanParameter } from "../plan.ts";
import type { Call } from "./calls.ts";

/** Check the form that a model's answer is to have, where it is written and not rendered (L139, L140). */
export function checkAnswerForm(
  context: Context,
  {
    step,
    call,
    read,
  }: {
    readonly step: CoreStep;
    readonly call: Call;
    readonly read: ReadonlyMap<string, PlanParameter>;
  },
): void {
  if (call.spec.nature !== "model") {
    return;
  }
  for (const name of ["response_format", "schema"]) {
    const field = read.get(name)?.field;
    const argument = call.arguments.find(({ entry }) => entry.key === name);
    if (argument === undefined || field?.kind !== "literal") {
      continue;
    }
    const { value } = field;
    const form = answerForm(
      name === "schema"
        ? { format: undefined, schema: value }
        : { format: value, schema: undefined },
    );
    if (form.kind === "refused") {
      find(context, "parameter_type", {
        where: { step: step.id, path: argument.path, offset: argument.entry.value.start },
        message: form.message,
      });
    }
  }
}
