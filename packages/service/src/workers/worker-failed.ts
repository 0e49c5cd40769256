/** Says that a worker ended before it served; what it wrote itself says why. */
export class WorkerFailed extends Error {
  override name = "WorkerFailed";

  constructor(how: string) {
    super(`a worker ended while it started (${how})`);
  }
}
