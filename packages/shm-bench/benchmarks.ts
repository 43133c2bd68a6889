/**
 * The benchmarks of the paper's Section 7: one shared variable, a bakery lock around an integer, the same with 1000 bytes, a socket.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { benchmarks } from '@paratune/shm-bench';
 *
 * assert.deepEqual(benchmarks, ['raw', 'sync', 'sync1k', 'tcp']);
 * ```
 */
export const benchmarks = ['raw', 'sync', 'sync1k', 'tcp'] as const;

/** A benchmark of the paper's Section 7. */
export type Benchmark = (typeof benchmarks)[number];

/**
 * What control can be passed between: two threads of a process, two processes, a process and a guest of user-mode Linux, two such guests.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { betweens } from '@paratune/shm-bench';
 *
 * assert.ok(betweens.includes('processes'));
 * ```
 */
export const betweens = ['threads', 'processes', 'host-uml', 'uml-uml'] as const;

/** What control is passed between. */
export type Between = (typeof betweens)[number];

/**
 * What the loops are made of: machine code (`x64`), or JavaScript with `Atomics` (`js`).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { implementations } from '@paratune/shm-bench';
 *
 * assert.deepEqual(implementations, ['x64', 'js']);
 * ```
 */
export const implementations = ['x64', 'js'] as const;

/** What the loops are made of. */
export type Implementation = (typeof implementations)[number];

/**
 * The two full fences that the bakery algorithm needs on x86, and their absence:
 *
 * - `first`: between the store that says "I am choosing" and the load of the other's number;
 * - `second`: between the stores of the own number and the loads that look whether the other is choosing, and its number.
 *
 * x86 lets a load pass an older store to another address, and nothing else (Intel SDM volume 3, "Memory Ordering").
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fences } from '@paratune/shm-bench';
 *
 * assert.deepEqual(fences, ['both', 'first', 'second', 'none']);
 * ```
 */
export const fences = ['both', 'first', 'second', 'none'] as const;

/** Which of the bakery algorithm's two fences there are. */
export type Fences = (typeof fences)[number];
