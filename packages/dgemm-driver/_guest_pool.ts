import { type Guest, GuestError, type GuestSpec, parseEnvironment, type StartOptions } from '@paratune/guest';

/** Starts an environment; `start` of @paratune/guest, or what a test puts in its place. */
export type StartGuest = (spec: GuestSpec, options?: StartOptions) => Promise<Guest>;

/** Environments that are up, each started when it is first asked for and again when it has died. */
export class GuestPool {
  readonly #start: StartGuest;
  readonly #cpu: number | undefined;
  readonly #guests = new Map<string, Guest>();
  #closed = false;

  constructor(start: StartGuest, cpu: number | undefined) {
    this.#start = start;
    this.#cpu = cpu;
  }

  /**
   * The environment of that name and whether it was started just now.
   *
   * @throws {GuestError} when it does not start; twice, unless this machine cannot run it at all
   */
  async get(environment: string): Promise<{ guest: Guest; fresh: boolean }> {
    const running = this.#guests.get(environment);
    if (running !== undefined) return { guest: running, fresh: false };
    const spec = { ...parseEnvironment(environment), ...(this.#cpu === undefined ? {} : { cpus: [this.#cpu] }) };
    const guest = await this.#startTwice(spec as GuestSpec);
    this.#guests.set(environment, guest);
    // Closed while it started: whoever closed could not stop what was not there yet.
    if (this.#closed) await this.close();
    return { guest, fresh: true };
  }

  async #startTwice(spec: GuestSpec): Promise<Guest> {
    try {
      return await this.#start(spec);
    } catch (error) {
      if (this.#closed || !(error instanceof GuestError) || error.kind === 'unavailable') throw error;
      return await this.#start(spec);
    }
  }

  /** Forgets an environment that died; what it left is removed. */
  async drop(environment: string): Promise<void> {
    const guest = this.#guests.get(environment);
    this.#guests.delete(environment);
    await guest?.stop().catch(() => {});
  }

  /** Stops one environment or all of them. @throws {GuestError} when one left something behind */
  async stop(): Promise<void> {
    const guests = [...this.#guests.values()];
    this.#guests.clear();
    const results = await Promise.allSettled(guests.map((guest) => guest.stop()));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** Stops all, and whatever is still being started: the pool cannot be used afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
  }
}
