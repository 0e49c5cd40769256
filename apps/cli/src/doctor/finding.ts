/** What `doctor` found of one thing. */
export type Finding = {
  readonly what: string;
  readonly status: "ok" | "warning" | "failed" | "off";
  readonly detail: string;
};

/** Make a finding. */
export function found(what: string, status: Finding["status"], detail: string): Finding {
  return { what, status, detail };
}

/** Why something failed, with its cause, in one line. */
export function reasonOf(error: unknown): string {
  const cause =
    error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error instanceof Error ? error.message : String(error)}${cause}`;
}
