/** What a host process and its descendants may use (L218). */
export type ProcessLimits = {
  /** Writable memory of one process, and resident memory of all of them together. */
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  readonly processes: number;
  readonly openFiles: number;
  /** Size of one file that is written. */
  readonly fileBytes: number;
  /** Of stdout and stderr each, as kept. */
  readonly outputBytes: number;
};

/** L218, for an attempt of the default length. */
export const DEFAULT_LIMITS: ProcessLimits = {
  memoryBytes: 512 * 1024 * 1024,
  cpuSeconds: 30,
  processes: 64,
  openFiles: 256,
  fileBytes: 1024 * 1024 * 1024,
  outputBytes: 1024 * 1024,
};

/** The limit by which a process was ended. */
export type LimitName = "memory" | "cpu" | "processes" | "file size";

/** Units of `ulimit -f` and `ulimit -c`. */
const BLOCK_BYTES = 512;
/** Values of the mark in the file size limit. */
const MARK_BLOCKS = 1 << 20;

/**
 * The file size limit that this tree runs under, as the kernel reports it.
 *
 * Up to 512 MiB are taken off by a number from the mark, so that the limit tells the tree's processes from others:
 * it is inherited by whatever a program forks, also when that leaves the session and clears its environment.
 */
export function markedFileBytes(limits: ProcessLimits, mark: string): number {
  const blocks = Math.max(1, Math.floor(limits.fileBytes / BLOCK_BYTES));
  const spread = Math.min(MARK_BLOCKS, Math.ceil(blocks / 2));
  return (blocks - (Number.parseInt(mark.slice(0, 8), 16) % spread)) * BLOCK_BYTES;
}

/** A script for `sh -c` that lowers the limits and becomes the program of its arguments. */
export function limitScript(limits: ProcessLimits, mark: string): string {
  const cpu = Math.max(1, Math.ceil(limits.cpuSeconds));
  // A limit of the host that is lower already cannot be raised, and stays; so does one that the shell does not know.
  return [
    "ulimit -S -c 0",
    `ulimit -d ${Math.ceil(limits.memoryBytes / 1024)}`,
    `ulimit -H -t ${cpu + 1}`,
    `ulimit -S -t ${cpu}`,
    `ulimit -n ${limits.openFiles}`,
    `ulimit -f ${markedFileBytes(limits, mark) / BLOCK_BYTES}`,
  ]
    .map((command) => `${command} 2>/dev/null;`)
    .concat('exec "$@"')
    .join(" ");
}
