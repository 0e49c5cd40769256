import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type {
  ExecutorLinkService,
  HeartbeatRequestSchema,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox, pause } from "@orchestrator/rpc-node";

/** What a heartbeat says, read when it is sent. */
export type Vitals = { readonly heldCount: number; readonly heldHash: bigint };

/** What becomes of heartbeats; times are monotonic. */
export type HeartbeatListener = {
  /** One that was sent then is answered: the session lives. */
  acknowledged(sentAtMs: number): void;
  /** The database knows other runs to be held than the executor. */
  reconcile(): void;
  /** The stream ended, so the session lasts only a moment unless it is heard of elsewhere. */
  unheard(): void;
  /** The session is dead, for ever. */
  dead(): void;
};

export type HeartbeatOptions = {
  readonly sessionId: bigint;
  readonly intervalMs: number;
  readonly vitals: () => Vitals;
  /** Milliseconds since the main loop last turned. */
  readonly lagMs: () => number;
  /** Monotonic. */
  readonly nowMs: () => number;
};

/** A beat that is not answered within this many intervals makes the replica suspect: another one is tried. */
const PATIENCE_INTERVALS = 1.5;
const RETRY_MS = 100;

/**
 * Keep a session alive until it is dead or the signal aborts: heartbeats go to one replica at a time, and to the next
 * at once when a stream ends or stays silent (architecture 4.4).
 */
export async function keepAlive(
  replicas: () => readonly Client<typeof ExecutorLinkService>[],
  listener: HeartbeatListener,
  { signal, ...options }: HeartbeatOptions & { signal: AbortSignal },
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const clients = replicas();
    const client = clients[turn % Math.max(1, clients.length)];
    const answered =
      client === undefined ? 0 : await beatAt(client, listener, { signal, ...options });
    if (answered === "dead") {
      listener.dead();
      return;
    }
    if (!signal.aborted) {
      listener.unheard();
      if (answered === 0) {
        await pause(RETRY_MS, signal);
      }
    }
  }
}

/** Beat at one replica until its stream ends; answers with the number of answers, or that the session is dead. */
async function beatAt(
  client: Client<typeof ExecutorLinkService>,
  listener: HeartbeatListener,
  {
    signal,
    sessionId,
    intervalMs,
    vitals,
    lagMs,
    nowMs,
  }: HeartbeatOptions & { signal: AbortSignal },
): Promise<number | "dead"> {
  const frames = createOutbox<MessageInitShape<typeof HeartbeatRequestSchema>>();
  const silent = new AbortController();
  const sentAtMs = new Map<bigint, number>();
  let beat = 0n;
  const send = (): void => {
    const [oldestMs] = sentAtMs.values();
    if (oldestMs !== undefined && nowMs() - oldestMs > PATIENCE_INTERVALS * intervalMs) {
      silent.abort(new Error("the replica does not answer"));
      return;
    }
    beat += 1n;
    sentAtMs.set(beat, nowMs());
    frames.push({ sessionId, beat, ...vitals(), mainLoopLagMs: Math.round(lagMs()) });
  };
  send();
  const timer = setInterval(send, intervalMs);
  let answered = 0;
  try {
    const stream = client.heartbeat(frames, { signal: AbortSignal.any([signal, silent.signal]) });
    for await (const answer of stream) {
      if (!answer.live) {
        return "dead";
      }
      const sent = sentAtMs.get(answer.beat);
      sentAtMs.delete(answer.beat);
      if (sent !== undefined) {
        answered += 1;
        listener.acknowledged(sent);
      }
      if (answer.reconcile) {
        listener.reconcile();
      }
    }
  } catch {
    // Whatever ended the stream, the next replica is tried; the lease runs meanwhile.
  } finally {
    clearInterval(timer);
    frames.end();
  }
  return answered;
}
