import type {
  TransferListItem,
  Worker,
  WorkerOptions as NodeWorkerOptions,
} from "node:worker_threads";

export type WorkerOptions = Pick<NodeWorkerOptions, "workerData" | "resourceLimits" | "name"> & {
  readonly transferList?: readonly TransferListItem[];
  /** `import.meta.url` of the caller. */
  readonly from: string;
};
export declare function openWorker(stem: string, options: WorkerOptions): Worker;
