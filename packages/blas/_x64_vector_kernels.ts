import {
  type GemvSpec,
  type GerSpec,
  gemvLayout,
  gemvSpec,
  gemvX64Abi,
  generate,
  gerSpec,
  gerX64Abi,
  type InstructionSet,
} from '@paratune/codegen';
import { load, type NativeFunction, processor } from '@paratune/native';
import { cacheSizes } from './_cache_sizes.ts';
import type { ElementType } from './_element_type.ts';
import { type GemvKernel, type GerKernel, oncePerType, type VectorKernels } from './_vector_kernels.ts';

/**
 * Bytes of a matrix that is taken to come from memory. Kernels for shared caches were the faster ones up to 8 MB, those for
 * memory from 16 MB on (AMD, Zen 5, with a level 3 cache that other machines share).
 */
const MEMORY_BYTES = 12 * 2 ** 20;

type Source = GemvSpec['source'];

/** Tells where a matrix of so many bytes comes from when it is used again and again. */
function sourceBySize(): (bytes: number) => Source {
  const privateBytes = cacheSizes(processor()).l2Bytes;
  return (bytes) => (bytes <= privateBytes ? 'private' : bytes <= MEMORY_BYTES ? 'shared' : 'memory');
}

/** A function of a kernel's variant that is computed once for each. */
function oncePerVariant<Layout extends string, Value>(
  make: (layout: Layout, source: Source) => Value,
): (layout: Layout, source: Source) => Value {
  const made: Record<Source, Partial<Record<Layout, Value>>> = { private: {}, shared: {}, memory: {} };
  return (layout, source) => (made[source][layout] ??= make(layout, source));
}

const kernels = new Map<string, NativeFunction>();

/** The machine code of a specification, generated at its first use in this thread. */
function kernelOf(spec: GemvSpec | GerSpec): NativeFunction {
  const key = JSON.stringify(spec);
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel = load(generate<typeof spec.routine, 'x64'>(spec, { target: 'x64' }).bytes);
    kernels.set(key, kernel);
  }
  return kernel;
}

function makeGemv(isa: InstructionSet, { precision, bytes }: ElementType): GemvKernel {
  const sourceOf = sourceBySize();
  const kernelFor = oncePerVariant(
    (layout: GemvSpec['layout'], source): NativeFunction => kernelOf(gemvSpec({ isa, precision, layout, source })),
  );
  const block = new Float64Array(gemvX64Abi.blockLength);
  const field = gemvX64Abi.fields;
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
    kernelFor(gemvLayout(m, n, aRow, aColumn), sourceOf(bytes * m * n))(block);
  };
}

function makeGer(isa: InstructionSet, { precision, bytes }: ElementType): GerKernel {
  const sourceOf = sourceBySize();
  const kernelFor = oncePerVariant(
    (layout: GerSpec['layout'], source): NativeFunction => kernelOf(gerSpec({ isa, precision, layout, source })),
  );
  const block = new Float64Array(gerX64Abi.blockLength);
  const field = gerX64Abi.fields;
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
    kernelFor(aRow === 1 ? 'columns' : 'spaced columns', sourceOf(bytes * m * n))(block);
  };
}

/** Machine code for an instruction set. */
export function x64VectorKernels(isa: InstructionSet): VectorKernels {
  return {
    gemv: oncePerType((type) => makeGemv(isa, type)),
    ger: oncePerType((type) => makeGer(isa, type)),
  };
}
