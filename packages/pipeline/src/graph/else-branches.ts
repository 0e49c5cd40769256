import { didYouMean, nearNames } from "../check/near.ts";
import { type Context, find } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { addEdge, type Edges } from "./edges.ts";

/** The step whose else branch each step is in (L42); a name that is no step is a finding. */
export function elseOwners(
  context: Context,
  steps: readonly CoreStep[],
  byId: ReadonlyMap<string, CoreStep>,
): ReadonlyMap<number, number> {
  const owners = new Map<number, number>();
  for (const owner of steps) {
    const entry = owner.keys.get("else");
    for (const id of owner.elseSteps) {
      const member = byId.get(id);
      const where = {
        step: owner.id,
        path: "else",
        offset: entry?.value.start ?? owner.offset,
      };
      if (member === undefined) {
        const suggestions = context.report.crowded ? [] : nearNames(id, byId.keys());
        find(context, "unknown_step", {
          where,
          message: `else names ${id}, which is no step${didYouMean(suggestions)}`,
          suggestions,
          referencedStep: id,
        });
      } else if (member === owner) {
        const message = `${id} is its own else branch: ${id} → ${id}`;
        find(context, "cycle", { where, message, referencedStep: id });
      } else if (member.container !== owner.container) {
        const message = `${id} is not in the same list of steps, and cannot be an else branch of it`;
        find(context, "schema", { where, message, referencedStep: id });
      } else if (owners.has(member.ordinal)) {
        const message = `${id} is in the else branch of another step already`;
        find(context, "schema", { where, message, referencedStep: id });
      } else {
        owners.set(member.ordinal, owner.ordinal);
      }
    }
  }
  return owners;
}

/** An else step waits for its owner, and who waits for the owner waits for its else branch. */
export function linkElse(
  { context, edges }: { readonly context: Context; readonly edges: Edges },
  steps: readonly CoreStep[],
  owners: ReadonlyMap<number, number>,
): void {
  if (owners.size === 0) {
    return;
  }
  const branches = branchesOf(owners);
  const dependents = edges.map((waits) => [...waits.keys()]);
  for (const [member, owner] of owners) {
    addEdge(edges, member, { from: owner, origin: "control_flow", where: whereOf(steps, owner) });
  }
  dependents.forEach((waits, step) => {
    for (const owner of waits) {
      const branch = branches.get(owner);
      if (branch !== undefined && !branch.has(step)) {
        const where = whereOf(steps, owner);
        for (const member of branch) {
          if (!context.links.take()) {
            return;
          }
          addEdge(edges, step, { from: member, origin: "control_flow", where });
        }
      }
    }
  });
}

function whereOf(steps: readonly CoreStep[], owner: number) {
  const step = steps[owner];
  return { step: step?.id ?? null, path: "else", offset: step?.offset ?? 0 };
}

/** All steps below each owner, else branches of else branches included. */
function branchesOf(owners: ReadonlyMap<number, number>): ReadonlyMap<number, ReadonlySet<number>> {
  const branches = new Map<number, Set<number>>();
  for (const member of owners.keys()) {
    const seen = new Set([member]);
    let owner = owners.get(member);
    while (owner !== undefined && !seen.has(owner)) {
      seen.add(owner);
      const branch = branches.get(owner) ?? new Set();
      branch.add(member);
      branches.set(owner, branch);
      owner = owners.get(owner);
    }
  }
  return branches;
}
