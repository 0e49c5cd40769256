import { type Arguments, type Passed } from "../arguments.ts";
import type { CallContext, FilterDefinition, Filters } from "../call-context.ts";
import { failed } from "../failure.ts";
import { read, readPath } from "../values/access.ts";
import { isUndefined, typeName } from "../values/kinds.ts";
import { elementsOf } from "../values/sequence.ts";
import { MISSING, type Value } from "../values/value.ts";

/** Filters that choose among the elements of a sequence, or change each. */
export const CHOOSING_FILTERS: Filters = {
  map: { parameters: ["filter"], rest: "both", apply: map },
  select: choosing({ attribute: false, keep: true }),
  reject: choosing({ attribute: false, keep: false }),
  selectattr: choosing({ attribute: true, keep: true }),
  rejectattr: choosing({ attribute: true, keep: false }),
};

function map(input: Value, args: Arguments, context: CallContext): Value {
  const filter = args.text(0, null);
  const items = elementsOf(input);
  context.budget.spend(items.length);
  if (filter !== null) {
    const passed: Passed = { positional: args.rest, named: args.named };
    return items.map((item) => noted(context.applyFilter(filter, item, passed), context));
  }
  const options = new Map(args.named);
  const attribute = options.get("attribute");
  if (attribute === undefined) throw failed("map needs the name of a filter, or `attribute=`");
  const fallback = options.get("default");
  return items.map((item) => {
    const value = attributeOf(item, attribute);
    if (isUndefined(value) && fallback !== undefined) return fallback;
    return noted(value, context);
  });
}

function attributeOf(item: Value, attribute: Value): Value {
  if (typeof attribute === "number") return read(item, attribute);
  if (typeof attribute === "string") return readPath(item, attribute);
  throw failed(`an attribute is named by a text or an index, not ${typeName(attribute)}`);
}

/** A missing value may still be dropped by the next filter; it counts when the sequence is used (L2). */
function noted(value: Value, context: CallContext): Value {
  if (value === MISSING) context.hold();
  return value;
}

type Choice = { readonly attribute: boolean; readonly keep: boolean };

/** Without a test, elements are chosen by their truth. */
function choosing({ attribute, keep }: Choice): FilterDefinition {
  return {
    parameters: attribute ? ["attribute", "test"] : ["test"],
    required: attribute ? 1 : 0,
    rest: "both",
    apply: (input, args, context) => {
      const test = args.text(attribute ? 1 : 0, null);
      const passed: Passed = { positional: args.rest, named: args.named };
      const items = elementsOf(input);
      context.budget.spend(items.length);
      return items.filter((item) => {
        const value = attribute ? attributeOf(item, args.value(0) ?? "") : item;
        const holds = test === null ? context.truth(value) : context.applyTest(test, value, passed);
        return holds === keep;
      });
    },
  };
}
