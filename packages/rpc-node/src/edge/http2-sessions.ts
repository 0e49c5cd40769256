import { constants, type Http2Server, type ServerHttp2Session } from "node:http2";

import type { EdgeLimits } from "./edge-options.ts";

/** The HTTP/2 connections of a server. */
export type Http2Sessions = {
  /** Say GOAWAY; streams that are open may finish. */
  close(): void;
};

/** Watches over connections: those that say nothing, that reset too much, or that are of no use any more, end. */
export function watchSessions(server: Http2Server, limits: EdgeLimits): Http2Sessions {
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    closeUnlessGreeted(session, limits.greetingMs);
    closeWhenIdle(session, limits.idleMs);
    boundResets(session, limits.maxResets);
  });
  // What goes wrong with a connection is its client's affair.
  server.on("sessionError", () => undefined);
  return {
    close() {
      for (const session of sessions) {
        session.close();
      }
    },
  };
}

function closeUnlessGreeted(session: ServerHttp2Session, greetingMs: number): void {
  const timer = setTimeout(() => session.destroy(), greetingMs);
  const settled = (): void => clearTimeout(timer);
  session.once("remoteSettings", settled);
  session.once("close", settled);
}

function closeWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  let open = 0;
  session.on("stream", (stream) => {
    open++;
    stream.once("close", () => open--);
  });
  session.setTimeout(idleMs, () => {
    if (open === 0) {
      session.close();
    }
  });
}

/** A client that opens streams only to reset them makes work without limit (CVE-2023-44487). */
function boundResets(session: ServerHttp2Session, maxResets: number): void {
  let allowance = maxResets;
  let countedAtMs = performance.now();
  session.on("stream", (stream) => {
    stream.once("close", () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR) {
        return;
      }
      const nowMs = performance.now();
      const earned = ((nowMs - countedAtMs) / 1_000) * (maxResets / 10);
      allowance = Math.min(maxResets, allowance + earned) - 1;
      countedAtMs = nowMs;
      if (allowance < 0 && !session.destroyed) {
        session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
        session.destroy();
      }
    });
  });
}
