import {
  type GemmBlocking,
  type GemmSpec,
  gemmBlocking,
  gemmSpec,
  gemmX64Abi,
  type X64InstructionSet,
} from '@paratune/codegen';
import { handWritten } from '@paratune/kernels/hand_written';
import { addressOf, processor } from '@paratune/native';
import { bufferOf, byteOffsetOf } from './_arguments.ts';
import type { Backend, GemmKernel } from './_backend.ts';
import { codeOf } from './_bound_kernel.ts';
import { cacheSizes } from './_cache_sizes.ts';
import { checkBlocking, checkHandWritten } from './_check_tuning.ts';
import { defaultGemv } from './_default_gemv.ts';
import { double, type Elements, type ElementType, type Fit, single } from './_element_type.ts';
import { GemmVariants } from './_gemm_variants.ts';
import { packingOf } from './_packing.ts';
import { threadedGemm } from './_threaded_gemm.ts';
import { isTuning } from './_tuning_choice.ts';
import type { TuningInUse } from './_tuning_in_use.ts';
import { pick, tuningFor } from './_tuning_parameters.ts';
import { vectorKernelsInfo } from './_vector_kernels.ts';
import { x64VectorKernels } from './_x64_vector_kernels.ts';
import type { GemmTuning } from './configure.ts';
import type { Tuning } from './tuning.ts';

/** What one precision of GEMM is computed with. */
interface GemmChoice {
  readonly spec: GemmSpec;
  readonly blocking: GemmBlocking;
  /** Blocking where the rows of C are not contiguous. */
  readonly stridedBlocking: GemmBlocking;
}

function gemmByHand(given: Readonly<GemmTuning>, isa: X64InstructionSet, type: ElementType): GemmChoice {
  const tuning = tuningFor(given, isa, type);
  const { mc: _mc, kc: _kc, nc: _nc, ...registerBlock } = tuning;
  const written = tuning.kernel === 'hand-written' ? handWritten(isa, type.precision) : undefined;
  const block = written && { mu: written.mu, nu: written.nu };
  const spec = gemmSpec({ isa, precision: type.precision, ...block, ...registerBlock });
  checkHandWritten('tuning', spec);
  const blockingOf = (layoutC: GemmSpec['layoutC']) => {
    const blocking = { ...gemmBlocking({ ...spec, layoutC }, cacheSizes(processor())), ...tuning };
    checkBlocking('tuning', spec, blocking);
    return pick(blocking, ['mc', 'kc', 'nc']);
  };
  return { spec, blocking: blockingOf(spec.layoutC), stridedBlocking: blockingOf('strided') };
}

function gemmTuned(tuning: Tuning, { precision, letter }: ElementType): GemmChoice {
  const { mc, kc, nc, ...parameters } = tuning[`${letter}gemm`];
  const spec = gemmSpec({ isa: tuning.isa, precision, ...parameters });
  const stridedBlocking = gemmBlocking({ ...spec, layoutC: 'strided' }, tuning.caches);
  return { spec, blocking: { mc, kc, nc }, stridedBlocking };
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
function variantsOf(spec: GemmSpec, l2Bytes: number): GemmVariants {
  const key = JSON.stringify([spec, l2Bytes]);
  let variants = kernels.get(key);
  if (variants === undefined) {
    variants = new GemmVariants(spec, l2Bytes);
    kernels.set(key, variants);
  }
  return variants;
}

/** Everything about the kernel of a precision but its code. */
interface Plan extends GemmChoice {
  readonly type: ElementType;
  readonly packedABytes: number;
  readonly packingBytes: number;
}

function planFor(type: ElementType, choice: GemmChoice): Plan {
  const { blocking, stridedBlocking } = choice;
  const bytesOf = (elements: (blocking: GemmBlocking) => number) =>
    aligned(type.bytes * Math.max(elements(blocking), elements(stridedBlocking)));
  const packedABytes = bytesOf(({ mc, kc }) => mc * kc);
  const packingBytes = packedABytes + bytesOf(({ kc, nc }) => kc * nc);
  return { ...choice, type, packedABytes, packingBytes };
}

function makeKernel(plan: Plan, l2Bytes: number, threads: number): GemmKernel {
  const { spec, blocking, stridedBlocking, packedABytes, packingBytes, type } = plan;
  const { bytes } = type;
  const variants = variantsOf(spec, l2Bytes);
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
  const kernel = `${type.letter}gemm_${spec.isa}_${spec.mu}x${spec.nu}${spec.kernel === 'hand-written' ? '_hand_written' : ''}`;
  return { kernel, mu: spec.mu, nu: spec.nu, ku: spec.ku, ...blocking };
}

export function makeX64Backend(isa: X64InstructionSet, { tuning, info }: TuningInUse, threads: number): Backend {
  const tuned = isTuning(tuning) ? tuning : undefined;
  const { l2Bytes } = tuned?.caches ?? cacheSizes(processor());
  const plan = (type: ElementType) =>
    planFor(type, isTuning(tuning) ? gemmTuned(tuning, type) : gemmByHand(tuning, isa, type));
  const plans = { double: plan(double), single: plan(single) };
  const made: Partial<Record<ElementType['precision'], GemmKernel>> = {};
  return {
    info: {
      backend: 'x64',
      isa,
      ...infoOf(plans.double),
      sgemm: infoOf(plans.single),
      ...vectorKernelsInfo(isa, isa, {
        gemv:
          tuned?.dgemv.columns.private ??
          defaultGemv(processor(), { isa, precision: 'double', layout: 'columns', source: 'private' }),
        ger: tuned?.dger.private,
      }),
      tuning: info,
      packingBytes: Math.max(plans.double.packingBytes, plans.single.packingBytes),
      threads,
      processor: processor().name,
    },
    positionOf,
    ...x64VectorKernels({ isa, l2Bytes, threads, tuning: tuned }),
    gemmPlan({ precision }, m, n, k, aRow, aColumn, bRow, bColumn, cRow) {
      const { spec, blocking, stridedBlocking, packedABytes, packingBytes } = plans[precision];
      const variant = variantsOf(spec, l2Bytes).specFor(m, n, k, aRow, aColumn, bRow, bColumn, cRow);
      const blocks = cRow === 1 ? blocking : stridedBlocking;
      return { spec: variant, codeBytes: codeOf(variant).length, ...blocks, packedABytes, packingBytes };
    },
    gemm({ precision }) {
      let kernel = made[precision];
      if (kernel === undefined) {
        kernel = made[precision] = makeKernel(plans[precision], l2Bytes, threads);
      }
      return kernel;
    },
  };
}
