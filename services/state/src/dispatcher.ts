import type { Assignment, AssignmentStore } from "./assignment.ts";
import type { DirectPlace, DirectPlaces } from "./creation-lane.ts";
import type { LinkTable } from "./link-table.ts";
import type { Link } from "./link.ts";

export type DispatcherOptions = {
  readonly links: Pick<LinkTable, "links" | "assign" | "takeBackFrom">;
  readonly store: AssignmentStore;
  readonly background: (name: string, work: () => Promise<void>) => void;
  /** Runs are ready that this replica may not be able to give away: others should look. */
  readonly tellOthers: () => void;
};

/** Runs that one claim gives to one session, so that several get their share of a burst. */
const MAX_CLAIM = 64;

/** Gives ready runs to the links that have room: new ones at once, waiting ones by claims. */
export class Dispatcher implements DirectPlaces {
  readonly #options: DispatcherOptions;
  /** Runs wait in the database, as far as known: then new ones queue up behind them. */
  #backlog = false;
  /** Somebody should look whether runs wait. */
  #asked = false;
  #busy = false;
  /** Where the next round of claims begins. */
  #turn = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  take(requires: readonly string[]): DirectPlace | undefined {
    if (this.#backlog) return undefined;
    let best: Link | undefined;
    for (const link of this.#options.links.links) {
      if (link.takesAny && link.credit > (best?.credit ?? 0) && link.offersAll(requires)) {
        best = link;
      }
    }
    if (best === undefined) return undefined;
    const link = best;
    link.spend(1);
    return {
      sessionId: link.sessionId,
      assign: (assignment) => this.#options.links.assign(link, assignment),
      free: () => link.spend(-1),
      dead: () => link.retire(),
    };
  }

  /** Runs are ready and have no holder. */
  ready(): void {
    this.#backlog = true;
    this.#pump();
    this.#options.tellOthers();
  }

  /** Another replica says that runs are ready, or it is time to look. */
  look(): void {
    this.#asked = true;
    this.#pump();
  }

  /** A link has room, or wants runs by name. */
  hungry(): void {
    if (this.#backlog || this.#wishes().length > 0) this.#pump();
  }

  #pump(): void {
    this.#asked = true;
    if (!this.#busy) {
      this.#busy = true;
      this.#options.background("dispatch", async () => {
        try {
          while (this.#asked) {
            this.#asked = false;
            await this.#round();
          }
        } finally {
          this.#busy = false;
        }
      });
    }
  }

  /** One claim for each link that has room; again as long as claims come back full. */
  async #round(): Promise<void> {
    for (const link of this.#wishes()) {
      await this.#claim(link, (limit) =>
        this.#options.store.claimNamed(link.sessionId, { runIds: link.wanted, limit }),
      );
    }
    const open = this.#rotated([...this.#options.links.links].filter(isOpen));
    let full = false;
    for (const link of open) {
      full =
        (await this.#claim(link, (limit) => this.#options.store.claim(link.sessionId, limit))) ||
        full;
    }
    if (open.length === 0) return;
    // A run that became ready meanwhile has asked again.
    if (!this.#asked) this.#backlog = full;
    if (full) this.#asked = true;
  }

  async #claim(
    link: Link,
    claim: (limit: number) => Promise<readonly Assignment[]>,
  ): Promise<boolean> {
    const limit = Math.min(link.credit, MAX_CLAIM);
    if (limit <= 0) return false;
    link.spend(limit);
    let assignments: readonly Assignment[] = [];
    try {
      assignments = await claim(limit);
    } finally {
      link.spend(assignments.length - limit);
    }
    if (link.closed) {
      await this.#options.links.takeBackFrom(link.sessionId, assignments);
    } else {
      for (const assignment of assignments) this.#options.links.assign(link, assignment);
    }
    return assignments.length === limit;
  }

  #wishes(): readonly Link[] {
    return [...this.#options.links.links].filter(
      (link) => link.credit > 0 && link.wanted.length > 0,
    );
  }

  #rotated(links: readonly Link[]): readonly Link[] {
    this.#turn = links.length === 0 ? 0 : (this.#turn + 1) % links.length;
    return [...links.slice(this.#turn), ...links.slice(0, this.#turn)];
  }
}

function isOpen(link: Link): boolean {
  return link.takesAny && link.credit > 0;
}
