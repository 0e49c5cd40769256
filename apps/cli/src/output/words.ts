import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { RunStatus } from "@orchestrator/proto/v1/run_pb";

/** A status in the words of the language (L80). */
export function statusWord(status: RunStatus): string {
  const name = Object.entries(RunStatus).find(([, value]) => value === status)?.[0];
  return name?.toLowerCase() ?? String(status);
}

/** A time in UTC, to the second; empty for none. */
export function timeText(time: Timestamp | undefined): string {
  return time === undefined
    ? ""
    : timestampDate(time)
        .toISOString()
        .replace(/\.\d+Z$/, "Z");
}

/** A duration for eyes: `12 ms`, `3.4 s`, `2 m 5 s`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** A size for eyes: `12 B`, `3.4 KiB`. */
export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1_024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ""}`;
}
