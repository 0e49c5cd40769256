import type { MethodImpl } from "@connectrpc/connect";
import { decodeMessage, encodeMessage, readAnswer, waitKey } from "@orchestrator/pipeline";
import { MessageKind } from "@orchestrator/proto/state/v1/state_pb";
import type { ApprovalService, RespondApprovalRequest } from "@orchestrator/proto/v1/approval_pb";
import { callOf } from "@orchestrator/rpc";
import type { Json } from "@orchestrator/template";

import { relay } from "../adapters/relay.ts";
import { readWaits } from "../adapters/run-waits.ts";
import { approvalKeyFrom } from "../approval-id.ts";
import type { Deps } from "../deps.ts";
import { approvalAnswered, approvalNotFound, invalidField } from "../errors.ts";
import { jsonFrom } from "../json-object.ts";
import { namespaceOf } from "../namespace.ts";

const MAX_ANSWER_BYTES = 240 << 10;
/** Attempts of one step that waits. */
const MAX_WAITS = 100;

/** Answers a step that waits for a person: the inbox takes one answer for a wait, and no second (L150). */
export function respondApproval({
  state,
}: Deps): MethodImpl<typeof ApprovalService.method.respondApproval> {
  return async (request, context) => {
    const { approvalId, responder, requestId } = request;
    const { signal } = context;
    const call = callOf(context);
    const namespace = namespaceOf(call);
    const key = approvalKeyFrom(approvalId);
    const given = answerOf(request);
    const query = { namespace, limit: MAX_WAITS, includeEnded: true, ...key };
    const waits = key === undefined ? [] : await readWaits(state, query, signal);
    const found = waits.find(({ record }) => record.attempt === key?.attempt);
    if (key === undefined || found === undefined) {
      throw approvalNotFound(approvalId);
    }
    const read = readAnswer(found.started, given);
    if (read.kind === "misfit") {
      throw invalidField("answer_json", read.message);
    }
    const { runId, step, attempt } = key;
    const sentAtMs = call.startedAtMs;
    const answer = { step, attempt, answer: read.value, by: responder, sentAtMs, requestId };
    const sent = await relay(
      state.sendMessage(
        {
          namespace,
          runId,
          kind: MessageKind.ANSWER,
          dedupeKey: waitKey(key),
          payload: encodeMessage({ kind: "answer", ...answer }),
        },
        { signal },
      ),
    );
    if (sent.repeatedMessage && !isSame(sent.earlierPayload, answer)) {
      throw approvalAnswered(approvalId);
    }
    if (sent.runEnded) {
      throw approvalAnswered(approvalId);
    }
    return { approvalId };
  };
}

function answerOf({ answerJson }: RespondApprovalRequest): Json {
  if (Buffer.byteLength(answerJson) > MAX_ANSWER_BYTES) {
    throw invalidField("answer_json", `must have at most ${MAX_ANSWER_BYTES} bytes`);
  }
  const answer = jsonFrom(answerJson);
  if (answer === undefined) {
    throw invalidField("answer_json", "must be the text of a JSON value");
  }
  return answer;
}

/** The same request came before; what ended the wait otherwise is a conflict, the end of its time too. */
function isSame(earlier: Uint8Array, { requestId }: { readonly requestId: string }): boolean {
  const message = decodeMessage("answer", earlier);
  return message.kind === "answer" && message.requestId === requestId;
}
