import type { Elements, ElementType, Fit } from './_element_type.ts';
import { type Dimension, highestIndex, lowestIndex, rangeOf, sharesElement } from './_overlap.ts';

/** Checks of arguments. Every one runs before any memory is touched, and names the argument, its value and what it must be. */

/** A value as a message shows it. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
    case 'number':
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    default:
      return value === null ? 'null' : `an object (${tagOf(value) ?? 'no typed array'})`;
  }
}

// The accessors of %TypedArray%.prototype read the internal slots: an array from another realm passes, an object that only looks like
// one does not, and a subclass cannot lie about its length.
const typedArray = Object.getPrototypeOf(Float64Array.prototype) as object;

function accessor(prototype: object, name: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

const tagGetter = accessor(typedArray, Symbol.toStringTag) as (this: unknown) => string | undefined;
const lengthGetter = accessor(typedArray, 'length') as (this: unknown) => number;
const bufferGetter = accessor(typedArray, 'buffer') as (this: unknown) => ArrayBufferLike;
const byteOffsetGetter = accessor(typedArray, 'byteOffset') as (this: unknown) => number;

/** The class of a typed array, from its internal slot. */
export function tagOf(value: unknown): string | undefined {
  return tagGetter.call(value);
}

/** The array's buffer, whatever a subclass says. */
export function bufferOf(array: Elements): ArrayBufferLike {
  return bufferGetter.call(array);
}

/** The place of the array's first element in its buffer, in bytes. */
export function byteOffsetOf(array: Elements): number {
  return byteOffsetGetter.call(array);
}

/** @throws {TypeError} When the array has no elements because its buffer was detached. Node 20 has no `ArrayBuffer.prototype.detached`. */
function checkAttached(name: string, array: Elements, type: ElementType): void {
  try {
    new Uint8Array(bufferGetter.call(array));
  } catch {
    throw new TypeError(`'${name}' must have its memory, got a ${type.array} whose buffer is detached`);
  }
}

/** Whether a buffer's length is fixed; `resizable` and `growable` are undefined where the engine has no such buffers. */
function isFixed(buffer: ArrayBufferLike): boolean {
  const { resizable, growable } = buffer as { resizable?: boolean; growable?: boolean };
  return !(resizable || growable);
}

/** Of so many checks one remembers its array: that takes longer than all checks, and a view may be made for one call only. */
const CHECKS_A_MEMORY = 16;

let checks = 0;

/**
 * What is remembered of the array, or of some arrays nothing.
 *
 * @throws {TypeError} When the value is no array of the type, its buffer is detached, or the buffer can be resized: a view of such a
 * buffer changes its length, or loses its memory, without any call that its owner sees.
 */
export function checkArray(name: string, array: unknown, type: ElementType): Fit | undefined {
  const known = type.fit.get(array as object);
  if (known !== undefined && lengthGetter.call(array) === known.length) {
    return known;
  }
  if (tagGetter.call(array) !== type.array) {
    throw new TypeError(`'${name}' must be a ${type.array}, got ${describe(array)}`);
  }
  if (!isFixed(bufferGetter.call(array))) {
    throw new TypeError(
      `'${name}' must be a ${type.array} over a buffer of fixed length, got one over a buffer that can be resized`,
    );
  }
  if (lengthGetter.call(array) === 0) {
    checkAttached(name, array as Elements, type);
  } else if (++checks % CHECKS_A_MEMORY === 0) {
    const fit = { length: lengthGetter.call(array), address: undefined };
    type.fit.set(array as Elements, fit);
    return fit;
  }
  return undefined;
}

/** @throws {TypeError} When the order is neither 'row-major' nor 'column-major'. */
export function checkOrder(order: unknown): boolean {
  if (order === 'row-major') {
    return true;
  }
  if (order === 'column-major') {
    return false;
  }
  throw new TypeError(`'order' must be 'row-major' or 'column-major', got ${describe(order)}`);
}

/**
 * Whether an operation transposes; the numbers are the CBLAS enumeration's.
 * @throws {TypeError} When it is none.
 */
export function checkTransposition(name: string, operation: unknown): boolean {
  switch (operation) {
    case 'no-transpose':
    case 111:
      return false;
    case 'transpose':
    case 'conjugate-transpose':
    case 112:
    case 113:
      return true;
    default:
      throw new TypeError(
        `'${name}' must be 'no-transpose', 'transpose' or 'conjugate-transpose', got ${describe(operation)}`,
      );
  }
}

function checkInteger(name: string, value: unknown, minimum: number, must: string): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`'${name}' must be ${must}, got ${describe(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`'${name}' must be ${must}, got ${describe(value)}`);
  }
}

/** @throws {TypeError | RangeError} When the value is no integer from 0 to 2^53 - 1. */
export function checkSize(name: string, value: unknown): asserts value is number {
  checkInteger(name, value, 0, 'a nonnegative integer');
}

/** @throws {TypeError | RangeError} When the value is no integer of at most 53 bits. */
export function checkStride(name: string, value: unknown): asserts value is number {
  checkInteger(name, value, Number.MIN_SAFE_INTEGER, 'an integer');
}

/** @throws {TypeError | RangeError} As `checkStride`, and when the stride is zero. */
export function checkOutputStride(name: string, value: unknown): asserts value is number {
  checkInteger(name, value, Number.MIN_SAFE_INTEGER, 'a nonzero integer');
  if (value === 0) {
    throw new RangeError(`'${name}' must be a nonzero integer, got 0`);
  }
}

/** @throws {TypeError | RangeError} When the leading dimension is no integer, or shorter than the vectors it sets apart. */
export function checkLeadingDimension(name: string, value: unknown, vector: number): asserts value is number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < vector || value < 1) {
    checkInteger(name, value, Math.max(1, vector), `an integer of at least max(1, ${vector})`);
  }
}

/** @throws {TypeError} When the value is no number. NaN and infinities are numbers. */
export function checkScalar(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`'${name}' must be a number, got ${describe(value)}`);
  }
}

/** A matrix as dimensions, its rows and its columns, or a batch of matrices, with these as a third. */
export type MatrixDimensions =
  | readonly [rows: Dimension, columns: Dimension]
  | readonly [rows: Dimension, columns: Dimension, batch: Dimension];

/** What a message calls it. */
function describeMatrices([[rows, rowStride], [columns, columnStride], batch]: MatrixDimensions): string {
  if (batch !== undefined && batch[0] > 1) {
    return `${batch[0]} matrices of ${rows} x ${columns}, ${batch[1]} apart, with strides ${rowStride} and ${columnStride}`;
  }
  if (columns === 1 && columnStride === 0) {
    return `a vector of ${rows} elements with stride ${rowStride}`;
  }
  return `a ${rows} x ${columns} matrix with strides ${rowStride} and ${columnStride}`;
}

/**
 * Checks that an array holds a matrix, or a batch of them. Sums that leave the 53 bits of a double are rounded, but no array is near
 * that long, so the comparison comes out right all the same.
 * @throws {RangeError} When the array is too short.
 */
export function checkMatricesExtent(name: string, array: Elements, dimensions: MatrixDimensions, offset: number): void {
  if (dimensions.some(([count]) => count === 0)) {
    return;
  }
  const [lowest, highest] = rangeOf(dimensions);
  const [first, last] = [offset + lowest, offset + highest];
  if (first < 0) {
    throw new RangeError(
      `'${name}' must be entered at offset ${offset - first} or later by ${describeMatrices(dimensions)}, got offset ${offset}`,
    );
  }
  const length = lengthGetter.call(array);
  if (last >= length) {
    throw new RangeError(
      `'${name}' must have at least ${last + 1} elements for ${describeMatrices(dimensions)} from offset ${offset}, got ${length}`,
    );
  }
}

/** The same for one matrix, in the time that a tiny product has for it. */
export function checkExtent(
  name: string,
  array: Elements,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
  offset: number,
): void {
  if (rows === 0 || columns === 0) {
    return;
  }
  // With strides that are not negative the first element is the lowest, and an offset never is less than 0.
  const length = lengthGetter.call(array);
  if (
    rowStride >= 0 && columnStride >= 0
      ? offset + (rows - 1) * rowStride + (columns - 1) * columnStride >= length
      : offset + lowestIndex(rows, columns, rowStride, columnStride) < 0 ||
        offset + highestIndex(rows, columns, rowStride, columnStride) >= length
  ) {
    const matrix = [
      [rows, rowStride],
      [columns, columnStride],
    ] as const;
    checkMatricesExtent(name, array, matrix, offset);
  }
}

/** Layouts of batches that take more steps to tell apart than this, about a millisecond, are taken for overlapping. */
export const MOST_STEPS = 100_000;

/**
 * Whether two arrays may have memory in common. Most calls have arrays of their own for each operand, and need to know nothing
 * of their elements then.
 */
export function mayShareMemory(
  one: Elements,
  onePosition: number,
  other: Elements,
  otherPosition: number,
  bytes: number,
): boolean {
  return (
    onePosition < otherPosition + bytes * lengthGetter.call(other) &&
    otherPosition < onePosition + bytes * lengthGetter.call(one)
  );
}

/**
 * Checks that C shares no element with an operand, neither empty: matrices, or batches of them. Positions, of their first elements, are
 * in bytes, of which an element has so many. The result is named C unless `result` says otherwise.
 * @throws {RangeError} When they do.
 */
export function checkMatricesDisjoint(
  name: string,
  bytes: number,
  position: number,
  operand: MatrixDimensions,
  cPosition: number,
  c: MatrixDimensions,
  result = 'C',
): void {
  const [lowest, highest] = rangeOf(operand);
  const [cLowest, cHighest] = rangeOf(c);
  const distance = (cPosition - position) / bytes;
  if (highest + 1 <= distance + cLowest || distance + cHighest + 1 <= lowest) {
    return;
  }
  const mostSteps = c.length === 3 ? MOST_STEPS : Number.POSITIVE_INFINITY;
  // Arrays over foreign memory may lie off each other by part of an element; whether those share bytes is not worth an exact answer.
  if (Number.isInteger(distance) && !sharesElement(operand, c, distance, mostSteps)) {
    return;
  }
  throw new RangeError(
    `'${result}' must share no element with '${name}', got ${describeMatrices(c)}, whose first element is ` +
      `${Math.abs(distance)} ${distance < 0 ? 'before' : 'after'} that of ${describeMatrices(operand)}`,
  );
}

/** The same for one matrix, in the time that a tiny product has for it. */
export function checkDisjoint(
  name: string,
  bytes: number,
  position: number,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
  cPosition: number,
  m: number,
  n: number,
  cRowStride: number,
  cColumnStride: number,
  result = 'C',
): void {
  const first = position + bytes * lowestIndex(rows, columns, rowStride, columnStride);
  const end = position + bytes * highestIndex(rows, columns, rowStride, columnStride) + bytes;
  const cFirst = cPosition + bytes * lowestIndex(m, n, cRowStride, cColumnStride);
  const cEnd = cPosition + bytes * highestIndex(m, n, cRowStride, cColumnStride) + bytes;
  if (end <= cFirst || cEnd <= first) {
    return;
  }
  const operand = [
    [rows, rowStride],
    [columns, columnStride],
  ] as const;
  const c = [
    [m, cRowStride],
    [n, cColumnStride],
  ] as const;
  checkMatricesDisjoint(name, bytes, position, operand, cPosition, c, result);
}
