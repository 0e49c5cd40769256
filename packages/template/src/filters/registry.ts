import type { FilterDefinition } from "../call-context.ts";
import { CHOOSING_FILTERS } from "./choosing.ts";
import { CODEC_FILTERS } from "./codecs.ts";
import { DATA_FILTERS } from "./data.ts";
import { DATE_FILTERS } from "./dates.ts";
import { DEFAULT_FILTERS } from "./defaults.ts";
import { FORMAT_FILTERS } from "./format.ts";
import { LAYOUT_FILTERS } from "./layout.ts";
import { MARKUP_FILTERS } from "./markup.ts";
import { NUMBER_FILTERS } from "./numbers.ts";
import { ORDERING_FILTERS } from "./ordering.ts";
import { PATTERN_FILTERS } from "./patterns.ts";
import { RUN_FILTERS } from "./run.ts";
import { SEQUENCE_FILTERS } from "./sequences.ts";
import { TEXT_FILTERS } from "./text.ts";

/** Every filter (L72). */
export const FILTER_DEFINITIONS: ReadonlyMap<string, FilterDefinition> = new Map(
  Object.entries({
    ...CHOOSING_FILTERS,
    ...CODEC_FILTERS,
    ...DATA_FILTERS,
    ...DATE_FILTERS,
    ...DEFAULT_FILTERS,
    ...FORMAT_FILTERS,
    ...LAYOUT_FILTERS,
    ...MARKUP_FILTERS,
    ...NUMBER_FILTERS,
    ...ORDERING_FILTERS,
    ...PATTERN_FILTERS,
    ...RUN_FILTERS,
    ...SEQUENCE_FILTERS,
    ...TEXT_FILTERS,
  }),
);
