import { ExecutorLinkService, StateService } from "@orchestrator/proto/state/v1/state_pb";
import type { Router } from "@orchestrator/rpc-node";

import type { Deps } from "./deps.ts";
import { archivePipeline } from "./handlers/archive-pipeline.ts";
import { closeSession } from "./handlers/close-session.ts";
import { createPipeline } from "./handlers/create-pipeline.ts";
import { createRuns } from "./handlers/create-runs.ts";
import { deleteSecret } from "./handlers/delete-secret.ts";
import { findMissingSecrets } from "./handlers/find-missing-secrets.ts";
import { getBlob } from "./handlers/get-blob.ts";
import { getDefinition } from "./handlers/get-definition.ts";
import { getPipeline } from "./handlers/get-pipeline.ts";
import { getRun } from "./handlers/get-run.ts";
import { getSnapshot } from "./handlers/get-snapshot.ts";
import { heartbeat } from "./handlers/heartbeat.ts";
import { link } from "./handlers/link.ts";
import { listPipelines } from "./handlers/list-pipelines.ts";
import { listRuns } from "./handlers/list-runs.ts";
import { listSecrets } from "./handlers/list-secrets.ts";
import { listSessions } from "./handlers/list-sessions.ts";
import { listWaits } from "./handlers/list-waits.ts";
import { openSession } from "./handlers/open-session.ts";
import { putBlob } from "./handlers/put-blob.ts";
import { putDefinition } from "./handlers/put-definition.ts";
import { putSnapshot } from "./handlers/put-snapshot.ts";
import { readEvents } from "./handlers/read-events.ts";
import { revealSecrets } from "./handlers/reveal-secrets.ts";
import { sendMessage } from "./handlers/send-message.ts";
import { setSecret } from "./handlers/set-secret.ts";
import { watchRuns } from "./handlers/watch-runs.ts";

/** The service's surface, one line per RPC. */
export function routes(deps: Deps): (router: Router) => void {
  return (router) => {
    router.service(StateService, {
      putDefinition: putDefinition(deps),
      getDefinition: getDefinition(deps),
      createPipeline: createPipeline(deps),
      getPipeline: getPipeline(deps),
      listPipelines: listPipelines(deps),
      archivePipeline: archivePipeline(deps),
      createRuns: createRuns(deps),
      getRun: getRun(deps),
      listRuns: listRuns(deps),
      readEvents: readEvents(deps),
      watchRuns: watchRuns(deps),
      sendMessage: sendMessage(deps),
      listWaits: listWaits(deps),
      putSnapshot: putSnapshot(deps),
      getSnapshot: getSnapshot(deps),
      putBlob: putBlob(deps),
      getBlob: getBlob(deps),
      setSecret: setSecret(deps),
      listSecrets: listSecrets(deps),
      deleteSecret: deleteSecret(deps),
      findMissingSecrets: findMissingSecrets(deps),
      listSessions: listSessions(deps),
    });
    router.service(ExecutorLinkService, {
      openSession: openSession(deps),
      heartbeat: heartbeat(deps),
      link: link(deps),
      revealSecrets: revealSecrets(deps),
      closeSession: closeSession(deps),
    });
  };
}

/** Methods whose handlers check their messages themselves, since the check would cost as much as the work. */
export const UNCHECKED = [
  StateService.method.createRuns,
  StateService.method.watchRuns,
  ExecutorLinkService.method.heartbeat,
  ExecutorLinkService.method.link,
] as const;
