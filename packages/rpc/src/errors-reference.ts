import { Code } from "@connectrpc/connect";

import { REASONS } from "./reasons.ts";

/** The text of `docs/reference/errors.md`, made from the table of reasons. */
export function errorsReference(): string {
  const rows = Object.entries(REASONS).map(
    ([reason, { code, says }]) => `| \`${reason}\` | ${nameOf(code)} | ${says} |`,
  );
  return `# Errors of calls

Generated from \`packages/rpc/src/reasons.ts\` by \`npm run generate\`. Errors of documents are in
[findings](findings.md), failures of steps at its end.

Every error has a code of gRPC and one \`google.rpc.ErrorInfo\` with \`domain\` \`orchestrator\`, a \`reason\` and facts as
\`metadata\`. Branch on code and reason; the message is for people and may change. Field errors come as
\`google.rpc.BadRequest\`; a \`google.rpc.RetryInfo\` says that the same request may be sent again, and when.
Over Connect and REST the same is JSON: \`{"code": "not_found", "message": …, "details": […]}\`.

A bug answers INTERNAL with the message "internal error" and a \`google.rpc.RequestInfo\`; the server's log has the
original under that request id. Only the refusal of a key over Connect and REST has another form:
\`{"code": "unauthenticated", "message": …, "error": …}\`, and under \`/v1\` that of OpenAI.

| reason | code | what it means |
|---|---|---|
${rows.join("\n")}
`;
}

/** `NotFound` is NOT_FOUND. */
function nameOf(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}
