import type { Keeper } from './_keeper.ts';
import type { Output } from './_process.ts';
import type { Environment, GuestKind } from './environment.ts';
import type { GuestFacts, RunOptions, RunResult } from './guest.ts';

/** What this machine lacks for an environment, and the command that mends it. */
export interface Lack {
  missing: string;
  remedy: string;
}

/** Thrown by a kind that finds only while starting that this machine lacks something. */
export class LackError extends Error {
  readonly lack: Lack;

  constructor(lack: Lack, cause?: unknown) {
    super(lack.missing, { cause });
    this.lack = lack;
  }
}

/** What a kind is given to start an environment with. */
export interface Start<E extends Environment = Environment> {
  environment: E;
  /** Registered with it, a thing is removed when the guest stops and when this process dies. */
  keeper: Keeper;
  /** How long the environment may take to get ready. */
  bootTimeoutMs: number;
  /** How long the environment may leave questions unanswered. */
  hangMs: number;
  /** Says what takes long. */
  onProgress: (message: string) => void;
}

/** A running environment behind the interface that users see; arguments are checked already. */
export interface Running {
  facts: GuestFacts;
  run(command: string, args: readonly string[], options: RunOptions, output: Output): Promise<RunResult>;
  /** Reads a file inside; rejects with the system's error. */
  read(path: string): Promise<Uint8Array>;
  /** Settles what still waits. What the environment left on the machine is the keeper's to remove, right after. */
  stop(): void;
}

/** A kind of environment: what it needs, and how one is started. */
export interface Kind<E extends Environment = Environment> {
  /** Everything that this machine lacks for it; empty when it can be started. */
  lacks(environment: E): Promise<Lack[]>;
  /** How long it may take to get ready unless the user says otherwise. */
  bootTimeoutMs: number;
  start(start: Start<E>): Promise<Running>;
}

/** The kinds by name, each with the environments that are of it. */
export type Kinds = { [K in GuestKind]: Kind<Extract<Environment, { kind: K }>> };
