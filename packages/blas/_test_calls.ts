import { referenceGemm, referenceGemv, referenceGer } from '@paratune/kernels';
import type { Elements } from './_element_type.ts';
import type { TestedBatch, TestedRoutine } from './_test_routines.ts';

/** Calls that are right, for tests that compare what comes of them, or spoil them. */

export type Kind = (TestedRoutine | TestedBatch)['kind'];

/** The BLAS form, or the one with strides and offsets. */
export type Form = 'blas' | 'ndarray';

/** The arguments of a call by name, in their order. */
export type Arguments = Record<string, unknown>;

const words = (text: string) => text.split(' ');

/** What the arguments are called, in their order. */
export const argumentNames: Record<Kind, Record<Form, string[]>> = {
  gemm: {
    blas: words('order transA transB M N K alpha A LDA B LDB beta C LDC'),
    ndarray: words(
      'transA transB M N K alpha A strideA1 strideA2 offsetA B strideB1 strideB2 offsetB beta C strideC1 strideC2 offsetC',
    ),
  },
  gemmBatch: {
    blas: words('order transA transB M N K alpha A LDA strideA B LDB strideB beta C LDC strideC batchCount'),
    ndarray: words(
      'transA transB M N K alpha A strideA1 strideA2 strideA offsetA B strideB1 strideB2 strideB offsetB beta ' +
        'C strideC1 strideC2 strideC offsetC batchCount',
    ),
  },
  gemv: {
    blas: words('order trans M N alpha A LDA x strideX beta y strideY'),
    ndarray: words('trans M N alpha A strideA1 strideA2 offsetA x strideX offsetX beta y strideY offsetY'),
  },
  ger: {
    blas: words('order M N alpha x strideX y strideY A LDA'),
    ndarray: words('M N alpha x strideX offsetX y strideY offsetY A strideA1 strideA2 offsetA'),
  },
};

/** Which argument is overwritten and returned. */
export const resultName: Record<Kind, string> = { gemm: 'C', gemmBatch: 'C', gemv: 'y', ger: 'A' };

/** An array for an operand, of at least so many elements. */
export type Memory = (name: string, length: number) => Elements;

/** Sizes up to a number, or just these. */
export type Sizes = number | { M: number; N: number; K: number };

export function isTransposed(operation: unknown): boolean {
  return operation !== 'no-transpose' && operation !== 111;
}

/**
 * Arguments of a right call: every order and transposition, sizes from 0, gaps, steps, strides of both signs and offsets.
 * `memory` gives the operands; `random` numbers in [0, 1).
 */
export function randomArguments(
  kind: Kind,
  form: Form,
  random: () => number,
  memory: Memory,
  sizes: Sizes = 12,
): Arguments {
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const size = (name: 'M' | 'N' | 'K') =>
    typeof sizes === 'object' ? sizes[name] : below(8) === 0 ? below(2) : below(sizes + 1);
  const given: Arguments = {};
  const byRows = below(2) === 0;
  const batch = kind === 'gemmBatch' ? below(4) : 1;

  /** From one matrix of `span` elements to the next: clear of it, unless nothing is written and they may all be one. */
  const batchStride = (name: string, span: number) =>
    name !== 'C' && below(4) === 0 ? 0 : Math.max(1, span) + pick([0, 0, 2]);

  const matrix = (name: string, rows: number, columns: number) => {
    const empty = rows === 0 || columns === 0 || batch === 0;
    if (form === 'blas') {
      const [count, length] = byRows ? [rows, columns] : [columns, rows];
      const leading = Math.max(1, length) + pick([0, 0, 1, 3]);
      const span = empty ? 0 : (count - 1) * leading + length;
      const apart = batchStride(name, span);
      given[`LD${name}`] = leading;
      given[`stride${name}`] = apart;
      given[name] = memory(name, empty ? 0 : (batch - 1) * apart + span);
      return;
    }
    const across = below(2) === 0;
    const step = pick([1, 1, 1, 2, 3]);
    const leading = Math.max(1, across ? columns : rows) * step + pick([0, 0, 1, 5]);
    const [row, column] = (across ? [leading, step] : [step, leading]).map((stride) => stride * pick([1, 1, -1]));
    const inner = empty ? 0 : (rows - 1) * Math.abs(row!) + (columns - 1) * Math.abs(column!);
    const apart = batchStride(name, inner + 1) * pick([1, 1, -1]);
    // How far each dimension leads, up or down.
    const reaches = empty ? [] : [(rows - 1) * row!, (columns - 1) * column!, (batch - 1) * apart];
    const margin = pick([0, 0, 4]);
    given[`stride${name}1`] = row;
    given[`stride${name}2`] = column;
    given[`stride${name}`] = apart;
    given[`offset${name}`] = reaches.reduce((offset, reach) => offset + Math.max(0, -reach), margin);
    given[name] = memory(name, empty ? 0 : reaches.reduce((length, reach) => length + Math.abs(reach), margin + 1));
  };

  const vector = (name: string, length: number) => {
    const letter = name.toUpperCase();
    const stride = pick([1, 1, -1, 2, -3]);
    const span = Math.max(0, length - 1) * Math.abs(stride);
    const margin = form === 'blas' ? 0 : pick([0, 0, 4]);
    given[`stride${letter}`] = stride;
    if (form === 'ndarray') given[`offset${letter}`] = margin + (stride < 0 ? span : 0);
    given[name] = memory(name, length === 0 ? 0 : margin + span + 1);
  };

  const transposition = () =>
    pick(['no-transpose', 'no-transpose', 'transpose', 'conjugate-transpose', 111, 112] as const);
  const factor = () => pick([0, 1, 1, -1, 2, -3]);
  const [M, N, K] = [size('M'), size('N'), size('K')];
  Object.assign(given, { order: byRows ? 'row-major' : 'column-major', M, N, K, alpha: factor(), beta: factor() });
  given.batchCount = batch;
  if (kind === 'gemm' || kind === 'gemmBatch') {
    const [transA, transB] = [transposition(), transposition()];
    Object.assign(given, { transA, transB });
    matrix('A', ...(isTransposed(transA) ? ([K, M] as const) : ([M, K] as const)));
    matrix('B', ...(isTransposed(transB) ? ([N, K] as const) : ([K, N] as const)));
    matrix('C', M, N);
  } else {
    given.trans = transposition();
    const across = kind === 'gemv' && !isTransposed(given.trans);
    // Without rows or columns an operand that is only read may lack its elements.
    const none = M === 0 || N === 0;
    matrix('A', M, N);
    vector('x', none ? 0 : across ? N : M);
    vector('y', none && kind === 'ger' ? 0 : across ? M : N);
  }
  return Object.fromEntries(argumentNames[kind][form].map((name) => [name, given[name]]));
}

/** A matrix of a call as it lies, or its transpose. */
export function strided(
  form: Form,
  given: Arguments,
  name: string,
  transposed = false,
): [array: Elements, offset: number, rowStride: number, columnStride: number] {
  const read = (argument: string) => given[argument] as number;
  const strides =
    form === 'ndarray'
      ? [read(`stride${name}1`), read(`stride${name}2`)]
      : given.order === 'row-major'
        ? [read(`LD${name}`), 1]
        : [1, read(`LD${name}`)];
  const [row, column] = transposed ? strides.reverse() : strides;
  return [given[name] as Elements, form === 'ndarray' ? read(`offset${name}`) : 0, row!, column!];
}

/** Computes a call, that is right, by plain loops; throws a RangeError where an operand does not hold what it must. */
export function computeByReference(kind: Kind, form: Form, given: Arguments): void {
  const { M, N, K, alpha, beta } = given as Record<string, number>;
  const operand = (name: string, transposed = false) => strided(form, given, name, transposed);
  const vector = (name: string, length: number): [Elements, number, number] => {
    const letter = name.toUpperCase();
    const stride = given[`stride${letter}`] as number;
    const first = stride < 0 ? (1 - Math.max(1, length)) * stride : 0;
    return [given[name] as Elements, form === 'ndarray' ? (given[`offset${letter}`] as number) : first, stride];
  };
  // The other one may have no end.
  if (M === 0 || N === 0) return;
  if (kind === 'gemm' || kind === 'gemmBatch') {
    const [ta, tb] = [isTransposed(given.transA), isTransposed(given.transB)];
    const batch = kind === 'gemm' ? 1 : (given.batchCount as number);
    for (let p = 0; p < batch; p++) {
      const ofBatch = (name: string, transposed = false) => {
        const [array, offset, row, column] = operand(name, transposed);
        // An operand without elements may lie anywhere.
        const apart = p === 0 || (K === 0 && name !== 'C') ? 0 : p * (given[`stride${name}`] as number);
        return [array, offset + apart, row, column] as const;
      };
      referenceGemm(M!, N!, K!, alpha!, ...ofBatch('A', ta), ...ofBatch('B', tb), beta!, ...ofBatch('C'));
    }
  } else if (kind === 'gemv') {
    const transposed = isTransposed(given.trans);
    const [m, n] = transposed ? [N!, M!] : [M!, N!];
    referenceGemv(m, n, alpha!, ...operand('A', transposed), ...vector('x', n), beta!, ...vector('y', m));
  } else {
    referenceGer(M!, N!, alpha!, ...vector('x', M!), ...vector('y', N!), ...operand('A'));
  }
}
