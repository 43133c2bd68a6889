import type { NativeFunction } from '@paratune/native';
import { helpersAwake, MOST_THREADS, runPieces } from './_thread_team.ts';

/**
 * Bytes of a matrix that make a piece of their own worthwhile when the helpers are awake. Below 0.7 MB in all two threads
 * gained nothing over one, from 1.2 MB on 1.3 to 1.9 times as much (AMD, Zen 5).
 */
const LEAST_BYTES_EACH = 2 ** 19;

/** The same for helpers that sleep: 16 MB in all take some 300 microseconds, of which to wake them took up to 40. */
const LEAST_BYTES_EACH_ASLEEP = 2 ** 23;

/** Milliseconds from call to call, beside the time that it takes, that let expect another: helpers stay awake for as long. */
const SUCCESSION_MS = 0.1;

/** Bytes that are read in a millisecond, at least. */
const BYTES_PER_MS = 2e7;

/** When it was last asked for pieces that might have been worthwhile. */
let lastAsked = Number.NEGATIVE_INFINITY;

/**
 * How many pieces the work on a matrix is best cut into: as many as threads, fewer for smaller matrices, and one where to
 * wake helpers takes longer than they save. Calls in quick succession wake them, since the next will find them awake.
 */
export function worthwhilePieces(bytes: number, threads: number): number {
  const pieces = Math.min(threads, Math.floor(bytes / LEAST_BYTES_EACH));
  if (pieces < 2) return 1;
  if (bytes >= pieces * LEAST_BYTES_EACH_ASLEEP || helpersAwake(pieces)) return pieces;
  const now = performance.now();
  const since = now - lastAsked;
  lastAsked = now;
  return since < SUCCESSION_MS + bytes / BYTES_PER_MS ? pieces : 1;
}

/** A dimension that the work of a kernel can be cut along: indices of fields in its block. */
export interface Cut {
  /** How long the dimension is. */
  readonly size: number;
  /** The operands that have it, each by its address and its stride along it, in elements. */
  readonly operands: readonly (readonly [address: number, stride: number])[];
}

/** Where piece `index` of `count` begins in `length` elements: at a multiple of `unit`. */
export function startOfPiece(index: number, count: number, length: number, unit: number): number {
  return Math.min(length, Math.floor((index * Math.ceil(length / unit)) / count) * unit);
}

/** Argument blocks of pieces, one after the other; each call uses them anew. */
let blocks = new Float64Array(0);

/**
 * Cuts what a kernel does into pieces along one dimension and runs them, each in a thread of its own; alone when the helpers
 * are at work for others.
 *
 * @param kernel The kernel.
 * @param block What it is to do.
 * @param cut The dimension; what the kernel does to one part of it must not depend on the others.
 * @param pieces How many, at most MOST_THREADS and as many as there are units.
 * @param unit Elements that pieces begin at multiples of.
 * @param elementBytes Bytes of an element.
 */
export function runCut(
  kernel: NativeFunction,
  block: Float64Array,
  { size, operands }: Cut,
  pieces: number,
  unit: number,
  elementBytes: number,
): void {
  const { length } = block;
  if (blocks.length < pieces * length) blocks = new Float64Array(MOST_THREADS * length);
  const whole = block[size]!;
  for (let piece = 0; piece < pieces; piece++) {
    const own = piece * length;
    const start = startOfPiece(piece, pieces, whole, unit);
    blocks.set(block, own);
    blocks[own + size] = startOfPiece(piece + 1, pieces, whole, unit) - start;
    for (const [address, stride] of operands) blocks[own + address]! += elementBytes * start * block[stride]!;
  }
  if (!runPieces(kernel.address, blocks, length, pieces)) kernel(block);
}
