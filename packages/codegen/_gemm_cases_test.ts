/** Random matrix products, and the judgement of a kernel on one: what the tests of every GEMM kernel share. */

import assert from 'node:assert/strict';
import { compensatedGemm, gemmErrorBound, referenceGemm } from '@paratune/kernels';
import fc from 'fast-check';
import type { GemmJsFunction } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';

export type Elements = Float64Array | Float32Array;

/** A kernel of either precision, for one product. */
export type AnyGemm = GemmJsFunction<Elements>;

/** A kernel of either precision, for a batch of products. */
export type AnyGemmBatch = (
  ...call: [
    ...product: Parameters<AnyGemm>,
    batch: number,
    aBatchStride: number,
    bBatchStride: number,
    cBatchStride: number,
  ]
) => void;

export const precisions = ['double', 'single'] as const;

export function arrayOf(precision: GemmSpec['precision']): Float64ArrayConstructor | Float32ArrayConstructor {
  return precision === 'double' ? Float64Array : Float32Array;
}

/** How a matrix lies in memory. */
interface Layout {
  kind: 'columns' | 'rows' | 'spaced';
  /** Elements between one column (row) and the next. */
  gap: number;
  negateRows: boolean;
  negateColumns: boolean;
  /** Whether the matrix begins where its memory begins, or ends where it ends. */
  flush: 'start' | 'end';
  /** How the matrices of a batch follow each other: upwards, downwards, or all in one place, which C cannot be. */
  batch: 'up' | 'down' | 'same';
  /** Elements between one matrix and the next. */
  batchGap: number;
}

export interface GemmCase {
  batch: number;
  m: number;
  n: number;
  k: number;
  alpha: number;
  beta: number;
  a: Layout;
  b: Layout;
  c: Layout;
  seed: number;
  /** Small integers have one right answer, whatever the order of summation. */
  values: 'real' | 'integer' | 'special';
}

/** Elements of memory for one operand: room for the largest matrix of the most generous layout. */
export const ARENA_LENGTH = 48_000;

/** Memory of a case: plain arrays, or memory between pages that fault. */
export type Arena = (operand: 'a' | 'b' | 'c', flush: Layout['flush']) => Elements;

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 36 }) },
  { weight: 1, arbitrary: fc.integer({ min: 37, max: 120 }) },
);

const layout: fc.Arbitrary<Layout> = fc.record({
  kind: fc.constantFrom('columns', 'rows', 'spaced'),
  gap: fc.integer({ min: 0, max: 5 }),
  negateRows: fc.integer({ min: 0, max: 4 }).map((x) => x === 0),
  negateColumns: fc.integer({ min: 0, max: 4 }).map((x) => x === 0),
  flush: fc.constantFrom('start', 'end'),
  batch: fc.constantFrom('up', 'down', 'same'),
  batchGap: fc.constantFrom(0, 0, 1, 9),
});

const factor = fc.constantFrom(0, 1, -1, 2.5);

export const gemmCase: fc.Arbitrary<GemmCase> = fc.record({
  batch: fc.constant(1),
  m: size,
  n: size,
  k: size,
  alpha: fc.oneof({ weight: 1, arbitrary: factor }, { weight: 1, arbitrary: fc.constant(1) }),
  beta: factor,
  a: layout,
  b: layout,
  c: layout,
  seed: fc.nat(),
  values: fc.constantFrom('real', 'real', 'integer', 'special'),
});

/** Several products in one call; smaller ones, so that they fit into the memory of one large. */
export const gemmBatchCase: fc.Arbitrary<GemmCase> = fc
  .tuple(gemmCase, fc.integer({ min: 0, max: 5 }))
  .map(([one, batch]) => ({ ...one, batch, m: one.m % 40, n: one.n % 40, k: one.k % 40 }));

/** Uniform numbers in [0, 1) from a seed (Mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Matrices of one size, a batch of them. */
interface Matrices {
  memory: Elements;
  offset: number;
  rowStride: number;
  columnStride: number;
  batchStride: number;
}

/** Lays matrices into memory full of NaN, so that an element read by mistake shows in the result. */
function place(
  memory: Elements,
  batch: number,
  rows: number,
  columns: number,
  how: Layout,
  value: () => number,
): Matrices {
  memory.fill(Number.NaN);
  let [rowStride, columnStride] = [1, Math.max(rows, 1) + how.gap];
  if (how.kind === 'rows') [rowStride, columnStride] = [Math.max(columns, 1) + how.gap, 1];
  if (how.kind === 'spaced') [rowStride, columnStride] = [2, 2 * Math.max(rows, 1) + 1 + how.gap];
  const height = Math.max(rows - 1, 0) * rowStride;
  const breadth = Math.max(columns - 1, 0) * columnStride;
  let batchStride = how.batch === 'same' ? 0 : height + breadth + 1 + how.batchGap;
  const length = batch * rows * columns === 0 ? 0 : height + breadth + 1 + (batch - 1) * batchStride;
  let offset = how.flush === 'start' || length === 0 ? 0 : memory.length - length;
  if (length === 0) return { memory, offset, rowStride, columnStride, batchStride };
  if (how.negateRows) {
    offset += height;
    rowStride = -rowStride;
  }
  if (how.negateColumns) {
    offset += breadth;
    columnStride = -columnStride;
  }
  if (how.batch === 'down') {
    offset += (batch - 1) * batchStride;
    batchStride = -batchStride;
  }
  for (let product = 0; product < batch; product++) {
    const first = offset + product * batchStride;
    for (let j = 0; j < columns; j++) {
      for (let i = 0; i < rows; i++) memory[first + i * rowStride + j * columnStride] = value();
    }
  }
  return { memory, offset, rowStride, columnStride, batchStride };
}

/** With denormals of both precisions. */
const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324, 1e-310, 1e-45, 1e-40];

function bits(array: Elements): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Runs kernels on a case and fails where one leaves the error bound, touches what it must not, or misses a special value. A
 * kernel for one product has no use for the arguments of a batch.
 */
export function checkGemm(
  gemmCase: GemmCase,
  arena: Arena,
  kernels: Iterable<[name: string, gemm: AnyGemm | AnyGemmBatch]>,
): void {
  const { batch, m, n, k, alpha, beta, seed, values } = gemmCase;
  const next = random(seed);
  const value = {
    real: () => 2 * next() - 1,
    integer: () => Math.floor(9 * next()) - 4,
    special: () => (next() < 0.02 ? specials[Math.floor(specials.length * next())]! : 2 * next() - 1),
  }[values];
  const nan = () => Number.NaN;
  // What must not be read is filled with NaN.
  const input = alpha === 0 ? nan : value;
  const layoutC: Layout = gemmCase.c.batch === 'same' ? { ...gemmCase.c, batch: 'up' } : gemmCase.c;
  const a = place(arena('a', gemmCase.a.flush), batch, m, k, gemmCase.a, input);
  const b = place(arena('b', gemmCase.b.flush), batch, k, n, gemmCase.b, input);
  const c = place(arena('c', layoutC.flush), batch, m, n, layoutC, beta === 0 ? nan : value);
  const argumentsFor = (cMemory: Elements, product = 0): Parameters<AnyGemm> => {
    const offset = ({ offset, batchStride }: Matrices) => offset + product * batchStride;
    return [
      ...([m, n, k, alpha, a.memory, offset(a), a.rowStride, a.columnStride] as const),
      ...([b.memory, offset(b), b.rowStride, b.columnStride] as const),
      ...([beta, cMemory, offset(c), c.rowStride, c.columnStride] as const),
    ];
  };
  const before = c.memory.slice();
  const expected = c.memory.slice();
  const products = Array.from({ length: batch }, (_, product) => product);
  const bounds = products.map((product) => gemmErrorBound(...argumentsFor(c.memory, product)));
  for (const product of products) compensatedGemm(...argumentsFor(expected, product));
  const inputs = [a, b].map(({ memory }) => ({ memory, copy: Buffer.from(bits(memory)) }));
  for (const [name, gemm] of kernels) {
    c.memory.set(before);
    gemm(...argumentsFor(c.memory), batch, a.batchStride, b.batchStride, c.batchStride);
    const outside = c.memory.slice();
    for (const product of products) {
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < m; i++) {
          const at = c.offset + product * c.batchStride + i * c.rowStride + j * c.columnStride;
          const [got, want, bound] = [c.memory[at]!, expected[at]!, bounds[product]![i + j * m]!];
          const right =
            Number.isFinite(want) && values !== 'integer'
              ? Math.abs(got - want) <= bound
              : Object.is(got + 0, want + 0);
          assert.ok(right, `${name}: C(${i}, ${j}) of ${product} is ${got}, must be ${want} within ${bound}`);
          outside[at] = before[at]!;
        }
      }
    }
    assert.ok(bits(outside).equals(bits(before)), `${name} writes outside C`);
    for (const { memory, copy } of inputs) assert.ok(bits(memory).equals(copy), `${name} writes to A or B`);
  }
}

/** Checks that zeros have the sign that the reference gives them, in products of up to `rounds` rows. */
export function checkZeros(gemm: AnyGemm, precision: GemmSpec['precision'], rounds: number): void {
  const next = random(7);
  const values = (length: number): Elements =>
    new (arrayOf(precision))(Array.from({ length }, () => [0, -0, 1, -1][Math.floor(4 * next())]!));
  for (let round = 0; round < rounds; round++) {
    const [m, n, k] = [1 + round, 5, 1 + (round % 4)];
    const [a, b, c] = [values(m * k), values(k * n), values(m * n)];
    const [alpha, beta] = [[1, -1][round % 2]!, [0, -0, 1, -1][round % 4]!];
    const expected = c.slice();
    referenceGemm(m, n, k, alpha, a, 0, 1, m, b, 0, 1, k, beta, expected, 0, 1, m);
    gemm(m, n, k, alpha, a, 0, 1, m, b, 0, 1, k, beta, c, 0, 1, m);
    assert.deepEqual(c, expected);
  }
}

/** Checks that a NaN for alpha or beta makes everything NaN, and in single precision that factors are rounded to it. */
export function checkFactors(gemm: AnyGemm, precision: GemmSpec['precision']): void {
  const ones = new (arrayOf(precision))(81).fill(1);
  const run = (alpha: number, beta: number, c: Elements) => {
    gemm(9, 9, 9, alpha, ones, 0, 1, 9, ones, 0, 1, 9, beta, c, 0, 1, 9);
    return c;
  };
  for (const [alpha, beta] of [
    [Number.NaN, 0],
    [0, Number.NaN],
    [1, Number.NaN],
  ] as const) {
    assert.ok(run(alpha, beta, ones.slice()).every(Number.isNaN), `alpha ${alpha}, beta ${beta}`);
  }
  if (precision === 'double') return;
  assert.deepEqual(run(1, 1e-60, new Float32Array(81).fill(Number.NaN)), new Float32Array(81).fill(9)); // beta is 0
  assert.deepEqual(run(-1e-60, 1 + 1e-12, ones.slice()), ones); // alpha is 0, beta 1
}
