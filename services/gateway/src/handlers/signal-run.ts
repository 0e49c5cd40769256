import type { MethodImpl } from "@connectrpc/connect";
import { encodeMessage, type ReceivedMessage, schemaProblem } from "@orchestrator/pipeline";
import { MessageKind } from "@orchestrator/proto/state/v1/state_pb";
import type { RunService, SignalRunRequest } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";
import type { Json } from "@orchestrator/template";

import { relay } from "../adapters/relay.ts";
import { readWaits, type RunWait } from "../adapters/run-waits.ts";
import type { Deps } from "../deps.ts";
import { inboxFull, invalidField, runEnded, runNotFound } from "../errors.ts";
import { jsonFrom } from "../json-object.ts";
import { namespaceOf } from "../namespace.ts";
import { runIdBytes } from "../run-id.ts";
import { wireFromRun } from "../wire.ts";

const MAX_PAYLOAD_BYTES = 240 << 10;
/** Messages that a run may be sent; those that are on their way at once may pass it by a few. */
const MAX_MESSAGES = 10_000;
/** Waits of one run that a payload is held against. */
const MAX_WAITS = 1_000;

/** Puts a signal into the run's inbox, where it is kept until a step asks for it (L157). */
export function signalRun({ state }: Deps): MethodImpl<typeof RunService.method.signalRun> {
  return async (request, context) => {
    const { runId: id, signal: name, sender, dedupeKey, requestId } = request;
    const { signal } = context;
    const call = callOf(context);
    const namespace = namespaceOf(call);
    const runId = runIdBytes(id);
    const answer = payloadOf(request);
    const { run } = await relay(state.getRun({ namespace, runId }, { signal }));
    if ((run?.inboxSeq ?? 0) >= MAX_MESSAGES) {
      throw inboxFull(id, MAX_MESSAGES);
    }
    const waits = await readWaits(state, { namespace, limit: MAX_WAITS, runId }, signal);
    refuseMisfit(waits, { name, answer });
    const message: ReceivedMessage = {
      kind: "signal",
      name,
      answer,
      by: sender,
      sentAtMs: call.startedAtMs,
    };
    const key = dedupeKey === "" ? requestId : dedupeKey;
    const sending = {
      namespace,
      runId,
      kind: MessageKind.SIGNAL,
      dedupeKey: `signal/${key}`,
      payload: encodeMessage(message),
    };
    const sent = await relay(state.sendMessage(sending, { signal }));
    if (sent.run === undefined) {
      throw runNotFound(id);
    }
    if (sent.runEnded) {
      throw runEnded(id);
    }
    return { run: wireFromRun(sent.run), duplicate: sent.repeatedMessage };
  };
}

function payloadOf({ payloadJson }: SignalRunRequest): Json {
  if (Buffer.byteLength(payloadJson) > MAX_PAYLOAD_BYTES) {
    throw invalidField("payload_json", `must have at most ${MAX_PAYLOAD_BYTES} bytes`);
  }
  const answer = jsonFrom(payloadJson === "" ? "null" : payloadJson);
  if (answer === undefined) {
    throw invalidField("payload_json", "must be the text of a JSON value");
  }
  return answer;
}

/** What no step waits for yet is kept; what none of those that wait can take is refused. */
function refuseMisfit(
  waits: readonly RunWait[],
  { name, answer }: { readonly name: string; readonly answer: Json },
): void {
  const problems = waits
    .filter(({ started: { wait } }) => wait.kind === "signal" && wait.signal === name)
    .map(({ started: { wait } }) =>
      wait.schema === null ? undefined : schemaProblem(wait.schema, answer),
    );
  const [problem] = problems;
  if (problem !== undefined && !problems.includes(undefined)) {
    throw invalidField("payload_json", problem);
  }
}
