import { createHash } from "node:crypto";
import type { Worker } from "node:worker_threads";

import type { Compilation } from "@orchestrator/pipeline";
import { openWorker } from "@orchestrator/service";

import type { BundleFile, Compiler } from "../compiler.ts";
import { compilerBusy } from "../errors.ts";

/** What the thread is asked to compile. */
export type CompileJob = {
  readonly id: number;
  readonly source: string;
  readonly bundle: readonly BundleFile[];
};

type Waiting = {
  readonly resolve: (compilation: Compilation) => void;
  readonly reject: (reason: unknown) => void;
};

/** Compilations kept, by the hash of their text; the least recently used one goes first. */
const MAX_KEPT = 256;
/** Documents that may wait to be compiled; at the bound a document is refused as RESOURCE_EXHAUSTED. */
const MAX_WAITING = 256;

/** Compiles in a thread, so that a large document does not hold up other calls, and each text once. */
export class ThreadCompiler implements Compiler {
  readonly #kept = new Map<string, Promise<Compilation>>();
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #nextId = 1;

  async compile(
    source: string,
    { bundle, signal }: { bundle: readonly BundleFile[]; signal: AbortSignal },
  ): Promise<Compilation> {
    signal.throwIfAborted();
    const key = keyOf(source, bundle);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return unlessAborted(kept, signal);
    }
    if (this.#waiting.size >= MAX_WAITING) {
      throw compilerBusy();
    }
    const compilation = this.#ask({ id: this.#nextId++, source, bundle });
    this.#kept.set(key, compilation);
    compilation.catch(() => this.#kept.delete(key));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) {
      this.#kept.delete(oldest);
    }
    return unlessAborted(compilation, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.terminate();
  }

  #ask(job: CompileJob): Promise<Compilation> {
    return new Promise<Compilation>((resolve, reject) => {
      this.#waiting.set(job.id, { resolve, reject });
      this.#running().postMessage(job);
    });
  }

  #running(): Worker {
    if (this.#thread !== undefined) {
      return this.#thread;
    }
    const thread = openWorker("./compiler-thread", { from: import.meta.url, name: "compiler" });
    thread.unref();
    thread.on("message", ({ id, compilation }: { id: number; compilation: Compilation }) => {
      this.#waiting.get(id)?.resolve(compilation);
      this.#waiting.delete(id);
    });
    thread.on("error", (error) => this.#fail(error));
    thread.on("exit", () => this.#fail(new Error("the compiler's thread ended")));
    this.#thread = thread;
    return thread;
  }

  /** A thread that died takes its documents with it; the next document starts another. */
  #fail(error: unknown): void {
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) {
      reject(error);
    }
    this.#waiting.clear();
  }
}

/** Who leaves does not wait; the compilation goes on for whoever asks next. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

function keyOf(source: string, bundle: readonly BundleFile[]): string {
  const hash = createHash("sha256").update(source);
  for (const { path, content } of bundle) {
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("base64");
}
