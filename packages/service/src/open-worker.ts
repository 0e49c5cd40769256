import {
  type TransferListItem,
  Worker,
  type WorkerOptions as NodeOptions,
} from "node:worker_threads";

export type WorkerOptions = Pick<NodeOptions, "workerData" | "resourceLimits" | "name"> & {
  /** `import.meta.url` of the caller. */
  readonly from: string;
  readonly transferList?: readonly TransferListItem[];
};

/**
 * Starts a worker thread from a module beside the caller, named without its suffix: `./compile-thread`.
 *
 * The suffix is the caller's own, so that the same line works in sources and in the build. Node strips types by itself
 * from 22.18 on; before, a thread does not inherit the loader that does it for the main thread, and loads its own.
 */
export function openWorker(
  stem: string,
  { from, transferList, ...options }: WorkerOptions,
): Worker {
  const suffix = from.endsWith(".ts") ? ".ts" : ".js";
  const module = new URL(`${stem}${suffix}`, from);
  const settings: NodeOptions = {
    ...options,
    ...(transferList === undefined ? {} : { transferList: [...transferList] }),
  };
  return suffix === ".ts" && !stripsTypes()
    ? new Worker(loadThroughTsx(module), { ...settings, eval: true })
    : new Worker(module, settings);
}

function stripsTypes(): boolean {
  return "typescript" in process.features && process.features.typescript !== false;
}

/** A script that registers tsx in its thread, and then is that module. */
function loadThroughTsx(module: URL): string {
  return `
    import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))}).then(({ register }) => {
      register();
      return import(${JSON.stringify(module.href)});
    });
  `;
}
