import type { ActionSpec } from "@orchestrator/pipeline";

import { fields, optional, required } from "./parameter.ts";

/** Actions that wait for a time or a signal, and hold nothing meanwhile (L156, L157). */
export const waitActions: readonly ActionSpec[] = [
  {
    name: "sleep",
    aliases: [],
    operation: {
      name: "sleep",
      aliases: [],
      description: "Waits for a while, or until a time.",
      nature: "deterministic",
      repeatable: true,
      parameters: [
        optional("duration", "duration", { description: "How long." }),
        optional("until", "any", {
          description:
            "Until when: an ISO time, of UTC when it names no zone, or seconds since 1970.",
        }),
      ],
      anyOf: [["duration", "until"]],
      result: fields({
        slept: "Seconds.",
        started_at: "When it began.",
        until: "When it was to end.",
      }),
    },
  },
  {
    name: "wait_for_signal",
    aliases: [],
    operation: {
      name: "wait_for_signal",
      aliases: [],
      description: "Waits for a named signal that is sent to the run.",
      nature: "deterministic",
      repeatable: true,
      parameters: [
        required("signal", "string", { description: "The signal's name." }),
        optional("timeout", "duration", { description: "How long; 7 days without it." }),
        optional("default", "any", { description: "Payload that is taken when none comes." }),
        optional("schema", "any", { description: "JSON Schema of the payload." }),
      ],
      result: fields({
        signal: "The signal's name.",
        payload: "What it carries.",
        received_at: "When it was sent.",
        sender: "Who sent it.",
        used_default: "True when none came, and the default was taken.",
      }),
    },
  },
];
