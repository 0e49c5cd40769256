import type { MethodDefinition } from "../call-context.ts";
import { read } from "../values/access.ts";
import { type Mapping, MISSING } from "../values/value.ts";

/** The methods of mappings (L66). */
export const MAPPING_METHODS: Readonly<Record<string, MethodDefinition<Mapping>>> = {
  get: {
    parameters: ["key", "default"],
    required: 1,
    call: (mapping, args) => {
      const key = args.value(0);
      const isKey = typeof key === "string" || typeof key === "number";
      const value = isKey ? read(mapping, key) : MISSING;
      return value === MISSING ? (args.raw(1) ?? null) : value;
    },
  },
  items: { parameters: [], call: (mapping) => Object.entries(mapping) },
  keys: { parameters: [], call: (mapping) => Object.keys(mapping) },
  values: { parameters: [], call: (mapping) => Object.values(mapping) },
};
