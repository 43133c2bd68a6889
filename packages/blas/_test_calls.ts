import { referenceGemm, referenceGemv, referenceGer } from '@paratune/kernels';
import type { Elements } from './_element_type.ts';
import type { TestedRoutine } from './_test_routines.ts';

/** Calls that are right, for tests that compare what comes of them, or spoil them. */

type Kind = TestedRoutine['kind'];

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
export const resultName: Record<Kind, string> = { gemm: 'C', gemv: 'y', ger: 'A' };

/** An array for an operand, of at least so many elements. */
export type Memory = (name: string, length: number) => Elements;

function isTransposed(operation: unknown): boolean {
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
  mostElements = 12,
): Arguments {
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const size = () => (below(8) === 0 ? below(2) : below(mostElements + 1));
  const given: Arguments = {};
  const byRows = below(2) === 0;

  const matrix = (name: string, rows: number, columns: number) => {
    const empty = rows === 0 || columns === 0;
    if (form === 'blas') {
      const [count, length] = byRows ? [rows, columns] : [columns, rows];
      const leading = Math.max(1, length) + pick([0, 0, 1, 3]);
      given[`LD${name}`] = leading;
      given[name] = memory(name, empty ? 0 : (count - 1) * leading + length);
      return;
    }
    const across = below(2) === 0;
    const step = pick([1, 1, 1, 2, 3]);
    const leading = Math.max(1, across ? columns : rows) * step + pick([0, 0, 1, 5]);
    const strides = (across ? [leading, step] : [step, leading]).map((stride) => stride * pick([1, 1, -1]));
    const [height, breadth] = empty ? [0, 0] : [(rows - 1) * strides[0]!, (columns - 1) * strides[1]!];
    const margin = pick([0, 0, 4]);
    given[`stride${name}1`] = strides[0];
    given[`stride${name}2`] = strides[1];
    given[`offset${name}`] = margin + Math.max(0, -height) + Math.max(0, -breadth);
    given[name] = memory(name, empty ? 0 : margin + Math.abs(height) + Math.abs(breadth) + 1);
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
  const [M, N, K] = [size(), size(), size()];
  Object.assign(given, { order: byRows ? 'row-major' : 'column-major', M, N, K, alpha: factor(), beta: factor() });
  if (kind === 'gemm') {
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

/** Computes a call, that is right, by plain loops; throws a RangeError where an operand does not hold what it must. */
export function computeByReference(kind: Kind, form: Form, given: Arguments): void {
  const { M, N, K, alpha, beta } = given as Record<string, number>;
  const byRows = given.order === 'row-major';
  const operand = (name: string, transposed = false) => {
    const read = (argument: string) => given[argument] as number;
    const [row, column] =
      form === 'ndarray'
        ? [read(`stride${name}1`), read(`stride${name}2`)]
        : byRows
          ? [read(`LD${name}`), 1]
          : [1, read(`LD${name}`)];
    const offset = form === 'ndarray' ? read(`offset${name}`) : 0;
    return [given[name] as Elements, offset, ...(transposed ? [column, row] : [row, column])] as [
      Elements,
      number,
      number,
      number,
    ];
  };
  const vector = (name: string, length: number): [Elements, number, number] => {
    const letter = name.toUpperCase();
    const stride = given[`stride${letter}`] as number;
    const first = stride < 0 ? (1 - Math.max(1, length)) * stride : 0;
    return [given[name] as Elements, form === 'ndarray' ? (given[`offset${letter}`] as number) : first, stride];
  };
  // The other one may have no end.
  if (M === 0 || N === 0) return;
  if (kind === 'gemm') {
    const [ta, tb] = [isTransposed(given.transA), isTransposed(given.transB)];
    referenceGemm(M!, N!, K!, alpha!, ...operand('A', ta), ...operand('B', tb), beta!, ...operand('C'));
  } else if (kind === 'gemv') {
    const transposed = isTransposed(given.trans);
    const [m, n] = transposed ? [N!, M!] : [M!, N!];
    referenceGemv(m, n, alpha!, ...operand('A', transposed), ...vector('x', n), beta!, ...vector('y', m));
  } else {
    referenceGer(M!, N!, alpha!, ...vector('x', M!), ...vector('y', N!), ...operand('A'));
  }
}
