/** What of an event is not shown (L165): whole fields by their way through the payload, and texts wherever they stand in it. */
export type Hides = {
  readonly fields: readonly (readonly string[])[];
  readonly texts: readonly string[];
};
