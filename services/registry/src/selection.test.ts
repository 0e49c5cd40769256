import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Choice, Requirements } from "./call.ts";
import { bareModel, type Model } from "./model.ts";
import { NO_PROVIDER, type Offer, select } from "./selection.ts";

const SMALL = modelOf("small", { size: 7, accuracy: 0.7, expertise: "medium", usd: [0.1, 0.2] });
const LARGE = modelOf("large", {
  size: 70,
  accuracy: 0.9,
  expertise: "very-high",
  usd: [3, 15],
  capabilities: ["text", "code", "vision", "json"],
  contextTokens: 200_000,
});
const LOCAL: Model = {
  ...modelOf("llama3.2:1b", { size: 1, accuracy: 0.5, expertise: "low", usd: [0, 0] }),
  provider: "ollama",
};
const EMBEDDER = modelOf("embedder", { capabilities: ["embed"], usd: [0.01, 0] });
const BARE = bareModel("cloud", "unknown-facts");
const OFFER: Offer = {
  models: [SMALL, LARGE, EMBEDDER, BARE, LOCAL],
  named: [],
  providers: [
    { name: "cloud", open: false },
    { name: "ollama", open: false },
  ],
  aliases: new Map([["fast", "cloud/small"]]),
  defaultModel: undefined,
};

describe("select", () => {
  const named: readonly (readonly [string, readonly string[], string])[] = [
    ["a bare name", ["large"], "large"],
    ["provider/name", ["cloud/large"], "large"],
    ["provider:name", ["cloud:large"], "large"],
    ["a name with a colon whose prefix is no provider (L134)", ["llama3.2:1b"], "llama3.2:1b"],
    ["a provider before a name with a colon", ["ollama:llama3.2:1b"], "llama3.2:1b"],
    ["an alias of the deployment", ["fast"], "small"],
    ["the first of a list that is configured", ["absent", "small", "large"], "small"],
  ];
  for (const [what, names, wanted] of named) {
    it(`finds ${what}`, () => {
      assert.equal(first({ names, requirements: undefined }).model.name, wanted);
    });
  }

  it("says in its reason what alias or missing name led to the model (L135)", () => {
    assert.match(
      first({ names: ["fast"], requirements: undefined }).reason,
      /alias fast of cloud\/small/,
    );
    assert.match(first({ names: ["absent", "small"], requirements: undefined }).reason, /absent/);
  });

  it("tries a list in its order", () => {
    const selection = select({ names: ["large", "small"], requirements: undefined }, OFFER);
    assert.deepEqual(
      selection.kind === "chosen" && selection.candidates.map(({ model }) => model.name),
      ["large", "small"],
    );
  });

  it("substitutes nothing for a name, and names near ones (L135)", () => {
    const selection = select({ names: ["larg"], requirements: undefined }, OFFER);
    assert.equal(selection.kind === "none" && selection.code, "MODEL_NOT_FOUND");
    assert.match(
      selection.kind === "none" ? selection.message : "",
      /did you mean large or cloud\/large/,
    );
  });

  it("does not find a name at another provider than the one that is asked for", () => {
    const selection = select({ names: ["ollama/large"], requirements: undefined }, OFFER);
    assert.equal(selection.kind, "none");
  });

  it("takes any name of a provider that did not say what it serves", () => {
    const offer = { ...OFFER, models: [], providers: [{ name: "cloud", open: true }] };
    const selection = select({ names: ["brand-new"], requirements: undefined }, offer);
    assert.equal(selection.kind === "chosen" && selection.candidates[0].model.name, "brand-new");
  });

  const required: readonly (readonly [string, Partial<Requirements>, string])[] = [
    ["a capability", { capabilities: ["vision"] }, "large"],
    ["least expertise", { minExpertise: "medium" }, "small"],
    ["`expert` as very high expertise", { minExpertise: "expert" }, "large"],
    ["least accuracy", { minAccuracy: 0.85 }, "large"],
    ["a price of nothing", { maxCostNanoUsd: 0 }, "llama3.2:1b"],
    ["a largest price, the cheapest first", { maxCostNanoUsd: 2_000_000 }, "llama3.2:1b"],
    ["least size", { minSize: 10 }, "large"],
    ["most size and a provider", { maxSize: 7, provider: "cloud" }, "small"],
    ["a domain", { domain: "law" }, "large"],
    ["embedding", { capabilities: ["embed"] }, "embedder"],
    ["a context window", { contextTokens: 100_000, minSize: 10 }, "large"],
    ["speed, the smallest first", { prefer: "speed" }, "llama3.2:1b"],
  ];
  for (const [what, requirements, wanted] of required) {
    it(`chooses by ${what}`, () => {
      assert.equal(
        first({ names: [], requirements: { ...NOTHING, ...requirements } }).model.name,
        wanted,
      );
    });
  }

  it("fails closed: what is not known satisfies no requirement (L137)", () => {
    const offer = { ...OFFER, models: [BARE] };
    for (const requirements of [
      { minSize: 1 },
      { maxCostNanoUsd: 1e12 },
      { minExpertise: "low" },
    ]) {
      const wanted = { ...NOTHING, ...requirements };
      const selection = select({ names: [], requirements: wanted }, offer);
      assert.equal(selection.kind === "none" && selection.code, "NO_ELIGIBLE_MODEL");
      assert.match(
        selection.kind === "none" ? selection.message : "",
        /cloud\/unknown-facts \(.*unknown\)/,
      );
    }
  });

  it("uses a model of which nothing is known for plain text", () => {
    const offer = { ...OFFER, models: [BARE] };
    const requirements = { ...NOTHING, capabilities: ["text"], prefer: "speed" };
    const selection = select({ names: [], requirements }, offer);
    assert.equal(selection.kind === "chosen" && selection.candidates[0].model, BARE);
  });

  it("never chooses a model that only its provider names", () => {
    const offer = { ...OFFER, models: [], named: [BARE] };
    const selection = select({ names: [], requirements: undefined }, offer);
    assert.equal(selection.kind === "none" && selection.code, "NO_ELIGIBLE_MODEL");
    assert.match(selection.kind === "none" ? selection.message : "", /models\.default/);
  });

  it("uses models.default where nothing is asked for, else the first that generates text", () => {
    const nothing = { names: [], requirements: undefined };
    const withDefault = select(nothing, { ...OFFER, defaultModel: "cloud/large" });
    assert.equal(withDefault.kind === "chosen" && withDefault.candidates[0].model, LARGE);
    assert.equal(first({ names: [], requirements: NOTHING }).model, SMALL);
  });

  it("takes plain text of any length for nothing asked, and looks for room where no default is set", () => {
    const plain = { ...NOTHING, capabilities: ["text"], contextTokens: 5_000 };
    const choice = { names: [], requirements: plain };
    const withDefault = select(choice, { ...OFFER, defaultModel: "cloud/large" });
    assert.equal(withDefault.kind === "chosen" && withDefault.candidates[0].model, LARGE);
    const narrow = { ...SMALL, contextTokens: 4_000 };
    const without = select(choice, { ...OFFER, models: [narrow, LARGE] });
    assert.equal(without.kind === "chosen" && without.candidates[0].model, LARGE);
  });

  it("takes preferred models before others that fit, and never an excluded one (L137)", () => {
    const wanted = { ...NOTHING, minAccuracy: 0.6 };
    assert.equal(first({ names: [], requirements: wanted }).model.name, "small");
    const preferred = { ...wanted, preferred: ["llama3.2:1b", "cloud/large"] };
    assert.equal(first({ names: [], requirements: preferred }).model.name, "large");
    const excluded = { ...wanted, excluded: ["fast"] };
    assert.equal(first({ names: [], requirements: excluded }).model.name, "large");
    assert.equal(select({ names: ["small"], requirements: excluded }, OFFER).kind, "none");
  });

  it("holds a named model to what the step requires (L137)", () => {
    const wanted = { ...NOTHING, expertise: ["high", "expert"] };
    assert.equal(first({ names: ["small", "large"], requirements: wanted }).model.name, "large");
    const selection = select({ names: ["small"], requirements: wanted }, OFFER);
    assert.equal(selection.kind === "none" && selection.code, "NO_ELIGIBLE_MODEL");
  });

  it("fails closed on facts that nobody configured, unless a fallback is allowed, and says what was relaxed (L137)", () => {
    const wanted = { ...NOTHING, capabilities: ["text"], maxLatencyMs: 500 };
    assert.equal(select({ names: [], requirements: wanted }, OFFER).kind, "none");
    const cheapest = first({ names: [], requirements: { ...wanted, fallback: "cheapest" } });
    assert.equal(cheapest.model.name, "llama3.2:1b");
    assert.match(
      cheapest.reason,
      /cheapest: nothing has .*milliseconds ≤ 500; lacks latency unknown/,
    );
    const best = first({ names: [], requirements: { ...wanted, fallback: "best_available" } });
    assert.equal(best.model.name, "large");
  });

  it("says which keys to set when no provider is configured", () => {
    const nothing = { ...OFFER, providers: [], models: [] };
    const selection = select({ names: ["large"], requirements: undefined }, nothing);
    assert.deepEqual(selection, { kind: "none", code: "NO_ELIGIBLE_MODEL", message: NO_PROVIDER });
    assert.match(NO_PROVIDER, /models\.providers\.<name>\.api_key/);
    assert.match(NO_PROVIDER, /OPENAI_API_KEY/);
  });
});

const NOTHING: Requirements = {
  capabilities: [],
  minExpertise: undefined,
  minAccuracy: undefined,
  maxCostNanoUsd: undefined,
  minSize: undefined,
  maxSize: undefined,
  provider: undefined,
  domain: undefined,
  prefer: undefined,
  contextTokens: 0,
  expertise: [],
  maxLatencyMs: undefined,
  minTokensPerSecond: undefined,
  preferred: [],
  excluded: [],
  fallback: undefined,
};

function first(choice: Choice) {
  const selection = select(choice, OFFER);
  if (selection.kind === "none") throw new Error(selection.message);
  return selection.candidates[0];
}

function modelOf(
  name: string,
  facts: Partial<Model> & { readonly usd: readonly [number, number] },
): Model {
  const [input, output] = facts.usd;
  const { usd: _, ...same } = facts;
  return {
    ...bareModel("cloud", name),
    capabilities: ["text"],
    domains: name === "large" ? ["law"] : [],
    price: { inputNanoPerMtok: input * 1e9, outputNanoPerMtok: output * 1e9 },
    ...same,
  };
}
