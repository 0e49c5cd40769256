import type { MethodDefinition } from "../call-context.ts";
import { TEXT_CASE_METHODS } from "./text-case.ts";
import { TEXT_SEARCH_METHODS } from "./text-search.ts";
import { TEXT_SHAPE_METHODS } from "./text-shape.ts";
import { TEXT_SPLIT_METHODS } from "./text-split.ts";

/** The methods of texts (L66), as Python has them. */
export const TEXT_METHODS: Readonly<Record<string, MethodDefinition<string>>> = {
  ...TEXT_CASE_METHODS,
  ...TEXT_SEARCH_METHODS,
  ...TEXT_SHAPE_METHODS,
  ...TEXT_SPLIT_METHODS,
};
