import { checkArray, checkSize, checkStride, describe, MOST_STEPS, tagOf } from './_arguments.ts';
import { double, type Elements, type ElementType, single } from './_element_type.ts';
import { batchSharesElement, repeatsElement } from './_overlap.ts';

/** What every n-dimensional array has, whichever package made it. */
interface View<Data extends Elements> {
  /** Where the elements are, with others maybe. */
  readonly data: Data;
  /** How many elements each dimension has. */
  readonly shape: ArrayLike<number>;
  /** Index in `data` of the first element. */
  readonly offset: number;
}

/** An array of the package `ndarray`, or any object with these properties. */
export interface NdarrayView<Data extends Elements = Elements> extends View<Data> {
  /** Elements from one index of a dimension to the next. */
  readonly stride: ArrayLike<number>;
}

/** An array of `@stdlib/ndarray`, or any object with these properties. */
export interface StdlibNdarrayView<Data extends Elements = Elements> extends View<Data> {
  /** Elements from one index of a dimension to the next. */
  readonly strides: ArrayLike<number>;
}

/** An n-dimensional array of `ndarray` or of `@stdlib/ndarray`; only its properties count, not its class. */
export type ArrayView<Data extends Elements = Elements> = NdarrayView<Data> | StdlibNdarrayView<Data>;

/** A matrix, a batch of matrices or, of one column, a vector, with all properties read once and checked. */
export interface MatrixView {
  readonly type: ElementType;
  readonly data: Elements;
  readonly dimensions: 1 | 2 | 3;
  /** Number of matrices: 1, unless there are three dimensions. */
  readonly batch: number;
  /** Elements from one matrix to the next: 0, unless there are three dimensions. */
  readonly batchStride: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly offset: number;
}

/** What is asked of a view. */
interface Demands {
  /** 3 for a batch of matrices, 2 for a matrix, 1 for a vector. */
  readonly dimensions: 1 | 2 | 3;
  /** Whether one of two dimensions will do as well. */
  readonly orMatrix?: boolean;
  /** Of which type, if that is given by an array before it. */
  readonly type?: ElementType;
  /** Whether it is written to. */
  readonly written?: boolean;
}

function typeOf(name: string, data: unknown): ElementType {
  const tag = tagOf(data);
  if (tag !== double.array && tag !== single.array) {
    throw new TypeError(`'${name}.data' must be a Float64Array or a Float32Array, got ${describe(data)}`);
  }
  return tag === double.array ? double : single;
}

function checkList(
  name: string,
  property: string,
  list: unknown,
  dimensions: 1 | 2 | 3,
  orMatrix = false,
): asserts list is ArrayLike<unknown> {
  const length = typeof list === 'object' && list !== null ? (list as { length?: unknown }).length : undefined;
  if (typeof length !== 'number') {
    throw new TypeError(`'${name}.${property}' must be an array of numbers, got ${describe(list)}`);
  }
  if (length !== dimensions && !(orMatrix && length === 2)) {
    const expected = dimensions === 1 ? '1 element' : `${orMatrix ? '2 or ' : ''}${dimensions} elements`;
    throw new RangeError(`'${name}.${property}' must have ${expected}, got ${length}`);
  }
}

// Names of elements are put together for errors only: making strings costs far more than comparing numbers.

function readExtent(name: string, shape: ArrayLike<unknown>, d: number): number {
  const extent = shape[d];
  if (!(Number.isSafeInteger(extent) && (extent as number) >= 0)) {
    checkSize(`${name}.shape[${d}]`, extent);
  }
  return extent as number;
}

function readStride(
  name: string,
  property: string,
  strides: ArrayLike<unknown>,
  d: number,
  walked: boolean,
  apart: boolean,
): number {
  const stride = strides[d];
  if (!Number.isSafeInteger(stride)) {
    checkStride(`${name}.${property}[${d}]`, stride);
  }
  if (stride !== 0) {
    return stride as number;
  }
  if (walked && apart) {
    throw new RangeError(`'${name}.${property}[${d}]' must be a nonzero integer, got 0`);
  }
  // The stride of a dimension that is never walked may be anything; both packages set it to zero at times.
  return walked ? 0 : 1;
}

/**
 * Reads a view: what the routines over plain arrays check themselves, such as whether the data is long enough, is left to them.
 * @throws {TypeError} When the value is no view of the type, or is written to and read-only.
 * @throws {RangeError} When it has another number of dimensions, a size or an offset that is none, or a stride of zero where elements must
 * not coincide.
 */
export function readView(
  name: string,
  value: unknown,
  { dimensions: most, orMatrix, type, written = false }: Demands,
): MatrixView {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`'${name}' must be an ndarray, got ${describe(value)}`);
  }
  const { data, shape, stride, strides, offset, flags } = value as Record<string, unknown>;
  const steps = strides === undefined ? stride : strides;
  const stepsName = strides === undefined ? 'stride' : 'strides';
  const elementType = type ?? typeOf(name, data);
  checkArray(`${name}.data`, data, elementType);
  checkList(name, 'shape', shape, most, orMatrix);
  const dimensions = shape.length as 1 | 2 | 3;
  checkList(name, stepsName, steps, dimensions);
  if (written && (flags as { READONLY?: unknown } | undefined)?.READONLY === true) {
    throw new TypeError(`'${name}' must be writable, got a read-only ndarray`);
  }
  const apart = written || dimensions === 1;
  // Rows and columns are the last two dimensions, the first of three is the batch.
  const first = dimensions === 3 ? 1 : 0;
  const rows = readExtent(name, shape, first);
  const columns = dimensions === 1 ? 1 : readExtent(name, shape, first + 1);
  const batch = dimensions === 3 ? readExtent(name, shape, 0) : 1;
  const empty = rows === 0 || columns === 0 || batch === 0;
  const rowStride = readStride(name, stepsName, steps, first, !empty && rows > 1, apart);
  const columnStride =
    dimensions === 1 ? 1 : readStride(name, stepsName, steps, first + 1, !empty && columns > 1, apart);
  const batchStride = dimensions === 3 ? readStride(name, stepsName, steps, 0, !empty && batch > 1, apart) : 0;
  if (
    written &&
    !empty &&
    (repeatsElement(rows, columns, rowStride, columnStride) ||
      batchSharesElement(rows, columns, rowStride, columnStride, batch, batchStride, MOST_STEPS))
  ) {
    const matrices = dimensions === 3 ? `${batch} matrices of ${rows} x ${columns}` : `a ${rows} x ${columns} matrix`;
    const got = Array.from(steps).join(', ');
    throw new RangeError(`'${name}.${stepsName}' must reach each element of ${matrices} once, got [${got}]`);
  }
  // An empty view reversed by `ndarray` begins before its data.
  if (!empty) checkSize(`${name}.offset`, offset);
  return {
    type: elementType,
    data: data as Elements,
    dimensions,
    batch,
    batchStride,
    rows,
    columns,
    rowStride,
    columnStride,
    offset: empty ? 0 : (offset as number),
  };
}

/** @throws {RangeError} When a dimension has another size than an array before it demands. */
export function checkDimension(name: string, dimension: number, size: number, expected: number, like: string): void {
  if (size !== expected) {
    throw new RangeError(`'${name}.shape[${dimension}]' must be ${expected}, as ${like}, got ${size}`);
  }
}
