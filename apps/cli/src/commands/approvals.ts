import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import {
  ListApprovalsResponseSchema,
  RespondApprovalResponseSchema,
} from "@orchestrator/proto/v1/approval_pb";

import { CliError } from "../cli-error.ts";
import { connect, type Target } from "../connection.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { printAnswer } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/words.ts";
import { runIdFrom } from "../run/run-id.ts";

type Options = Target & { readonly json?: boolean };

type Given = {
  readonly approve?: boolean;
  readonly reject?: boolean;
  readonly reason?: string;
  readonly modified?: string;
  readonly value?: string;
};

/** `approvals list`: steps that wait for a person. */
export async function listApprovals(
  io: Io,
  options: Options & {
    readonly run?: string;
    readonly limit?: number;
    readonly pageToken?: string;
  },
): Promise<ExitCode> {
  const runId = options.run === undefined ? "" : runIdFrom(options.run);
  await using connection = await connect(io, options);
  const message = await connection.approvals.listApprovals({
    pageSize: options.limit ?? 0,
    pageToken: options.pageToken ?? "",
    runId,
  });
  printAnswer(io, {
    schema: ListApprovalsResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () =>
      table(
        ["APPROVAL", "PIPELINE", "KIND", "ASKS", "UNTIL"],
        message.approvals.map(({ approvalId, pipeline, kind, title, prompt, expireTime }) => [
          approvalId,
          pipeline,
          kind,
          title === "" ? prompt : title,
          timeText(expireTime),
        ]),
      ) + (message.nextPageToken === "" ? "" : `more: --page-token ${message.nextPageToken}\n`),
  });
  return EXIT.ok;
}

/** `approvals respond`: answer a step that waits for a person. */
export async function respondApproval(
  io: Io,
  approvalId: string,
  options: Options & Given & { readonly responder?: string },
): Promise<ExitCode> {
  const answer = answerFrom(io, options);
  await using connection = await connect(io, options);
  const message = await connection.approvals.respondApproval({
    approvalId,
    answerJson: JSON.stringify(answer),
    responder: options.responder ?? io.env["USER"] ?? "",
    requestId: randomUUID(),
  });
  printAnswer(io, {
    schema: RespondApprovalResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () => `${approvalId} is answered\n`,
  });
  return EXIT.ok;
}

function answerFrom(io: Io, { approve, reject, reason, modified, value }: Given): object | string {
  const ways = [approve === true, reject === true, value !== undefined];
  if (ways.filter(Boolean).length !== 1) {
    throw new CliError("answer with one of --approve, --reject and --value", EXIT.usage);
  }
  if (value !== undefined) {
    return value;
  }
  return {
    approved: approve === true,
    ...(reason === undefined ? {} : { rejection_reason: reason }),
    ...(modified === undefined ? {} : { modified_content: fileText(io, modified) }),
  };
}

function fileText({ cwd }: Io, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`cannot read the content in ${file}: ${reason}`, EXIT.usage, {
      cause: error,
    });
  }
}
