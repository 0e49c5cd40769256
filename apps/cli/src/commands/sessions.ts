import { ListSessionsResponseSchema, SessionState } from "@orchestrator/proto/v1/operations_pb";

import { connect, type Target } from "../connection.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { printAnswer } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/words.ts";

/** `sessions list`: the executors that are connected, or were. */
export async function listSessions(
  io: Io,
  options: Target & {
    readonly json?: boolean;
    readonly dead?: boolean;
    readonly limit?: number;
    readonly pageToken?: string;
  },
): Promise<ExitCode> {
  await using connection = await connect(io, options);
  const message = await connection.operations.listSessions({
    includeDead: options.dead ?? false,
    pageSize: options.limit ?? 0,
    pageToken: options.pageToken ?? "",
  });
  printAnswer(io, {
    schema: ListSessionsResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () =>
      table(
        ["SESSION", "EXECUTOR", "STATE", "RUNS", "CAPACITY", "SINCE"],
        message.sessions.map(({ sessionId, executor, state, heldRuns, capacity, createTime }) => [
          sessionId,
          executor,
          state === SessionState.LIVE ? "live" : "dead",
          String(heldRuns),
          String(capacity),
          timeText(createTime),
        ]),
      ) + (message.nextPageToken === "" ? "" : `more: --page-token ${message.nextPageToken}\n`),
  });
  return EXIT.ok;
}
