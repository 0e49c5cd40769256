import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { decodeEvent } from "@orchestrator/pipeline";
import { RunCreated_Outcome as Outcome } from "@orchestrator/proto/state/v1/state_pb";
import { fromWireError } from "@orchestrator/rpc";

import { openApi } from "./api.fixture.ts";

const RUN = new Uint8Array(16);

/** The API on a state service that has these secrets, and keeps the first events of runs. */
function openSecretApi({ has = [] }: { has?: readonly string[] } = {}) {
  const payloads: Uint8Array[] = [];
  const set: object[] = [];
  const api = openApi({
    setSecret: ({ namespace, name, value }) => {
      set.push({ namespace, name, value });
      return { secret: { name, readable: true } };
    },
    listSecrets: ({ afterName, limit }) => ({
      secrets: has
        .filter((name) => name > afterName)
        .slice(0, limit)
        .map((name) => ({ name, readable: true })),
    }),
    findMissingSecrets: ({ names }) => ({ missing: names.filter((name) => !has.includes(name)) }),
    putDefinition: () => ({}),
    getRun: () => ({ run: { runId: RUN } }),
    readEvents: () => ({
      events: payloads.map((payload, i) => ({ seq: i + 1, kind: 1, version: 1, payload })),
      lastSeq: payloads.length,
    }),
    async *createRuns(frames) {
      for await (const { creations } of frames) {
        // What names no plan only asks whether the same request came before.
        const made = creations.filter(({ planVersion }) => planVersion > 0);
        payloads.push(...made.map(({ createdPayload }) => createdPayload));
        yield {
          created: creations.map(({ ticket, planVersion }) =>
            planVersion > 0
              ? { ticket, outcome: Outcome.CREATED, run: { runId: RUN } }
              : { ticket, outcome: Outcome.UNKNOWN_DEFINITION },
          ),
        };
      }
    },
  });
  return { ...api, payloads, set };
}

function documentWith(...lines: readonly string[]): string {
  return ["name: n", ...lines, "steps: [{id: a, action: noop}]"].join("\n");
}

describe("secrets at the API", () => {
  it("are set for the namespace of the caller, and listed a page at a time", async () => {
    await using api = openSecretApi({ has: ["A", "B", "C"] });
    const { secret } = await api.admin.setSecret({ name: "KEY", value: "v", requestId: "1" });
    assert.deepEqual([secret?.name, secret?.readable], ["KEY", true]);
    assert.deepEqual(api.set, [{ namespace: "default", name: "KEY", value: "v" }]);
    const first = await api.admin.listSecrets({ pageSize: 2 });
    const second = await api.admin.listSecrets({ pageSize: 2, pageToken: first.nextPageToken });
    assert.deepEqual(
      [...first.secrets, ...second.secrets].map(({ name }) => name),
      ["A", "B", "C"],
    );
    assert.equal(second.nextPageToken, "");
  });

  it("have names that documents can write, and values", async () => {
    await using api = openSecretApi();
    for (const wrong of [{ name: "_X" }, { name: "a b" }, { name: "" }, { value: "" }]) {
      const request = { name: "KEY", value: "v", requestId: "1", ...wrong };
      const error = await api.admin.setSecret(request).catch((thrown: unknown) => thrown);
      assert.equal(fromWireError(error).reason, "REQUEST_INVALID");
    }
  });

  it("must be there when a document names them at its top, and are asked for by their names only", async () => {
    await using api = openSecretApi({ has: ["HAS"] });
    const source = documentWith("secrets: [HAS, HAS_NOT, NEITHER]");
    const refused = await api.runs
      .createRun({ what: { case: "source", value: source }, requestId: "1" })
      .catch((thrown: unknown) => thrown);
    const error = fromWireError(refused);
    assert.equal(error.reason, "SECRET_NOT_FOUND");
    assert.deepEqual(
      error.fieldViolations.map(({ field }) => field),
      ["secrets.HAS_NOT", "secrets.NEITHER"],
    );
    const enough = documentWith("secrets: [HAS]");
    await api.runs.createRun({ what: { case: "source", value: enough }, requestId: "2" });
    assert.equal(api.payloads.length, 1);
  });
});

describe("sensitive inputs at the API (L165)", () => {
  const source = documentWith(
    "inputs:",
    "  token: {type: string, sensitive: true}",
    "  pin: {type: integer, sensitive: true, max: 9999, default: 1}",
    'config: {url: "https://x/{{ token }}"}',
  );

  it("are stored for the run, and shown by no event", async () => {
    await using api = openSecretApi();
    const inputsJson = JSON.stringify({ token: "tok-12345", pin: 77 });
    const given = { case: "inputsJson", value: inputsJson } as const;
    await api.runs.createRun({ what: { case: "source", value: source }, given, requestId: "1" });
    const [payload = new Uint8Array()] = api.payloads;
    const stored = decodeEvent({ kind: 1, version: 1, step: "", attempt: 0, payload });
    assert.ok(stored.kind === "run_created");
    assert.deepEqual(stored.inputs, { token: "tok-12345", pin: 77 });
    const { events } = await api.runs.listRunEvents({
      runId: "00000000-0000-0000-0000-000000000000",
    });
    assert.deepEqual(JSON.parse(events[0]?.payloadJson ?? ""), {
      inputs: { token: "***", pin: "***" },
      sections: { config: { url: "https://x/***" } },
    });
  });

  it("are not said again when they are refused", async () => {
    await using api = openSecretApi();
    const given = { case: "inputsJson", value: '{"pin": "abc", "token": ["tok-12345"]}' } as const;
    const refused = await api.runs
      .createRun({ what: { case: "source", value: source }, given, requestId: "1" })
      .catch((thrown: unknown) => thrown);
    const { message, reason } = fromWireError(refused);
    assert.equal(reason, "INPUT_INVALID");
    assert.ok(!message.includes("abc") && !message.includes("12345"), message);
  });
});
