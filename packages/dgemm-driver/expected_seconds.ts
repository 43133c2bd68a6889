import { checkWhole } from './_check.ts';
import { environmentMemory } from './_environment_memory.ts';
import { maximumDimension } from './dimensions.ts';

/** What a kind of environment costs, in seconds. Measured on 2 cores of a server of 2024: orders of magnitude, made right by what is seen. */
interface Costs {
  /** Starting the environment. */
  start: number;
  /** A process of Node, from fork to exit, without the matrices. */
  process: number;
  /** First touch of a page. */
  touch: number;
  /** A multiplication and addition, as a multiple of the time on the processor itself. */
  multiplying: number;
  /** A multiplication and addition while matrices are swapped in and out, as a multiple of the time without. */
  swapping: number;
}

const costs: { readonly [kind: string]: Costs } = {
  native: { start: 0.2, process: 0.2, touch: 1e-6, multiplying: 1, swapping: 5 },
  uml: { start: 2, process: 1, touch: 25e-6, multiplying: 1, swapping: 8 },
  // Emulated: where KVM works, far less.
  qemu: { start: 10, process: 4, touch: 10e-6, multiplying: 100, swapping: 2 },
  'xen-dom0': { start: 20, process: 6, touch: 20e-6, multiplying: 100, swapping: 2 },
  'xen-domu': { start: 40, process: 8, touch: 20e-6, multiplying: 100, swapping: 2 },
};

/** Fused multiply-adds a second on one core of a current server processor. */
const multiplyAddsPerSecond = 25e9;
const secondsPerRandomNumber = 2e-9;

/** Resident memory beside the matrices: the process itself and the environment's kernel. */
const besideBytes = 32 * 2 ** 20;

/**
 * Says what a run of the driver may take before any was seen: so that a sweep can show the time it has left from its first
 * second, and can tell a run that hangs from one that swaps.
 *
 * @param environment name of the environment, such as `uml-256`
 * @param n the matrix dimension
 * @returns `seconds` for the run as a whole; whether it is expected to be `swapping`; `startSeconds` of the environment
 * @throws {TypeError} when an argument has the wrong type
 * @throws {RangeError} when the environment is not known, or `n` out of range
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { expectedSeconds } from '@paratune/dgemm-driver';
 *
 * assert.ok(expectedSeconds('native-256', 4000).swapping);
 * assert.ok(!expectedSeconds('native-756', 4000).swapping);
 * assert.ok(expectedSeconds('uml-256', 4000).seconds > expectedSeconds('native-256', 4000).seconds);
 * ```
 */
export function expectedSeconds(
  environment: string,
  n: number,
): { seconds: number; swapping: boolean; startSeconds: number } {
  checkWhole(n, 'n', 1, maximumDimension);
  const { kind, memoryBytes } = environmentMemory(environment);
  const { start, process, touch, multiplying, swapping: slowdown } = costs[kind]!;
  const bytes = 24 * n * n;
  const swapping = bytes + besideBytes > memoryBytes;
  const multiply = (n ** 3 / multiplyAddsPerSecond) * multiplying * (swapping ? slowdown : 1);
  const fill = 3 * n * n * secondsPerRandomNumber + (bytes / 4096) * touch;
  return { seconds: process + fill + multiply, swapping, startSeconds: start };
}
