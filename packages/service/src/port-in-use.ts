/** Says that a port is taken, which one, and what wanted it: the operator's to free. */
export class PortInUse extends Error {
  override name = "PortInUse";
  readonly port: number;

  constructor(what: string, { host, port }: { host: string; port: number }) {
    super(`${what}: port ${port} of ${host} is in use; stop what uses it, or choose another port`);
    this.port = port;
  }
}
