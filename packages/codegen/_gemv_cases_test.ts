/** Random products of matrices and vectors, and rank-one updates, and the judgement of kernels on them. */

import assert from 'node:assert/strict';
import { compensatedGemv, gemvErrorBound, gerErrorBound, referenceGer } from '@paratune/kernels';
import fc from 'fast-check';
import { random } from './_gemm_cases_test.ts';
import type { GemvJsFunction } from './gemv_abi.ts';
import type { GerJsFunction } from './ger_abi.ts';

export type Elements = Float64Array | Float32Array;

/** Memory of a case, by the operand's name and where it is flush: plain arrays, or memory between pages that fault. */
export type Arena = (operand: 'a' | 'x' | 'y', flush: 'start' | 'end') => Elements;

export interface VectorCase {
  m: number;
  n: number;
  alpha: number;
  beta: number;
  kind: 'columns' | 'rows' | 'spaced columns' | 'spaced rows';
  gap: number;
  negateRows: boolean;
  negateColumns: boolean;
  xStride: number;
  yStride: number;
  flush: 'start' | 'end';
  seed: number;
  /** Small integers have one right answer, whatever the order of summation. */
  values: 'real' | 'integer' | 'special';
}

/** Lengths of lines, and how many lines of each there are at most: some in registers, some in a piece, some in several. */
const lengths = [
  { weight: 12, least: 0, longest: 40, mostLines: 40 },
  { weight: 4, least: 41, longest: 300, mostLines: 40 },
  { weight: 2, least: 2040, longest: 4500, mostLines: 5 },
];
const MOST_GAP = 5;
const MOST_SPACING = 2;
const strides = [1, 1, 1, -1, 2, -3, 5];

/** Elements of memory for one operand: room for the largest in the most generous layout. */
export const ARENA_LENGTH = Math.max(
  ...lengths.flatMap(({ longest, mostLines }) => [
    longest * (MOST_SPACING * mostLines + MOST_GAP),
    mostLines * (MOST_SPACING * longest + MOST_GAP),
    longest * Math.max(...strides.map(Math.abs)),
  ]),
);

const sizes = fc.oneof(
  ...lengths.flatMap(({ weight, least, longest, mostLines }) => {
    const [long, few] = [fc.integer({ min: least, max: longest }), fc.integer({ min: least && 1, max: mostLines })];
    return [
      { weight, arbitrary: fc.record({ m: long, n: few }) },
      { weight, arbitrary: fc.record({ m: few, n: long }) },
    ];
  }),
);
const factor = fc.constantFrom(0, 1, -1, 2.5);
const stride = fc.constantFrom(...strides);

export const vectorCase: fc.Arbitrary<VectorCase> = fc
  .record({
    sizes,
    alpha: fc.oneof({ weight: 1, arbitrary: factor }, { weight: 1, arbitrary: fc.constant(1) }),
    beta: factor,
    kind: fc.constantFrom<VectorCase['kind']>('columns', 'rows', 'spaced columns', 'spaced rows'),
    gap: fc.integer({ min: 0, max: MOST_GAP }),
    negateRows: fc.boolean(),
    negateColumns: fc.boolean(),
    xStride: stride,
    yStride: stride,
    flush: fc.constantFrom<'start' | 'end'>('start', 'end'),
    seed: fc.nat(),
    values: fc.constantFrom<VectorCase['values']>('real', 'real', 'integer', 'special'),
  })
  .map(({ sizes: { m, n }, ...rest }) => ({ m, n, ...rest }));

interface Placed<Array extends Elements> {
  memory: Array;
  offset: number;
  rowStride: number;
  columnStride: number;
}

/** Fills memory with NaN, so that an element read by mistake shows, and lays `rows` x `columns` values into it. */
function place<Array extends Elements>(
  memory: Array,
  rows: number,
  columns: number,
  strides: readonly [number, number],
  flush: 'start' | 'end',
  value: () => number,
): Placed<Array> {
  memory.fill(Number.NaN);
  const [rowStride, columnStride] = strides;
  if (rows === 0 || columns === 0) return { memory, offset: 0, rowStride, columnStride };
  const [height, breadth] = [(rows - 1) * rowStride, (columns - 1) * columnStride];
  const length = Math.abs(height) + Math.abs(breadth) + 1;
  assert.ok(length <= memory.length);
  const offset = (flush === 'start' ? 0 : memory.length - length) + Math.max(0, -height) + Math.max(0, -breadth);
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) memory[offset + i * rowStride + j * columnStride] = value();
  }
  return { memory, offset, rowStride, columnStride };
}

const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];

function operandsOf(
  given: VectorCase,
  arena: Arena,
  read: { a: boolean; y: boolean; vectors: boolean },
  lengths: [x: number, y: number],
) {
  const { m, n, kind, gap, flush, xStride, yStride, values } = given;
  const next = random(given.seed);
  const value = {
    real: () => 2 * next() - 1,
    integer: () => Math.floor(9 * next()) - 4,
    special: () => (next() < 0.04 ? specials[Math.floor(specials.length * next())]! : Math.floor(9 * next()) - 4),
  }[values];
  const nan = () => Number.NaN;
  const spacing = kind.startsWith('spaced') ? MOST_SPACING : 1;
  const [inner, outer] = [spacing, spacing * Math.max(1, kind.endsWith('columns') ? m : n) + gap];
  const [rowStride, columnStride] = kind.endsWith('columns') ? [inner, outer] : [outer, inner];
  const signed = [
    given.negateRows ? -rowStride : rowStride,
    given.negateColumns ? -columnStride : columnStride,
  ] as const;
  const vector = (name: 'x' | 'y', length: number, step: number, of: () => number) =>
    place(arena(name, flush), length, 1, [step, 1], flush, of);
  const a = place(arena('a', flush), m, n, signed, flush, read.a ? value : nan);
  const x = vector('x', lengths[0], xStride, read.vectors ? value : nan);
  const y = vector('y', lengths[1], yStride, read.y ? value : nan);
  return { a, x, y };
}

function bits(array: Elements): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** Every element of `got` at one of `places` against `expected` and its bound, every other against what it was. */
function judge(
  name: string,
  values: VectorCase['values'],
  got: Elements,
  before: Elements,
  expected: Elements,
  bound: Elements,
  places: number[],
): void {
  const outside = got.slice();
  for (const [index, at] of places.entries()) {
    const want = expected[at]!;
    const right =
      Number.isFinite(want) && values === 'real'
        ? Math.abs(got[at]! - want) <= bound[index]!
        : Object.is(got[at]! + 0, want + 0);
    assert.ok(right, `${name}: element ${index} is ${got[at]}, must be ${want} within ${bound[index]}`);
    outside[at] = before[at]!;
  }
  assert.ok(bits(outside).equals(bits(before)), `${name} writes outside its result`);
}

function unchanged(name: string, inputs: { memory: Elements; copy: Buffer }[]): void {
  for (const { memory, copy } of inputs) assert.ok(bits(memory).equals(copy), `${name} writes to an input`);
}

/** Runs GEMV kernels on a case and fails where one leaves the bound, touches what it must not, or misses a special value. */
export function checkGemv(
  given: VectorCase,
  arena: Arena,
  kernels: Iterable<[string, GemvJsFunction<Elements>]>,
): void {
  const { m, n, alpha, beta } = given;
  const read = { a: alpha !== 0, vectors: alpha !== 0, y: beta !== 0 };
  const { a, x, y } = operandsOf(given, arena, read, [n, m]);
  const argumentsFor = (memory: Elements): Parameters<GemvJsFunction<Elements>> => [
    ...([m, n, alpha, a.memory, a.offset, a.rowStride, a.columnStride] as const),
    ...([x.memory, x.offset, x.rowStride, beta, memory, y.offset, y.rowStride] as const),
  ];
  const before = y.memory.slice();
  const expected = y.memory.slice();
  const bound = gemvErrorBound(...argumentsFor(y.memory));
  compensatedGemv(...argumentsFor(expected));
  const inputs = [a, x].map(({ memory }) => ({ memory, copy: Buffer.from(bits(memory)) }));
  const places = Array.from({ length: m }, (_, i) => y.offset + i * y.rowStride);
  for (const [name, gemv] of kernels) {
    y.memory.set(before);
    gemv(...argumentsFor(y.memory));
    judge(name, given.values, y.memory, before, expected, bound, places);
    unchanged(name, inputs);
  }
}

/** Runs GER kernels on a case, as {@linkcode checkGemv}. */
export function checkGer(given: VectorCase, arena: Arena, kernels: Iterable<[string, GerJsFunction<Elements>]>): void {
  const { m, n, alpha } = given;
  const { a, x, y } = operandsOf(given, arena, { a: true, vectors: alpha !== 0, y: alpha !== 0 }, [m, n]);
  const argumentsFor = (memory: Elements): Parameters<GerJsFunction<Elements>> => [
    ...([m, n, alpha, x.memory, x.offset, x.rowStride, y.memory, y.offset, y.rowStride] as const),
    ...([memory, a.offset, a.rowStride, a.columnStride] as const),
  ];
  const before = a.memory.slice();
  const expected = a.memory.slice();
  const bound = gerErrorBound(...argumentsFor(a.memory));
  referenceGer(...argumentsFor(expected));
  const inputs = [x, y].map(({ memory }) => ({ memory, copy: Buffer.from(bits(memory)) }));
  const places: number[] = [];
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) places.push(a.offset + i * a.rowStride + j * a.columnStride);
  }
  for (const [name, ger] of kernels) {
    a.memory.set(before);
    ger(...argumentsFor(a.memory));
    judge(name, given.values, a.memory, before, expected, bound, places);
    unchanged(name, inputs);
  }
}
