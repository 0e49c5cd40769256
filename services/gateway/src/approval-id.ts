import { runIdBytes, runIdText } from "./run-id.ts";

/** What an approval is an answer to: one attempt of a step of a run. */
export type ApprovalKey = {
  readonly runId: Uint8Array;
  readonly step: string;
  readonly attempt: number;
};

const FORM = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([1-9]\d{0,4})\/(.+)$/i;

/** Writes the id of an approval. */
export function approvalIdText({ runId, step, attempt }: ApprovalKey): string {
  return `${runIdText(runId)}/${attempt}/${step}`;
}

/** Reads the id of an approval; undefined when it is none. */
export function approvalKeyFrom(text: string): ApprovalKey | undefined {
  const [, run = "", attempt = "", step = ""] = FORM.exec(text) ?? [];
  return step === "" ? undefined : { runId: runIdBytes(run), step, attempt: Number(attempt) };
}
