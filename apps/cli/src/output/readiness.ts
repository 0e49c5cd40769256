const LIMIT_MS = 5_000;

/** What a service of this machine says of itself on its ops port. */
export type Readiness = {
  readonly answers: boolean;
  readonly isReady: boolean;
  readonly status: string;
  readonly body: object;
};

type OpsAddress = { readonly opsHost: string; readonly opsPort: number };

/** Ask a service of this machine whether it is ready. */
export async function readiness({ opsHost, opsPort }: OpsAddress): Promise<Readiness> {
  try {
    const response = await fetch(`http://${hostOf(opsHost)}:${opsPort}/ready`, {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const body: { status: string } = JSON.parse(await response.text());
    return { answers: true, isReady: response.ok, status: body.status, body };
  } catch {
    const status = `nothing answers on port ${opsPort}`;
    return { answers: false, isReady: false, status, body: { status } };
  }
}

/** Where a service that listens everywhere is found on this machine; an address of IPv6 stands in brackets. */
function hostOf(listensOn: string): string {
  if (listensOn === "0.0.0.0" || listensOn === "::") {
    return "127.0.0.1";
  }
  return listensOn.includes(":") ? `[${listensOn}]` : listensOn;
}
