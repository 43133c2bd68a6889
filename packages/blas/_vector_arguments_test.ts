import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dgemv, dger, sgemv, sger } from './mod.ts';

/** A routine as a caller without types has it. */
type Untyped = (...values: unknown[]) => unknown;

/** Throws an error of the class, named after the argument and with its value. */
function refuses(call: () => unknown, errorClass: new () => Error, message: RegExp): void {
  assert.throws(call, (error: Error) => {
    assert.equal(error.constructor, errorClass, error.message);
    assert.match(error.message, message);
    return true;
  });
}

function detached(ArrayType: typeof Float64Array | typeof Float32Array) {
  const array = new ArrayType(9);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** Valid arguments of each form, by name in order: a 2 x 3 matrix. */
const forms = [
  ['d', Float64Array, Float32Array, dgemv, dger] as const,
  ['s', Float32Array, Float64Array, sgemv, sger] as const,
].flatMap(([letter, ArrayType, Other, gemv, ger]) => {
  const operands = () => ({ A: new ArrayType(6), x: new ArrayType(3), y: new ArrayType(3) });
  const gemvOf = () => {
    const { A, x, y } = operands();
    return {
      blas: {
        order: 'row-major',
        trans: 'no-transpose',
        M: 2,
        N: 3,
        alpha: 1,
        A,
        LDA: 3,
        x,
        strideX: 1,
        beta: 1,
        y,
        strideY: 1,
      },
      ndarray: {
        ...{ trans: 'no-transpose', M: 2, N: 3, alpha: 1, A, strideA1: 3, strideA2: 1, offsetA: 0 },
        ...{ x, strideX: 1, offsetX: 0, beta: 1, y, strideY: 1, offsetY: 0 },
      },
    };
  };
  const gerOf = () => {
    const { A, x, y } = operands();
    return {
      blas: { order: 'row-major', M: 2, N: 3, alpha: 1, x, strideX: 1, y, strideY: 1, A, LDA: 3 },
      ndarray: {
        ...{ M: 2, N: 3, alpha: 1, x, strideX: 1, offsetX: 0, y, strideY: 1, offsetY: 0 },
        ...{ A, strideA1: 3, strideA2: 1, offsetA: 0 },
      },
    };
  };
  const rows = [
    [`${letter}gemv`, gemv, gemvOf],
    [`${letter}ger`, ger, gerOf],
  ] as const;
  return rows.flatMap(([name, routine, of]) => [
    {
      ...{ name, ArrayType, Other, result: name.endsWith('gemv') ? 'y' : 'A' },
      routine: routine as unknown as Untyped,
      valid: () => of().blas as Record<string, unknown>,
    },
    {
      ...{ name: `${name}.ndarray`, ArrayType, Other, result: name.endsWith('gemv') ? 'y' : 'A' },
      routine: routine.ndarray as unknown as Untyped,
      valid: () => of().ndarray as Record<string, unknown>,
    },
  ]);
});

for (const { name, ArrayType, Other, result, routine, valid } of forms) {
  const call = (given: Record<string, unknown> = {}) => routine(...Object.values({ ...valid(), ...given }));
  const names = Object.keys(valid());

  describe(`bad arguments of ${name}`, () => {
    test('none of these is one', () => {
      call();
      const one = valid();
      assert.equal(routine(...Object.values(one)), one[result]);
    });

    test('numbers', () => {
      for (const argument of names.filter((each) => /^(M|N|LDA|stride|offset)/.test(each))) {
        for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e300]) {
          refuses(() => call({ [argument]: value }), RangeError, new RegExp(`^'${argument}' must be an? .*, got `));
        }
        for (const value of ['2', null, undefined, 2n, {}, [2], true, Symbol('2')]) {
          refuses(() => call({ [argument]: value }), TypeError, new RegExp(`^'${argument}' must be an? .*, got `));
        }
      }
      for (const argument of names.filter((each) => /^(M|N|LDA|offset)/.test(each))) {
        refuses(() => call({ [argument]: -1 }), RangeError, new RegExp(`^'${argument}' must be an? .*, got -1`));
      }
      for (const argument of names.filter((each) => each === 'alpha' || each === 'beta')) {
        refuses(() => call({ [argument]: '1' }), TypeError, new RegExp(`^'${argument}' must be a number, got '1'`));
      }
    });

    test('strides of zero and leading dimensions too small', () => {
      const strides = ['strideX', 'strideY', ...(result === 'A' ? ['strideA1', 'strideA2'] : [])];
      for (const argument of strides.filter((each) => names.includes(each))) {
        refuses(
          () => call({ [argument]: 0 }),
          RangeError,
          new RegExp(`^'${argument}' must be a nonzero integer, got 0`),
        );
      }
      if (names.includes('order')) {
        refuses(() => call({ LDA: 2 }), RangeError, /^'LDA' must be an integer of at least max\(1, 3\), got 2/);
        refuses(() => call({ order: 'column-major', LDA: 1 }), RangeError, /^'LDA' must be .* max\(1, 2\), got 1/);
        refuses(() => call({ order: 'rows' }), TypeError, /^'order' must be 'row-major' or 'column-major', got 'rows'/);
      }
      if (names.includes('trans')) {
        refuses(() => call({ trans: 'T' }), TypeError, /^'trans' must be 'no-transpose', .*, got 'T'/);
      }
    });

    test('arrays', () => {
      for (const argument of ['A', 'x', 'y']) {
        for (const value of [
          undefined,
          null,
          [1, 2, 3],
          {},
          new Other(9),
          new ArrayBuffer(99),
          new Proxy(new ArrayType(9), {}),
        ]) {
          refuses(
            () => call({ [argument]: value }),
            TypeError,
            new RegExp(`^'${argument}' must be a ${ArrayType.name}, got `),
          );
        }
        refuses(
          () => call({ [argument]: detached(ArrayType) }),
          TypeError,
          new RegExp(`^'${argument}' must have its memory`),
        );
        refuses(
          () => call({ [argument]: new ArrayType(1) }),
          RangeError,
          new RegExp(`^'${argument}' must have at least \\d .* got 1$`),
        );
      }
      refuses(
        () => call({ strideX: 2 ** 52 }),
        RangeError,
        /^'x' must have at least .* for a vector of \d elements with stride/,
      );
      if (names.includes('offsetX')) {
        refuses(() => call({ strideX: -1 }), RangeError, /^'x' must be entered at offset \d or later by a vector of/);
      }
    });

    test('results over operands', () => {
      const memory = new ArrayType(40);
      const part = (begin: number, length: number) => memory.subarray(begin, begin + length);
      const vector = result === 'y' ? 'y' : 'x';
      for (const [a, v, shares] of [
        [0, 5, true],
        [0, 6, false],
        [3, 0, false],
        [2, 0, false],
        [1, 0, true],
      ] as const) {
        const given = { A: part(a, 6), [vector]: part(v, 2) };
        if (shares) {
          refuses(
            () => call(given),
            RangeError,
            new RegExp(`^'${result}' must share no element with '${result === 'y' ? 'A' : 'x'}'`),
          );
        } else {
          call(given);
        }
      }
    });
  });
}

test('a matrix whose strides reach an element twice is no result', () => {
  const [x, A] = [new Float64Array(3), new Float64Array(9)];
  refuses(
    () => dger.ndarray(3, 3, 1, x, 1, 0, x, 1, 0, A, 1, 1, 0),
    RangeError,
    /^'strideA1' and 'strideA2' must reach/,
  );
});
