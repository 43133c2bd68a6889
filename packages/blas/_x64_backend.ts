import { type GemmBlocking, type GemmSpec, gemmBlocking, gemmSpec, gemmX64Abi } from '@paratune/codegen';
import { addressOf, processor } from '@paratune/native';
import { bufferOf, byteOffsetOf } from './_arguments.ts';
import type { Backend, GemmKernel } from './_backend.ts';
import { cacheSizes } from './_cache_sizes.ts';
import { double, type Elements, type ElementType, type Fit, single } from './_element_type.ts';
import { GemmVariants } from './_gemm_variants.ts';
import { packingOf } from './_packing.ts';
import { threadedGemm } from './_threaded_gemm.ts';
import { vectorKernelsInfo } from './_vector_kernels.ts';
import { x64VectorKernels } from './_x64_vector_kernels.ts';
import type { GemmTuning } from './configure.ts';

/** No tuning needs more; a mistaken one should not take the machine's memory. */
const MOST_PACKING_BYTES = 2 ** 30;

/**
 * A tuning as it is for elements of a type: given for doubles, its rows are as many vectors in single precision, of twice as
 * many elements.
 */
function tuningFor(
  { mu, mc, ...rest }: Readonly<GemmTuning>,
  isa: GemmSpec['isa'],
  { bytes }: ElementType,
): GemmTuning {
  const rows = isa === 'scalar' ? 1 : 8 / bytes;
  return { ...rest, ...(mu === undefined ? {} : { mu: mu * rows }), ...(mc === undefined ? {} : { mc: mc * rows }) };
}

function blockingFor(spec: GemmSpec, tuning: Readonly<GemmTuning>): GemmBlocking {
  const { mc, kc, nc } = { ...gemmBlocking(spec, cacheSizes(processor())), ...tuning };
  for (const [name, size, unit] of [
    ['mc', mc, spec.mu],
    ['nc', nc, spec.nu],
  ] as const) {
    if (size % unit !== 0) {
      throw new RangeError(
        `'tuning.${name}' must be a multiple of ${unit} for a ${spec.mu} x ${spec.nu} kernel, got ${size}`,
      );
    }
  }
  if ((mc + nc) * kc * 8 > MOST_PACKING_BYTES) {
    throw new RangeError(`'tuning.mc', 'kc' and 'nc' must need at most 1 GiB for packing, got ${mc}, ${kc} and ${nc}`);
  }
  return { mc, kc, nc };
}

/** Rounds a number of bytes up to the alignment that kernels ask for. */
function aligned(bytes: number): number {
  const { packedAlignmentBytes } = gemmX64Abi;
  return Math.ceil(bytes / packedAlignmentBytes) * packedAlignmentBytes;
}

/**
 * Addresses of the buffers of arrays that are remembered. They are kept until the buffer is detached, and a detached array has no
 * elements to ask for.
 */
const addresses = new WeakMap<ArrayBufferLike, number>();

function positionOf(array: Elements, fit: Fit | undefined): number {
  if (fit?.address !== undefined) {
    return fit.address;
  }
  const buffer = bufferOf(array);
  const offset = byteOffsetOf(array);
  const address = addresses.get(buffer) ?? addressOf(array) - offset;
  if (fit !== undefined) {
    addresses.set(buffer, address);
    fit.address = address + offset;
  }
  return address + offset;
}

const kernels = new Map<string, GemmVariants>();

/** The kernels of a specification for operands of every kind, shared by all backends of this thread. */
function variantsOf(spec: GemmSpec): GemmVariants {
  const key = JSON.stringify(spec);
  let variants = kernels.get(key);
  if (variants === undefined) {
    variants = new GemmVariants(spec, cacheSizes(processor()).l2Bytes);
    kernels.set(key, variants);
  }
  return variants;
}

/** Everything about the kernel of a precision but its code. */
interface Plan {
  readonly type: ElementType;
  readonly spec: GemmSpec;
  readonly blocking: GemmBlocking;
  /** Blocking where the rows of C are not contiguous. */
  readonly stridedBlocking: GemmBlocking;
  readonly packedABytes: number;
  readonly packingBytes: number;
}

function planFor(type: ElementType, isa: GemmSpec['isa'], given: Readonly<GemmTuning>): Plan {
  const tuning = tuningFor(given, isa, type);
  const { mc: _mc, kc: _kc, nc: _nc, ...registerBlock } = tuning;
  const spec = gemmSpec({ isa, precision: type.precision, ...registerBlock });
  const blocking = blockingFor(spec, tuning);
  const stridedBlocking = blockingFor({ ...spec, layoutC: 'strided' }, tuning);
  const bytesOf = (elements: (blocking: GemmBlocking) => number) =>
    aligned(type.bytes * Math.max(elements(blocking), elements(stridedBlocking)));
  const packedABytes = bytesOf(({ mc, kc }) => mc * kc);
  const packingBytes = packedABytes + bytesOf(({ kc, nc }) => kc * nc);
  return { type, spec, blocking, stridedBlocking, packedABytes, packingBytes };
}

function makeKernel(plan: Plan, threads: number): GemmKernel {
  const { spec, blocking, stridedBlocking, packedABytes, packingBytes, type } = plan;
  const { bytes } = type;
  const variants = variantsOf(spec);
  const compute = threadedGemm({ mu: spec.mu, nu: spec.nu, elementBytes: bytes }, threads);
  const { block } = variants;
  const field = gemmX64Abi.fields;
  return {
    run(
      m,
      n,
      k,
      alpha,
      _a,
      aPosition,
      aOffset,
      aRow,
      aColumn,
      _b,
      bPosition,
      bOffset,
      bRow,
      bColumn,
      beta,
      _c,
      cPosition,
      cOffset,
      cRow,
      cColumn,
      batch,
    ) {
      const packed = packingOf(0, packingBytes);
      block[field.packedA] = packed;
      block[field.packedB] = packed + packedABytes;
      const { mc, kc, nc } = cRow === 1 ? blocking : stridedBlocking;
      block[field.mc] = mc;
      block[field.kc] = kc;
      block[field.nc] = nc;
      block[field.m] = m;
      block[field.n] = n;
      block[field.k] = k;
      block[field.alpha] = alpha;
      block[field.a] = aPosition + bytes * aOffset;
      block[field.aRowStride] = aRow;
      block[field.aColumnStride] = aColumn;
      block[field.b] = bPosition + bytes * bOffset;
      block[field.bRowStride] = bRow;
      block[field.bColumnStride] = bColumn;
      block[field.beta] = beta;
      block[field.c] = cPosition + bytes * cOffset;
      block[field.cRowStride] = cRow;
      block[field.cColumnStride] = cColumn;
      if (batch === undefined) {
        block[field.batch] = 1;
      } else {
        block[field.batch] = batch.count;
        block[field.aBatchStride] = batch.aStride;
        block[field.bBatchStride] = batch.bStride;
        block[field.cBatchStride] = batch.cStride;
      }
      compute(variants.kernelFor(m, n, k, aRow, aColumn, bRow, bColumn, cRow), block);
    },
  };
}

function infoOf({ spec, blocking, type }: Plan) {
  const kernel = `${type.letter}gemm_${spec.isa}_${spec.mu}x${spec.nu}`;
  return { kernel, mu: spec.mu, nu: spec.nu, ku: spec.ku, ...blocking };
}

export function makeX64Backend(isa: GemmSpec['isa'], tuning: Readonly<GemmTuning>, threads: number): Backend {
  const plans = { double: planFor(double, isa, tuning), single: planFor(single, isa, tuning) };
  const made: Partial<Record<ElementType['precision'], GemmKernel>> = {};
  return {
    info: {
      backend: 'x64',
      isa,
      ...infoOf(plans.double),
      sgemm: infoOf(plans.single),
      ...vectorKernelsInfo(isa, isa),
      packingBytes: Math.max(plans.double.packingBytes, plans.single.packingBytes),
      threads,
      processor: processor().name,
    },
    positionOf,
    ...x64VectorKernels(isa, threads),
    gemm({ precision }) {
      let kernel = made[precision];
      if (kernel === undefined) {
        kernel = made[precision] = makeKernel(plans[precision], threads);
      }
      return kernel;
    },
  };
}
