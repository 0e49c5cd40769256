import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { isReflectMessage, reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";

import type { FieldViolation } from "./errors.ts";

/** Messages of values that callers choose freely: kept as JSON, where the character can be written. */
const DATA = "google.protobuf.";

/** The first field whose text holds NUL, which no column of a database takes. */
export function nulViolations(desc: DescMessage, request: Message): readonly FieldViolation[] {
  const field = fieldWithNul(reflect(desc, request));
  return field === undefined ? [] : [{ field, description: "must not hold the character NUL" }];
}

function fieldWithNul(message: ReflectMessage): string | undefined {
  for (const field of message.fields) {
    for (const value of valuesOf(message, field)) {
      if (typeof value === "string" && value.includes("\0")) {
        return field.name;
      }
      const inner = isReflectMessage(value) ? fieldWithNul(value) : undefined;
      if (inner !== undefined) {
        return `${field.name}.${inner}`;
      }
    }
  }
  return undefined;
}

/** What stands in a field: one value, the items of a list, or keys and values of a map. */
function valuesOf(message: ReflectMessage, field: DescField): Iterable<unknown> {
  switch (field.fieldKind) {
    case "enum":
      return [];
    case "scalar":
      return [message.get(field)];
    case "list":
      return message.get(field);
    case "map":
      return [...message.get(field)].flat();
    case "message": {
      const isLookedAt = message.isSet(field) && !field.message.typeName.startsWith(DATA);
      return isLookedAt ? [message.get(field)] : [];
    }
  }
}
