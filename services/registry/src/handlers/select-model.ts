import type { ServiceImpl } from "@connectrpc/connect";
import type { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";

import { costNanoUsd } from "../cost.ts";
import type { Deps } from "../deps.ts";
import { choiceFromWire, wireFromModel } from "../wire.ts";

/** Says which model would be called, why, and what it would cost, without calling it. */
export function selectModel({
  choose,
  offer,
}: Deps): ServiceImpl<typeof RegistryService>["selectModel"] {
  return async ({ choice, inputTokens, outputTokens }) => {
    const selection = await choose(choiceFromWire(choice));
    if (selection.kind === "none") {
      return { reason: `${selection.code}: ${selection.message}`, code: selection.code };
    }
    const [{ model, reason }] = selection.candidates;
    const { aliases } = await offer();
    const usage = { inputTokens: Number(inputTokens), outputTokens: Number(outputTokens) };
    const costs = selection.candidates.flatMap(
      (each) => costNanoUsd(each.model.price, usage) ?? [],
    );
    return {
      model: wireFromModel(model, aliases),
      reason,
      ...(costs.length === 0 ? {} : { estimateNanoUsd: BigInt(Math.max(...costs)) }),
    };
  };
}
