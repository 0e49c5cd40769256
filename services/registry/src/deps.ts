import type { Choice } from "./call.ts";
import type { Flights } from "./flights.ts";
import type { Offer, Selection } from "./selection.ts";

/** Everything that a handler may touch. Made once, in start.ts or in a test. */
export type Deps = {
  readonly flights: Flights;
  readonly choose: (choice: Choice) => Promise<Selection>;
  /** The models there are now. */
  readonly offer: () => Promise<Offer>;
};
