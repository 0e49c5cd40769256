import type { Arguments } from "../arguments.ts";
import type { CallContext, FilterDefinition } from "../call-context.ts";
import type { Signature } from "../signature.ts";
import type { Value } from "../values/value.ts";

/** A filter that works on the text form of its input, whatever that is. */
export function textFilter(
  signature: readonly string[] | Signature,
  apply: (text: string, args: Arguments, context: CallContext) => Value,
): FilterDefinition {
  const shape: Signature = "parameters" in signature ? signature : { parameters: signature };
  return {
    ...shape,
    apply: (input, args, context) => {
      const text = context.budget.textOf(input);
      const result = apply(text, args, context);
      if (typeof result === "string" && result.length > text.length)
        context.budget.text(result.length);
      return result;
    },
  };
}
