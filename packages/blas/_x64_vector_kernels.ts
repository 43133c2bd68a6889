import {
  type GemvSpec,
  type GerSpec,
  gemvLayout,
  gemvSpec,
  gemvX64Abi,
  gerSpec,
  gerX64Abi,
  type X64InstructionSet,
} from '@paratune/codegen';
import { processor } from '@paratune/native';
import { type BoundKernel, bindKernel } from './_bound_kernel.ts';
import { defaultGemv } from './_default_gemv.ts';
import type { ElementType } from './_element_type.ts';
import { LONGEST_Y, runPartsOfX } from './_parts_of_x.ts';
import { type Cut, runCut, worthwhilePieces } from './_pieces.ts';
import { MOST_THREADS } from './_thread_team.ts';
import { type GemvKernel, type GerKernel, oncePerType, type VectorKernels } from './_vector_kernels.ts';
import type { Tuning } from './tuning.ts';

/**
 * Bytes of a matrix that is taken to come from memory. Kernels for shared caches were the faster ones up to 8 MB, those for
 * memory from 16 MB on (AMD, Zen 5, with a level 3 cache that other machines share).
 */
const MEMORY_BYTES = 12 * 2 ** 20;

/** Rows or columns that pieces are multiples of, where there are enough: kernels take up to eight lines at once. */
const LINES_UNIT = 8;

/** Elements of a line that pieces are multiples of: those of a cache line, of either precision. */
const ELEMENTS_UNIT = 16;

/** Elements of a line that a piece has at least, if it has all lines: less is not worth going to the next line for. */
const LEAST_ELEMENTS_EACH = 256;

/** Rows by which the work is cut at least; fewer make pieces too unequal. */
const LEAST_ROWS = 16;

/** Bytes of a matrix that is summed by parts of x when y is short: for smaller ones the parts take longer than they save. */
const LEAST_BYTES_BY_PARTS = 2 ** 23;

type Source = GemvSpec['source'];

/** Tells where a matrix of so many bytes comes from when it is used again and again, by so many threads with so large a cache each. */
function sourceBySize(privateBytes: number): (bytes: number, pieces: number) => Source {
  return (bytes, pieces) => (bytes <= pieces * privateBytes ? 'private' : bytes <= MEMORY_BYTES ? 'shared' : 'memory');
}

/** What these kernels are made from. */
export interface VectorSettings {
  readonly isa: X64InstructionSet;
  /** Size of the level 2 cache. */
  readonly l2Bytes: number;
  readonly threads: number;
  /** Parameters in place of the defaults. */
  readonly tuning: Tuning | undefined;
}

const kernels = new Map<string, BoundKernel>();

/** The kernel of a specification, generated at its first use in this thread. */
function kernelOf(spec: GemvSpec | GerSpec, block: Float64Array): BoundKernel {
  const key = JSON.stringify(spec);
  let bound = kernels.get(key);
  if (bound === undefined) {
    bound = bindKernel(spec, block);
    kernels.set(key, bound);
  }
  return bound;
}

/** The kernels of a routine, of one instruction set and precision, by layout and source. */
function kernelsBy<Layout extends string>(
  make: (layout: Layout, source: Source) => BoundKernel,
): (layout: Layout, source: Source) => BoundKernel {
  const made: Record<Source, Partial<Record<Layout, BoundKernel>>> = { private: {}, shared: {}, memory: {} };
  return (layout, source) => (made[source][layout] ??= make(layout, source));
}

const gemvField = gemvX64Abi.fields;
const gemvBlock = new Float64Array(gemvX64Abi.blockLength);
const gemvRows: Cut = {
  size: gemvField.m,
  operands: [
    [gemvField.a, gemvField.aRowStride],
    [gemvField.y, gemvField.yStride],
  ],
};

function makeGemv({ isa, l2Bytes, threads, tuning }: VectorSettings, type: ElementType): GemvKernel {
  const { precision, bytes, letter } = type;
  const sourceOf = sourceBySize(l2Bytes);
  const tuned = tuning?.[`${letter}gemv`];
  const kernelFor = kernelsBy((layout: GemvSpec['layout'], source) => {
    const parameters = layout === 'columns' || layout === 'rows' ? tuned?.[layout][source] : undefined;
    const spec = defaultGemv(processor(), { isa, precision, layout, source });
    return kernelOf(gemvSpec({ ...spec, ...parameters }), block);
  });
  const block = gemvBlock;
  const field = gemvField;
  return (
    m,
    n,
    alpha,
    _a,
    aPosition,
    aOffset,
    aRow,
    aColumn,
    _x,
    xPosition,
    xOffset,
    xStride,
    beta,
    _y,
    yPosition,
    yOffset,
    yStride,
  ) => {
    block[field.m] = m;
    block[field.n] = n;
    block[field.alpha] = alpha;
    block[field.a] = aPosition + bytes * aOffset;
    block[field.aRowStride] = aRow;
    block[field.aColumnStride] = aColumn;
    block[field.x] = xPosition + bytes * xOffset;
    block[field.xStride] = xStride;
    block[field.beta] = beta;
    block[field.y] = yPosition + bytes * yOffset;
    block[field.yStride] = yStride;
    const layout = gemvLayout(m, n, aRow, aColumn);
    const byRows = layout === 'rows' || layout === 'spaced rows';
    const matrixBytes = bytes * m * n;
    const pieces = threads === 1 ? 1 : worthwhilePieces(matrixBytes, threads);
    const { kernel, run } = kernelFor(layout, sourceOf(matrixBytes, pieces));
    if (matrixBytes >= LEAST_BYTES_BY_PARTS && m < (byRows ? LEAST_ROWS : LONGEST_Y) && alpha !== 0) {
      runPartsOfX(kernel, kernelFor('columns', 'private').run, block, pieces, type);
    } else if (pieces === 1 || m < pieces * (byRows ? 1 : LEAST_ELEMENTS_EACH)) run();
    else {
      const unit = !byRows ? ELEMENTS_UNIT : m >= pieces * LINES_UNIT ? LINES_UNIT : 1;
      runCut(kernel, block, gemvRows, pieces, unit, bytes);
    }
  };
}

const gerField = gerX64Abi.fields;
const gerBlock = new Float64Array(gerX64Abi.blockLength);
const gerColumns: Cut = {
  size: gerField.n,
  operands: [
    [gerField.a, gerField.aColumnStride],
    [gerField.y, gerField.yStride],
  ],
};
const gerRows: Cut = {
  size: gerField.m,
  operands: [
    [gerField.a, gerField.aRowStride],
    [gerField.x, gerField.xStride],
  ],
};

function makeGer(settings: VectorSettings, { precision, bytes, letter }: ElementType): GerKernel {
  const { isa, l2Bytes, threads, tuning } = settings;
  const sourceOf = sourceBySize(l2Bytes);
  const tuned = tuning?.[`${letter}ger`];
  const kernelFor = kernelsBy((layout: GerSpec['layout'], source) => {
    const parameters = layout === 'columns' ? tuned?.[source] : undefined;
    return kernelOf(gerSpec({ isa, precision, layout, source, ...parameters }), block);
  });
  const block = gerBlock;
  const field = gerField;
  return (
    m,
    n,
    alpha,
    _x,
    xPosition,
    xOffset,
    xStride,
    _y,
    yPosition,
    yOffset,
    yStride,
    _a,
    aPosition,
    aOffset,
    aRow,
    aColumn,
  ) => {
    block[field.m] = m;
    block[field.n] = n;
    block[field.alpha] = alpha;
    block[field.x] = xPosition + bytes * xOffset;
    block[field.xStride] = xStride;
    block[field.y] = yPosition + bytes * yOffset;
    block[field.yStride] = yStride;
    block[field.a] = aPosition + bytes * aOffset;
    block[field.aRowStride] = aRow;
    block[field.aColumnStride] = aColumn;
    const pieces = threads === 1 ? 1 : worthwhilePieces(bytes * m * n, threads);
    const { kernel, run } = kernelFor(aRow === 1 ? 'columns' : 'spaced columns', sourceOf(bytes * m * n, pieces));
    if (pieces === 1) run();
    else if (n >= pieces * LINES_UNIT) runCut(kernel, block, gerColumns, pieces, LINES_UNIT, bytes);
    else runCut(kernel, block, gerRows, pieces, ELEMENTS_UNIT, bytes);
  };
}

/** Machine code for an instruction set, in as many threads as gain. */
export function x64VectorKernels(given: VectorSettings): VectorKernels {
  const settings = { ...given, threads: Math.min(given.threads, MOST_THREADS) };
  return {
    gemv: oncePerType((type) => makeGemv(settings, type)),
    ger: oncePerType((type) => makeGer(settings, type)),
  };
}
