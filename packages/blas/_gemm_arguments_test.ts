import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { Elements } from './_element_type.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { testedGemms } from './_test_routines.ts';
import { configure, info } from './mod.ts';

/** The routine as a caller without types has it. */
type Untyped = (...values: unknown[]) => unknown;

const blasNames = [
  'order',
  'transA',
  'transB',
  'M',
  'N',
  'K',
  'alpha',
  'A',
  'LDA',
  'B',
  'LDB',
  'beta',
  'C',
  'LDC',
] as const;
const ndarrayNames = [
  ...(['transA', 'transB', 'M', 'N', 'K', 'alpha', 'A', 'strideA1', 'strideA2', 'offsetA'] as const),
  ...(['B', 'strideB1', 'strideB2', 'offsetB', 'beta', 'C', 'strideC1', 'strideC2', 'offsetC'] as const),
];

/** Throws an error of the class, named after the argument and with its value. */
function refuses(call: () => unknown, errorClass: new () => Error, message: RegExp): void {
  assert.throws(call, (error: Error) => {
    assert.equal(error.constructor, errorClass, error.message);
    assert.match(error.message, message);
    return true;
  });
}

// The types of ES2023 have no resizable buffers.
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(bytes: number): void };
const Growable = SharedArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer;

for (const { name: routine, gemm, Matrix } of testedGemms) {
  const blasForm = gemm as unknown as Untyped;
  const ndarrayForm = gemm.ndarray as unknown as Untyped;
  const Other = routine === 'dgemm' ? Float32Array : Float64Array;

  /** Valid arguments of a 2 x 3 by 3 x 4 product with the given ones in place of some. */
  function blasArguments(given: Partial<Record<(typeof blasNames)[number], unknown>> = {}): unknown[] {
    const valid = {
      ...{ order: 'row-major', transA: 'no-transpose', transB: 'no-transpose', M: 2, N: 4, K: 3, alpha: 1 },
      ...{ A: new Matrix(6), LDA: 3, B: new Matrix(12), LDB: 4, beta: 1, C: new Matrix(8), LDC: 4 },
      ...given,
    };
    return blasNames.map((name) => valid[name]);
  }

  function ndarrayArguments(given: Partial<Record<(typeof ndarrayNames)[number], unknown>> = {}): unknown[] {
    const valid = {
      ...{ transA: 'no-transpose', transB: 'no-transpose', M: 2, N: 4, K: 3, alpha: 1, beta: 1 },
      ...{ A: new Matrix(6), strideA1: 3, strideA2: 1, offsetA: 0 },
      ...{ B: new Matrix(12), strideB1: 4, strideB2: 1, offsetB: 0 },
      ...{ C: new Matrix(8), strideC1: 4, strideC2: 1, offsetC: 0 },
      ...given,
    };
    return ndarrayNames.map((name) => valid[name]);
  }

  function detached(length: number): Elements {
    const array = new Matrix(length);
    structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
    return array;
  }

  describe(`bad arguments of ${routine}`, () => {
    test('orders and transpositions', () => {
      for (const order of ['rows', 101, undefined, null, Symbol('row-major'), {}, ['row-major']]) {
        refuses(
          () => blasForm(...blasArguments({ order })),
          TypeError,
          /^'order' must be 'row-major' or 'column-major', got /,
        );
      }
      for (const operation of ['N', 'constructor', 114, 0, undefined, null, {}, ['transpose']]) {
        refuses(
          () => blasForm(...blasArguments({ transA: operation })),
          TypeError,
          /^'transA' must be 'no-transpose', /,
        );
        refuses(
          () => ndarrayForm(...ndarrayArguments({ transB: operation })),
          TypeError,
          /^'transB' must be 'no-transpose', /,
        );
      }
    });

    test('sizes, strides and offsets', () => {
      for (const name of ['M', 'N', 'K', 'LDA', 'LDB', 'LDC'] as const) {
        for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 60), 1e300]) {
          refuses(
            () => blasForm(...blasArguments({ [name]: value })),
            RangeError,
            new RegExp(`^'${name}' must be an? .*, got `),
          );
        }
        for (const value of ['2', null, undefined, 2n, {}, [2], true, Symbol('2')]) {
          refuses(
            () => blasForm(...blasArguments({ [name]: value })),
            TypeError,
            new RegExp(`^'${name}' must be an? .*, got `),
          );
        }
      }
      for (const name of ['strideA1', 'strideA2', 'offsetA', 'strideB1', 'offsetB', 'strideC1', 'offsetC'] as const) {
        for (const value of [1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53]) {
          refuses(
            () => ndarrayForm(...ndarrayArguments({ [name]: value })),
            RangeError,
            new RegExp(`^'${name}' must be an? `),
          );
        }
        refuses(
          () => ndarrayForm(...ndarrayArguments({ [name]: '1' })),
          TypeError,
          new RegExp(`^'${name}' must be an? .*, got '1'`),
        );
      }
      for (const name of ['offsetA', 'offsetB', 'offsetC'] as const) {
        refuses(
          () => ndarrayForm(...ndarrayArguments({ [name]: -1 })),
          RangeError,
          new RegExp(`^'${name}' must be a nonnegative integer, got -1`),
        );
      }
      for (const name of ['strideC1', 'strideC2'] as const) {
        refuses(
          () => ndarrayForm(...ndarrayArguments({ [name]: 0 })),
          RangeError,
          new RegExp(`^'${name}' must be a nonzero integer, got 0`),
        );
      }
      for (const name of ['alpha', 'beta'] as const) {
        refuses(
          () => blasForm(...blasArguments({ [name]: '1' })),
          TypeError,
          new RegExp(`^'${name}' must be a number, got '1'`),
        );
      }
    });

    test('leading dimensions too small for their order and transposition', () => {
      const array = new Matrix(100);
      const operand = { A: array, B: new Matrix(100), C: new Matrix(100) };
      const [M, N, K] = [3, 4, 5];
      for (const order of ['row-major', 'column-major']) {
        for (const transA of ['no-transpose', 'transpose', 'conjugate-transpose', 111, 112, 113]) {
          for (const transB of ['no-transpose', 'transpose', 'conjugate-transpose', 111, 112, 113]) {
            const byRows = order === 'row-major';
            const [ta, tb] = [transA, transB].map((operation) => operation !== 'no-transpose' && operation !== 111);
            const LDA = ta === byRows ? M : K;
            const LDB = tb === byRows ? K : N;
            const LDC = byRows ? N : M;
            const given = { order, transA, transB, M, N, K, LDA, LDB, LDC, ...operand };
            assert.equal(blasForm(...blasArguments(given)), operand.C);
            for (const [name, least] of Object.entries({ LDA, LDB, LDC })) {
              const call = () => blasForm(...blasArguments({ ...given, [name]: least - 1 }));
              refuses(
                call,
                RangeError,
                new RegExp(`^'${name}' must be an integer of at least max\\(1, ${least}\\), got ${least - 1}$`),
              );
            }
          }
        }
      }
      refuses(
        () => blasForm(...blasArguments({ K: 0, LDA: 0 })),
        RangeError,
        /^'LDA' must be an integer of at least max\(1, 0\), got 0/,
      );
    });

    test(`things that are no ${Matrix.name}`, () => {
      class Longer extends (Matrix as unknown as Float64ArrayConstructor) {
        override get length() {
          return 1000;
        }
      }
      const things = [
        undefined,
        null,
        1,
        'A',
        [1, 2, 3],
        {},
        new Other(99),
        new DataView(new ArrayBuffer(999)),
        new ArrayBuffer(999),
      ];
      const likenesses = [
        Object.create(Matrix.prototype),
        new Proxy(new Matrix(99), {}),
        { __proto__: new Matrix(99) },
      ];
      for (const value of [...things, ...likenesses]) {
        for (const name of ['A', 'B', 'C'] as const) {
          refuses(
            () => blasForm(...blasArguments({ [name]: value })),
            TypeError,
            new RegExp(`^'${name}' must be a ${Matrix.name}, got `),
          );
        }
      }
      // Its elements count, not what it says of itself.
      refuses(
        () => blasForm(...blasArguments({ A: new Longer(5) })),
        RangeError,
        /^'A' must have at least 6 elements .* got 5$/,
      );
      blasForm(...blasArguments({ A: new Longer(6) }));
    });

    test('arrays too short', () => {
      refuses(
        () => blasForm(...blasArguments({ A: new Matrix(5) })),
        RangeError,
        /^'A' must have at least 6 elements .* got 5$/,
      );
      refuses(
        () => blasForm(...blasArguments({ LDB: 5, B: new Matrix(13) })),
        RangeError,
        /^'B' must have at least 14 .* got 13$/,
      );
      refuses(
        () => blasForm(...blasArguments({ C: new Matrix(0) })),
        RangeError,
        /^'C' must have at least 8 .* got 0$/,
      );
      refuses(
        () => ndarrayForm(...ndarrayArguments({ offsetA: 1 })),
        RangeError,
        /^'A' must have at least 7 .* offset 1, got 6$/,
      );
      refuses(
        () => ndarrayForm(...ndarrayArguments({ strideB1: -4, offsetB: 7 })),
        RangeError,
        /^'B' must be entered at offset 8 or later .* got offset 7$/,
      );
      ndarrayForm(...ndarrayArguments({ strideB1: -4, offsetB: 8 }));
      // Beyond 2^53 sums are rounded, which must not make them fit.
      for (const LDA of [2 ** 53 - 1, 2 ** 52, 2 ** 32, 2 ** 31]) {
        refuses(() => blasForm(...blasArguments({ LDA })), RangeError, /^'A' must have at least /);
        refuses(() => blasForm(...blasArguments({ LDC: LDA })), RangeError, /^'C' must have at least /);
        refuses(
          () => ndarrayForm(...ndarrayArguments({ strideA1: -LDA, offsetA: LDA })),
          RangeError,
          /^'A' must have at least /,
        );
        refuses(
          () => ndarrayForm(...ndarrayArguments({ strideA1: LDA, strideA2: -LDA, offsetA: 5 })),
          RangeError,
          /^'A' must be entered at /,
        );
      }
      refuses(() => blasForm(...blasArguments({ M: 2 ** 53 - 1 })), RangeError, /^'A' must have at least /);
      // A matrix without elements needs none.
      blasForm(...blasArguments({ K: 0, A: new Matrix(0), B: new Matrix(0) }));
    });

    test('detached arrays, and buffers that can be resized', () => {
      for (const name of ['A', 'B', 'C'] as const) {
        refuses(
          () => blasForm(...blasArguments({ [name]: detached(12) })),
          TypeError,
          new RegExp(`^'${name}' .* detached`),
        );
        // Also where no element would be touched.
        refuses(
          () => blasForm(...blasArguments({ M: 0, N: 0, K: 0, [name]: detached(12) })),
          TypeError,
          new RegExp(`^'${name}' .* detached`),
        );
        const tracking = new Matrix(new Resizable(96, { maxByteLength: 192 }));
        const shrunk = new Resizable(96, { maxByteLength: 192 });
        const outside = new Matrix(shrunk, 0, 12);
        shrunk.resize(8);
        const growing = new Matrix(new Growable(96, { maxByteLength: 192 }));
        for (const array of [tracking, outside, growing]) {
          refuses(
            () => blasForm(...blasArguments({ [name]: array })),
            TypeError,
            new RegExp(`^'${name}' .* can be resized`),
          );
        }
      }
      // An array that was good, and is remembered, before its memory went.
      const A = new Matrix(6);
      for (let call = 0; call < 100; call++) blasForm(...blasArguments({ A }));
      structuredClone(A.buffer, { transfer: [A.buffer as ArrayBuffer] });
      refuses(() => blasForm(...blasArguments({ A })), TypeError, /^'A' .* detached/);
    });

    for (const [name, configuration] of testedConfigurations()) {
      if (name !== 'js' && name !== 'sse2') continue;
      test(`C over A or B (${name})`, () => {
        configure(configuration);
        const parent = new Matrix(100);
        const block = (offset: number) => ({ offset, s1: 10, s2: 1 });
        const call = (a: ReturnType<typeof block>, c: ReturnType<typeof block>, other = parent) =>
          gemm.ndarray(
            ...(['no-transpose', 'no-transpose', 4, 4, 4, 1, other, a.s1, a.s2, a.offset] as const),
            ...([other, a.s1, a.s2, a.offset, 1, parent, c.s1, c.s2, c.offset] as const),
          );
        // Blocks of one matrix, side by side and interleaved; the even and the odd columns; above one another.
        call(block(0), block(4));
        call(block(4), block(0));
        call({ offset: 0, s1: 10, s2: 2 }, { offset: 1, s1: 10, s2: 2 });
        call(block(0), block(40));
        call(block(0), { offset: 76, s1: -10, s2: -1 });
        for (const [a, c] of [
          [block(0), block(0)],
          [block(0), block(3)],
          [block(0), block(33)],
          [block(33), { offset: 33, s1: -10, s2: -1 }],
          [{ offset: 0, s1: 10, s2: 2 }, block(1)],
        ] as const) {
          refuses(() => call(a, c), RangeError, /^'C' must share no element with 'A', got a 4 x 4 matrix/);
        }
        // Views of one buffer at different places, and of different buffers at the same place.
        const view = new Matrix(parent.buffer, Matrix.BYTES_PER_ELEMENT * 4);
        refuses(() => call(block(0), block(4), view), RangeError, /^'C' must share no element with 'A'/);
        call(block(0), block(0), view.slice());
        // B is checked like A.
        const args = ndarrayArguments({ B: parent, C: parent, offsetC: 11 });
        refuses(() => ndarrayForm(...args), RangeError, /^'C' must share no element with 'B'/);
        // A as B is no overlap, nor is anything where nothing is read or written.
        ndarrayForm(...ndarrayArguments({ K: 0, A: parent, B: parent, C: parent }));
        ndarrayForm(...ndarrayArguments({ M: 0, A: parent, B: parent, C: parent }));
        configure(defaults);
      });
    }

    test('C over A through two buffers of the same shared memory', (context) => {
      if (info().backend !== 'x64') {
        context.skip('only machine code sees addresses');
        return;
      }
      const A = new Matrix(new SharedArrayBuffer(Matrix.BYTES_PER_ELEMENT * 16));
      const { port1, port2 } = new MessageChannel();
      port1.postMessage(A);
      const { message: C } = receiveMessageOnPort(port2) as { message: Elements };
      port1.close();
      assert.notEqual(A.buffer, C.buffer);
      const call = () => blasForm(...blasArguments({ M: 3, N: 3, K: 3, A, C: C.subarray(1) }));
      refuses(call, RangeError, /^'C' must share no element with 'A'/);
    });

    test('strides that reach an element of C twice', () => {
      for (const [strideC1, strideC2] of [
        [1, 1],
        [2, -1],
        [-3, 3],
        [3, 1],
      ]) {
        const given = { strideC1, strideC2, offsetC: 9, C: new Matrix(30) };
        refuses(
          () => ndarrayForm(...ndarrayArguments(given)),
          RangeError,
          /^'strideC1' and 'strideC2' must reach each element .* once/,
        );
      }
      // 2 i + 3 j meets nothing twice for i < 2, j < 4, though rows and columns interleave.
      ndarrayForm(...ndarrayArguments({ strideC1: 2, strideC2: 3, C: new Matrix(12) }));
    });

    after(() => {
      configure(defaults);
    });
  });
}
