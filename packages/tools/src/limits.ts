const MIB = 1024 * 1024;

/** Limits of tools (L218). */
export const TOOL_LIMITS = {
  /** `read` and `write` of a file. */
  fileBytes: 256 * MIB,
  /** Entries of a `list`. */
  listEntries: 10_000,
  /** Entries that one glob or recursive operation looks at. */
  visitedEntries: 200_000,
  /** Files that globs may name. */
  globbedFiles: 10_000,
  /** Levels below the directory where a walk starts. */
  walkDepth: 64,
  /** Rows of data-processing. */
  rows: 1_000_000,
  /** Errors that validation lists. */
  listedErrors: 1_000,
} as const;
