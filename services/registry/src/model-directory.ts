import { bareModel, type Model } from "./model.ts";
import type { Provider } from "./provider.ts";
import type { Offer } from "./selection.ts";

/** What is configured about models. */
export type DirectoryOptions = {
  /** The default provider's first. */
  readonly models: readonly Model[];
  /** In the same order. */
  readonly providers: readonly Provider[];
  readonly aliases: ReadonlyMap<string, string>;
  readonly defaultModel: string | undefined;
  readonly nowMs: () => number;
};

/**
 * Knows which models there are: those that are configured, and for a provider without a list those that it names itself.
 * Models that only their provider names are called by name, and never chosen.
 */
export class ModelDirectory {
  readonly #options: DirectoryOptions;
  /** Providers whose models are not listed in the configuration. */
  readonly #asked: readonly Provider[];
  readonly #found = new Map<string, readonly Model[]>();
  #lastMs = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    const listed = new Set(options.models.map(({ provider }) => provider));
    this.#asked = options.providers.filter(({ name }) => !listed.has(name));
  }

  /** What there is to choose from now. A provider is open as long as it has not said what it serves. */
  offer(): Offer {
    const { models, providers, aliases, defaultModel } = this.#options;
    const listed = new Set(models.map(({ provider }) => provider));
    return {
      models,
      named: [...this.#found.values()].flat(),
      providers: providers.map(({ name }) => ({
        name,
        open: !listed.has(name) && !this.#found.has(name),
      })),
      aliases,
      defaultModel,
    };
  }

  /** Asks the providers what they serve, unless that was done within so many milliseconds. */
  async refresh({ maxAgeMs }: { readonly maxAgeMs: number }): Promise<void> {
    if (this.#asked.length === 0 || this.#options.nowMs() - this.#lastMs < maxAgeMs) return;
    this.#refreshing ??= this.#refresh();
    await this.#refreshing;
  }

  async #refresh(): Promise<void> {
    try {
      await Promise.all(this.#asked.map((provider) => this.#ask(provider)));
    } finally {
      this.#lastMs = this.#options.nowMs();
      this.#refreshing = undefined;
    }
  }

  async #ask(provider: Provider): Promise<void> {
    try {
      const names = await provider.listModels(AbortSignal.timeout(LIST_MS));
      if (names === undefined) return;
      this.#found.set(
        provider.name,
        names.map((name) => bareModel(provider.name, name)),
      );
    } catch {
      // A provider that cannot be reached keeps what it said last; a call will tell what is wrong with it.
    }
  }
}

const LIST_MS = 5_000;
