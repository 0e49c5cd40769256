import { lookup } from "node:dns/promises";

/** Says where the replicas of state are now: `host:port` each. */
export type ReplicaDirectory = { list(): Promise<readonly string[]> };

/**
 * Finds every replica behind an address, since an executor keeps a link to each of them.
 *
 * `dns:///state:7003` and `state:7003` are looked up anew each time, `ipv4:10.0.0.1:7003,10.0.0.2:7003` and lists with
 * commas are taken as they are.
 */
export function replicaDirectory(address: string): ReplicaDirectory {
  const targets = address
    .replace(/^ipv[46]:/, "")
    .split(",")
    .map((target) => target.trim().replace(/^dns:(\/\/[^/]*\/|)/, ""));
  const isFixed = /^ipv[46]:/.test(address) || targets.length > 1;
  return {
    async list() {
      const found = isFixed ? targets : (await Promise.all(targets.map(resolved))).flat();
      return [...new Set(found)].toSorted();
    },
  };
}

async function resolved(target: string): Promise<string[]> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const addresses = await lookup(hostname, { all: true });
  return addresses.map(({ address, family }) =>
    family === 6 ? `[${address}]:${port}` : `${address}:${port}`,
  );
}
