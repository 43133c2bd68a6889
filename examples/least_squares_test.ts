import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configure } from '@paratune/blas';
import { Matrix, solve } from 'ml-matrix';
import ndarray from 'ndarray';
import { compare, leastSquares } from './least_squares.ts';

for (const backend of ['auto', 'js'] as const) {
  test(`every way leads to the coefficients of ml-matrix (${backend})`, () => {
    configure({ backend });
    const contenders = compare(300, 20, 1);
    const expected = contenders.at(-1)!.coefficients;
    assert.equal(expected.length, 20);
    for (const { name, coefficients, seconds } of contenders) {
      assert.equal(seconds.length, 1);
      for (const [j, b] of Array.from(coefficients).entries()) {
        assert.ok(Math.abs(b - expected[j]!) < 1e-12, `${name}: coefficient ${j} is ${b}, must be ${expected[j]}`);
        assert.ok(Math.abs(b - 1 / (j + 1)) < 0.1, `${name}: coefficient ${j} is ${b}`);
      }
    }
    configure({ backend: 'auto' });
  });
}

test('views are used as they lie, the result is as near as by QR, and nothing is left over that could be explained', () => {
  const data = ndarray(
    Float64Array.from({ length: 100 * 12 }, () => Math.random()),
    [100, 12],
  );
  // A nearly dependent column: the condition is some 1e5.
  for (let i = 0; i < 100; i++) data.set(i, 5, data.get(i, 2) + 1e-5 * data.get(i, 5));
  const X = data.step(-1, 1).lo(10, 1).hi(80, 9);
  const y = data.pick(null, 11).step(-1).lo(10).hi(80);
  const { coefficients, residual } = leastSquares(X, y);
  const [rows, columns] = [80, 9];
  const expected = solve(
    Matrix.from1DArray(
      rows,
      columns,
      Array.from({ length: rows * columns }, (_, at) => X.get(Math.floor(at / columns), at % columns)),
    ),
    Matrix.columnVector(Array.from({ length: rows }, (_, i) => y.get(i))),
  ).to1DArray();
  const largest = Math.max(...expected.map(Math.abs));
  for (const [j, b] of expected.entries()) assert.ok(Math.abs(coefficients.get(j) - b) < 1e-8 * largest);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += X.get(i, j) * residual.get(i);
    assert.ok(Math.abs(sum) < 1e-9, `column ${j} explains ${sum} of the residual`);
  }
});

test('columns that depend on each other are an error', () => {
  const X = ndarray(new Float64Array([1, 0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4]), [4, 3]);
  assert.throws(() => leastSquares(X, ndarray(new Float64Array(4))), {
    name: 'RangeError',
    message: /^'X' must have independent/,
  });
});

test('the program prints a line for each way', () => {
  const script = fileURLToPath(new URL('./least_squares.ts', import.meta.url));
  const output = execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), script, '60', '5'], {
    encoding: 'utf8',
  });
  assert.match(
    output,
    /^60 observations of 5 variables; .*\n@paratune\/blas, .* 1\.0 x .*\nml-matrix, normal .*\nml-matrix, solve .*\n$/,
  );
});
