import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  type AnyGemm,
  ARENA_LENGTH,
  type Arena,
  arrayOf,
  checkGemm,
  gemmCase,
  precisions,
} from './_gemm_cases_test.ts';
import { gemmJsAbi } from './gemm_abi.ts';
import { type GemmSpec, gemmSpec } from './gemm_spec.ts';
import { generate } from './generate.ts';

function evaluate(partial: Partial<GemmSpec>): AnyGemm {
  return new Function(`return ${generate(gemmSpec(partial), { target: 'js' }).text}`)() as AnyGemm;
}

const specs: Partial<GemmSpec>[] = [
  { isa: 'scalar' },
  { isa: 'scalar', mu: 4, nu: 2, ku: 4 },
  { isa: 'scalar', mu: 1, nu: 1, ku: 1 },
  { isa: 'avx512' },
  { isa: 'avx2', mu: 8, nu: 6, ku: 3 },
  {},
];

for (const precision of precisions) {
  test(`JavaScript keeps the error bound and its operands, for all shapes, strides and edges, in ${precision}`, () => {
    const memory = {
      a: new (arrayOf(precision))(ARENA_LENGTH),
      b: new (arrayOf(precision))(ARENA_LENGTH),
      c: new (arrayOf(precision))(ARENA_LENGTH),
    };
    const arena: Arena = (operand) => memory[operand];
    const kernels = specs.map((partial): [string, AnyGemm] => {
      const { isa = 'sse2', mu = 0 } = partial;
      const scale = precision === 'single' && isa !== 'scalar' ? 2 : 1;
      return [JSON.stringify(partial), evaluate({ ...partial, precision, ...(mu ? { mu: mu * scale } : {}) })];
    });
    fc.assert(
      fc.property(gemmCase, (one) => checkGemm(one, arena, kernels)),
      { numRuns: 150 },
    );
  });
}

test('JavaScript rounds the factors to single precision', () => {
  const gemm = evaluate({ isa: 'scalar', precision: 'single' });
  const [x, c] = [Float32Array.of(1), Float32Array.of(Number.NaN)];
  gemm(1, 1, 1, 0, x, 0, 1, 1, x, 0, 1, 1, 1e-60, c, 0, 1, 1);
  assert.equal(c[0], 0); // beta is 0, so C was not read
});

test('JavaScript crosses the edges of its blocks', () => {
  const gemm = evaluate({ isa: 'scalar' });
  const [m, n, k] = [203, 519, 517]; // more than two blocks of rows, one of columns, two of depth
  const a = Float64Array.from({ length: m * k }, (_, i) => (i % 7) - 3);
  const b = Float64Array.from({ length: k * n }, (_, i) => (i % 5) - 2);
  const c = new Float64Array(m * n);
  gemm(m, n, k, 1, a, 0, 1, m, b, 0, n, 1, 0, c, 0, 1, m);
  for (let round = 0; round < 500; round++) {
    const [i, j] = [(round * 37) % m, (round * 101) % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a[i + p * m]! * b[p * n + j]!;
    assert.equal(c[i + j * m], sum);
  }
});

test('the text stands alone: it runs where there is nothing but the language', () => {
  const { text, abi } = generate(gemmSpec({ isa: 'scalar' }), { target: 'js' });
  assert.deepEqual(abi, gemmJsAbi);
  const product = runInNewContext(
    `'use strict';
    const c = new Float64Array(1);
    (${text})(1, 1, 2, 1, Float64Array.of(2, 3), 0, 1, 1, Float64Array.of(5, 7), 0, 1, 1, 0, c, 0, 1, 1);
    c[0];`,
  );
  assert.equal(product, 31);
});
