import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { MethodImpl } from "@connectrpc/connect";
import type { ApprovalSchema, ApprovalService } from "@orchestrator/proto/v1/approval_pb";
import { callOf } from "@orchestrator/rpc";

import { readWaits, type RunWait } from "../adapters/run-waits.ts";
import { approvalIdText } from "../approval-id.ts";
import type { Deps } from "../deps.ts";
import { invalidField } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { pageSizeFrom } from "../page-size.ts";
import { keyFromPageToken, pageTokenFrom } from "../page-token.ts";
import { runIdBytes, runIdText } from "../run-id.ts";

/** What its page tokens hold. */
const NUMBER = /^\d{1,18}$/;
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Lists what the runs of the caller's namespace wait for a person for (L149). */
export function listApprovals({
  state,
}: Deps): MethodImpl<typeof ApprovalService.method.listApprovals> {
  return async ({ pageSize, pageToken, runId }, context) => {
    const namespace = namespaceOf(callOf(context));
    const request = [namespace, "approvals", runId];
    const before = keyFromPageToken(pageToken, { request, form: NUMBER });
    if (before === undefined) {
      throw invalidField("page_token", "is not a token of this list with these arguments");
    }
    if (runId !== "" && !RUN_ID.test(runId)) {
      throw invalidField("run_id", "must be the id of a run");
    }
    const limit = pageSizeFrom(pageSize);
    const query = {
      namespace,
      limit,
      ...(runId === "" ? {} : { runId: runIdBytes(runId) }),
      ...(before === "" ? {} : { beforeWaitId: BigInt(before) }),
    };
    const waits = await readWaits(state, query, context.signal);
    const last = waits.at(-1)?.record.waitId;
    return {
      approvals: waits.filter(({ started }) => PEOPLE.has(started.wait.kind)).map(wireFromWait),
      nextPageToken:
        last === undefined || waits.length < limit ? "" : pageTokenFrom(String(last), request),
    };
  };
}

const PEOPLE: ReadonlySet<string> = new Set(["prompt", "approval", "feedback"]);

function wireFromWait({ record, started }: RunWait): MessageInitShape<typeof ApprovalSchema> {
  const { runId, pipeline, step, createTime } = record;
  const { wait } = started;
  return {
    approvalId: approvalIdText(record),
    runId: runIdText(runId),
    pipeline,
    step,
    kind: wait.kind,
    title: wait.title ?? "",
    prompt: wait.prompt ?? "",
    schemaJson: JSON.stringify(wait.schema),
    choices: [...(wait.choices ?? [])],
    defaultJson: wait.default === undefined ? "" : JSON.stringify(wait.default),
    expireTime: timestampFromMs(wait.expiresAtMs),
    ...(createTime === undefined ? {} : { createTime }),
  };
}
