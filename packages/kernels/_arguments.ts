/** Checks shared by the reference kernels: they are what others are judged by, so they refuse what has no meaning. */

function checkInteger(name: string, value: number, minimum: number): void {
  if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number, got ${String(value)}`);
  if (!Number.isSafeInteger(value) || value < minimum) {
    const range = minimum === 0 ? 'a non-negative integer' : 'an integer';
    throw new RangeError(`'${name}' must be ${range}, got ${value}`);
  }
}

function checkNumber(name: string, value: number): void {
  if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number, got ${String(value)}`);
}

function checkOperand(
  name: string,
  array: Float64Array | Float32Array,
  Elements: typeof Float64Array | typeof Float32Array,
  offset: number,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
): void {
  if (!(array instanceof Elements)) throw new TypeError(`'${name}' must be a ${Elements.name}`);
  checkInteger(`${name}Offset`, offset, 0);
  checkInteger(`${name}RowStride`, rowStride, Number.MIN_SAFE_INTEGER);
  checkInteger(`${name}ColumnStride`, columnStride, Number.MIN_SAFE_INTEGER);
  if (rows === 0 || columns === 0) return;
  const alongRows = (rows - 1) * rowStride;
  const alongColumns = (columns - 1) * columnStride;
  const first = offset + Math.min(0, alongRows) + Math.min(0, alongColumns);
  const last = offset + Math.max(0, alongRows) + Math.max(0, alongColumns);
  if (first < 0 || last >= array.length) {
    throw new RangeError(
      `'${name}' must hold the elements ${first} to ${last} that its offset and strides reach, has ${array.length} elements`,
    );
  }
}

/** Throws a TypeError or RangeError that names the first argument that cannot be. */
export function checkArguments(
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Float64Array | Float32Array,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  b: Float64Array | Float32Array,
  bOffset: number,
  bRowStride: number,
  bColumnStride: number,
  beta: number,
  c: Float64Array | Float32Array,
  cOffset: number,
  cRowStride: number,
  cColumnStride: number,
): void {
  checkInteger('m', m, 0);
  checkInteger('n', n, 0);
  checkInteger('k', k, 0);
  checkNumber('alpha', alpha);
  checkNumber('beta', beta);
  const Elements = a instanceof Float32Array ? Float32Array : Float64Array;
  checkOperand('a', a, Elements, aOffset, m, k, aRowStride, aColumnStride);
  checkOperand('b', b, Elements, bOffset, k, n, bRowStride, bColumnStride);
  checkOperand('c', c, Elements, cOffset, m, n, cRowStride, cColumnStride);
}

/** The same for a matrix and two vectors of given lengths. */
export function checkVectorArguments(
  m: number,
  n: number,
  alpha: number,
  a: Float64Array | Float32Array,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  x: Float64Array | Float32Array,
  xLength: number,
  xOffset: number,
  xStride: number,
  beta: number,
  y: Float64Array | Float32Array,
  yLength: number,
  yOffset: number,
  yStride: number,
): void {
  checkInteger('m', m, 0);
  checkInteger('n', n, 0);
  checkNumber('alpha', alpha);
  checkNumber('beta', beta);
  const Elements = a instanceof Float32Array ? Float32Array : Float64Array;
  checkInteger('xStride', xStride, Number.MIN_SAFE_INTEGER);
  checkInteger('yStride', yStride, Number.MIN_SAFE_INTEGER);
  checkOperand('a', a, Elements, aOffset, m, n, aRowStride, aColumnStride);
  checkOperand('x', x, Elements, xOffset, xLength, 1, xStride, 1);
  checkOperand('y', y, Elements, yOffset, yLength, 1, yStride, 1);
}

/** What rounding to an operand's elements is. */
export function roundingOf(array: Float64Array | Float32Array): (x: number) => number {
  return array instanceof Float32Array ? Math.fround : (x) => x;
}
