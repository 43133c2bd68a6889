import type { GuestSpec } from './environment.ts';
import type { Guest } from './guest.ts';
import { GuestError } from './guest_error.ts';
import { parseEnvironment } from './parse_environment.ts';
import { type StartOptions, start as startGuest } from './start.ts';

/** Starts an environment; `start`, or what a test puts in its place. */
export type StartGuest = (spec: GuestSpec, options?: StartOptions) => Promise<Guest>;

/**
 * Environments that are up, each started when it is first asked for and again when it has died: several measurements take
 * turns in them without starting their own.
 *
 * @example
 * ```ts
 * import { GuestPool } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * const pool = new GuestPool();
 * const { guest, fresh } = await pool.get('native');
 * assert.equal(fresh, true);
 * assert.equal((await pool.get('native')).guest, guest);
 * await pool.close();
 * ```
 */
export class GuestPool implements AsyncDisposable {
  readonly #start: StartGuest;
  readonly #cpu: number | undefined;
  readonly #guests = new Map<string, Guest>();
  #closed = false;

  /**
   * @param options.cpu The CPU that every environment is held to, so that all have the same; as `start` chooses when absent.
   * @param options.start Starts an environment; `start` when absent.
   */
  constructor({ cpu, start = startGuest }: { cpu?: number | undefined; start?: StartGuest | undefined } = {}) {
    this.#start = start;
    this.#cpu = cpu;
  }

  /**
   * The environment of that name and whether it was started just now.
   *
   * @param environment Such as `uml-256`.
   * @param options How to start it, if it is not up.
   * @throws {GuestError} when it does not start; twice, unless this machine cannot run it at all
   */
  async get(environment: string, options?: StartOptions): Promise<{ guest: Guest; fresh: boolean }> {
    const running = this.#guests.get(environment);
    if (running !== undefined) return { guest: running, fresh: false };
    const spec = { ...parseEnvironment(environment), ...(this.#cpu === undefined ? {} : { cpus: [this.#cpu] }) };
    const guest = await this.#startTwice(spec as GuestSpec, options);
    this.#guests.set(environment, guest);
    // Closed while it started: whoever closed could not stop what was not there yet.
    if (this.#closed) await this.close();
    return { guest, fresh: true };
  }

  async #startTwice(spec: GuestSpec, options?: StartOptions): Promise<Guest> {
    try {
      return await this.#start(spec, options);
    } catch (error) {
      if (this.#closed || !(error instanceof GuestError) || error.kind === 'unavailable') throw error;
      return await this.#start(spec, options);
    }
  }

  /**
   * Forgets an environment that died; what it left is removed.
   *
   * @param environment Its name.
   */
  async drop(environment: string): Promise<void> {
    const guest = this.#guests.get(environment);
    this.#guests.delete(environment);
    await guest?.stop().catch(() => {});
  }

  /** Stops all; they start again when asked for. @throws {GuestError} when one left something behind */
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
