const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;
const DAY_MS = 86_400 * SECOND_MS;

/** The limits of the language, with their defaults (L218). */
export const LIMITS = {
  documentBytes: MIB,
  bundleBytes: 10 * MIB,
  includeDepth: 10,
  yamlNodes: 200_000,
  yamlAliasUses: 10_000,
  yamlDepth: 64,
  steps: 10_000,
  bodyDepth: 6,
  inputs: 256,
  outputs: 256,
  labels: 64,
  /** Secrets that a document names at its top. */
  secrets: 256,
  labelKeyCharacters: 63,
  labelValueCharacters: 256,
  suppliedInputBytes: 4 * MIB,
  suppliedInputDepth: 100,
  findings: 200,
  instances: 50_000,
  loopItems: 10_000,
  maxIterations: 10_000,
  maxParallel: 256,
  defaultMaxParallel: 16,
  templateSourceBytes: 256 * KIB,
  renderedStringBytes: 8 * MIB,
  parametersBytes: 16 * MIB,
  conditionCharacters: 4_096,
  patternCharacters: 1_000,
  inlineResultBytes: 64 * KIB,
  resultBytes: 64 * MIB,
  captureBytes: MIB,
  errorTextBytes: 16 * KIB,
  logMessageBytes: 16 * KIB,
  attempts: 100,
  backoffMs: DAY_MS,
  stepTimeoutMs: 30 * DAY_MS,
  minHeartbeatMs: SECOND_MS,
  priority: 100,
  autosPerStep: 50,
  /** Characters of the texts that aliases stand for, summed over their uses. */
  yamlAliasCharacters: 4 * MIB,
  /** Steps that others wait for, summed over all steps of a document. */
  edges: 500_000,
  /** Steps that jumps skip, summed over all jumps of a document (L85). */
  routedSkips: 200_000,
} as const;
