import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { configure, dgemmBatch, sgemmBatch } from './mod.ts';

/** The routine as a caller without types has it. */
type Untyped = (...values: unknown[]) => unknown;

/** Valid arguments of three 2 x 3 by 3 x 4 products, by name and in order, in both forms. */
const valid = {
  blas: (Matrix: typeof Float64Array) => ({
    ...{ order: 'row-major', transA: 'no-transpose', transB: 'no-transpose', M: 2, N: 4, K: 3, alpha: 1 },
    ...{ A: new Matrix(18), LDA: 3, strideA: 6, B: new Matrix(36), LDB: 4, strideB: 12 },
    ...{ beta: 1, C: new Matrix(24), LDC: 4, strideC: 8, batchCount: 3 },
  }),
  ndarray: (Matrix: typeof Float64Array) => ({
    ...{ transA: 'no-transpose', transB: 'no-transpose', M: 2, N: 4, K: 3, alpha: 1 },
    ...{ A: new Matrix(18), strideA1: 3, strideA2: 1, strideA: 6, offsetA: 0 },
    ...{ B: new Matrix(36), strideB1: 4, strideB2: 1, strideB: 12, offsetB: 0 },
    ...{ beta: 1, C: new Matrix(24), strideC1: 4, strideC2: 1, strideC: 8, offsetC: 0, batchCount: 3 },
  }),
};

for (const [routine, gemmBatch, Matrix] of [
  ['dgemmBatch', dgemmBatch, Float64Array],
  ['sgemmBatch', sgemmBatch, Float32Array as unknown as typeof Float64Array],
] as const) {
  const forms: Record<keyof typeof valid, (given: object) => unknown> = {
    blas: (given) => (gemmBatch as unknown as Untyped)(...Object.values({ ...valid.blas(Matrix), ...given })),
    ndarray: (given) =>
      (gemmBatch.ndarray as unknown as Untyped)(...Object.values({ ...valid.ndarray(Matrix), ...given })),
  };
  const refuses = (form: keyof typeof forms, given: object, name: 'TypeError' | 'RangeError', message: RegExp) =>
    assert.throws(() => forms[form](given), { name, message });

  describe(`bad arguments of ${routine}`, () => {
    after(() => {
      configure(defaults);
    });

    test('each by itself, in both forms', () => {
      for (const form of ['blas', 'ndarray'] as const) {
        forms[form]({});
        for (const name of Object.keys(valid[form](Matrix))) {
          const isArray = 'ABC'.includes(name);
          for (const value of ['2', null, undefined, 2n, {}, [2], true, Symbol('2')]) {
            refuses(form, { [name]: value }, 'TypeError', new RegExp(`^'${name}' must be `));
          }
          if (isArray) {
            const lost = new Matrix(36);
            structuredClone(lost.buffer, { transfer: [lost.buffer as ArrayBuffer] });
            refuses(form, { [name]: lost }, 'TypeError', new RegExp(`^'${name}' must have its memory`));
            refuses(form, { [name]: new Matrix(17) }, 'RangeError', new RegExp(`^'${name}' must have at least `));
          } else if (!['order', 'transA', 'transB', 'alpha', 'beta'].includes(name)) {
            for (const value of [1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, -1e300]) {
              refuses(form, { [name]: value }, 'RangeError', new RegExp(`^'${name}' must be an? .*integer`));
            }
          }
        }
        for (const name of ['M', 'N', 'K', 'batchCount']) {
          refuses(form, { [name]: -1 }, 'RangeError', new RegExp(`^'${name}' must be a nonnegative integer, got -1$`));
        }
      }
      for (const name of ['LDA', 'LDB', 'LDC']) {
        refuses('blas', { [name]: 2 }, 'RangeError', new RegExp(`^'${name}' must be an integer of at least max`));
      }
      for (const name of ['strideC1', 'strideC2']) {
        refuses('ndarray', { [name]: 0 }, 'RangeError', new RegExp(`^'${name}' must be a nonzero integer, got 0$`));
      }
      for (const name of ['offsetA', 'offsetB', 'offsetC']) {
        refuses('ndarray', { [name]: -1 }, 'RangeError', new RegExp(`^'${name}' must be a nonnegative integer`));
      }
    });

    test('arrays that the batch leaves', () => {
      const message = (text: string) => new RegExp(`^${text.replaceAll(/[()]/g, '\\$&')}$`);
      refuses(
        'blas',
        { batchCount: 4 },
        'RangeError',
        message(
          "'A' must have at least 24 elements for 4 matrices of 2 x 3, 6 apart, with strides 3 and 1 from offset 0, got 18",
        ),
      );
      refuses(
        'blas',
        { strideB: -12 },
        'RangeError',
        message(
          "'B' must be entered at offset 24 or later by 3 matrices of 3 x 4, -12 apart, with strides 4 and 1, got offset 0",
        ),
      );
      forms.ndarray({ strideB: -12, offsetB: 24 });
      refuses('ndarray', { strideB: -12, offsetB: 23 }, 'RangeError', /^'B' must be entered at offset 24 or later/);
      refuses('ndarray', { strideC: 9 }, 'RangeError', /^'C' must have at least 26 elements/);
      // Beyond 2^53 sums are rounded, which must not make them fit.
      for (const far of [2 ** 53 - 1, 2 ** 52, 2 ** 32, 2 ** 31]) {
        for (const name of ['A', 'B', 'C']) {
          const stride = `stride${name}`;
          refuses('blas', { [stride]: far }, 'RangeError', new RegExp(`^'${name}' must have at least `));
          refuses('ndarray', { [stride]: -far }, 'RangeError', new RegExp(`^'${name}' must be entered at `));
          const there = { [stride]: -far, [`${stride}1`]: far, [`offset${name}`]: far };
          refuses('ndarray', there, 'RangeError', new RegExp(`^'${name}' must `));
        }
        refuses('blas', { batchCount: far }, 'RangeError', /^'A' must have at least /);
        refuses('blas', { batchCount: far, strideA: 0, strideB: 0 }, 'RangeError', /^'C' must have at least /);
      }
    });

    test('matrices C that share an element', () => {
      const apart = (stride: number) =>
        new RegExp(`^'strideC' must keep 3 matrices of 2 x 4 with strides \\d+ and \\d+ apart, got ${stride}$`);
      const C = new Matrix(100);
      for (const strideC of [0, 1, 4, 7]) refuses('blas', { C, strideC }, 'RangeError', apart(strideC));
      for (const strideC of [-1, -7]) refuses('ndarray', { C, strideC, offsetC: 50 }, 'RangeError', apart(strideC));
      refuses('ndarray', { C, strideC1: 1, strideC2: 1 }, 'RangeError', /^'strideC1' and 'strideC2' must reach each/);
      // Side by side, interleaved, and the matrices innermost.
      for (const [strideC1, strideC2, strideC] of [
        [12, 1, 4],
        [12, 3, 1],
        [3, 6, 1],
        [4, 1, -8],
        [2, 8, 30],
      ]) {
        forms.ndarray({ C, strideC1, strideC2, strideC, offsetC: strideC === -8 ? 16 : 0 });
      }
      refuses('ndarray', { C, strideC1: 12, strideC2: 3, strideC: 3 }, 'RangeError', apart(3));
      // Of no matrix, or one, nothing is shared.
      forms.blas({ strideC: 0, batchCount: 1 });
      forms.blas({ strideC: 0, batchCount: 0 });
      forms.blas({ strideC: 0, M: 0 });
    });

    for (const [name, configuration] of testedConfigurations()) {
      if (name !== 'js' && name !== 'sse2') continue;
      test(`C over A or B (${name})`, () => {
        configure(configuration);
        const memory = new Matrix(200);
        /** Square matrices of four rows in one array, A and B being the same. */
        const call = (a: [number, number, number, number], c: [number, number, number, number], batchCount = 3) => {
          const [strideA1, strideA2, strideA, offsetA] = a;
          const [strideC1, strideC2, strideC, offsetC] = c;
          return forms.ndarray({
            ...{ M: 4, N: 4, K: 4, A: memory, strideA1, strideA2, strideA, offsetA, batchCount },
            ...{ B: memory, strideB1: strideA1, strideB2: strideA2, strideB: strideA, offsetB: offsetA },
            ...{ C: memory, strideC1, strideC2, strideC, offsetC },
          });
        };
        // One behind the other, in turns, in halves of the same rows, even and odd places, the matrices innermost, upwards and downwards.
        call([4, 1, 16, 0], [4, 1, 16, 48]);
        call([4, 1, 32, 0], [4, 1, 32, 16]);
        call([8, 1, 32, 0], [8, 1, 32, 4]);
        call([8, 2, 32, 0], [8, 2, 32, 1]);
        call([24, 6, 1, 0], [24, 6, 1, 3]);
        call([4, 1, 32, 0], [4, 1, -32, 80]);
        // One matrix for all in the middle of them.
        call([4, 1, 0, 16], [4, 1, 32, 0]);
        for (const [a, c] of [
          [
            [4, 1, 16, 0],
            [4, 1, 16, 0],
          ],
          [
            [4, 1, 16, 0],
            [4, 1, 16, 47],
          ],
          [
            [4, 1, 32, 0],
            [4, 1, 32, 15],
          ],
          [
            [4, 1, 32, 0],
            [4, 1, -32, 79],
          ],
          [
            [24, 6, 1, 0],
            [24, 6, 1, 2],
          ],
          [
            [4, 1, 0, 16],
            [4, 1, 16, 0],
          ],
        ] as const) {
          const before = memory.slice();
          assert.throws(() => call([...a], [...c]), {
            name: 'RangeError',
            message: /^'C' must share no element with 'A'/,
          });
          assert.deepEqual(memory, before);
        }
        // It is the last of the batch that meets.
        call([4, 1, 16, 0], [4, 1, 16, 40 - 8], 2);
        assert.throws(
          () => call([4, 1, 16, 0], [4, 1, 16, 32], 3),
          /'C' must share no element with 'A', got 3 matrices/,
        );
        const alone = { A: new Matrix(18), B: memory, C: memory, offsetC: 35 };
        refuses('ndarray', alone, 'RangeError', /^'C' must share no element with 'B'/);
        configure(defaults);
      });
    }

    test('twenty thousand random calls: refused calls leave everything as it was', () => {
      let state = 4321;
      const random = (below: number) => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
      const memory = new Matrix(600);
      const numbers = () =>
        pick<unknown>([
          ...[random(12), random(12), -random(12), random(200), -random(2 ** 31), 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1],
          ...[2 ** 53, 1e308, -(2 ** 53 - 1), 0.5, Number.NaN, -0, '3', null, undefined, 3n, {}, new Matrix(8)],
        ]);
      const fill = () => {
        for (let index = 0; index < memory.length; index++) memory[index] = index;
      };
      fill();
      const before = memory.slice();
      const counts = { refused: 0, computed: 0 };
      for (let call = 0; call < 20_000; call++) {
        const form = pick(['blas', 'ndarray'] as const);
        // Plausible arguments, so that calls get past the first checks, and then some that are not.
        const values = Object.entries(valid[form](Matrix)).map(([name, value]): [string, unknown] => {
          if (typeof value === 'object') return [name, pick([memory, memory.subarray(random(600))])];
          if (name === 'strideC' || name === 'strideA') return [name, pick([0, random(60), -random(60)])];
          if (name.startsWith('stride')) return [name, pick([1, random(20), -random(20)])];
          if (name.startsWith('LD')) return [name, random(12)];
          if (name.startsWith('offset')) return [name, random(500)];
          return [name, typeof value === 'number' ? random(6) : value];
        });
        for (let changes = random(3); changes > 0; changes--) pick(values)[1] = numbers();
        try {
          forms[form](Object.fromEntries(values));
          counts.computed++;
          fill();
        } catch (error) {
          if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
          assert.match(
            error.message,
            /^'(order|trans[AB]|[MNK]|alpha|beta|[ABC]|LD[ABC]|stride[ABC][12]?|offset[ABC]|batchCount)' /,
          );
          counts.refused++;
          assert.deepEqual(memory, before, error.message);
        }
      }
      assert.ok(counts.refused > 5000 && counts.computed > 500, JSON.stringify(counts));
    });
  });
}
