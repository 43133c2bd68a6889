import {
  type BlasRoutine,
  blasEntry,
  type CallingForm,
  type EntryContext,
  elementShift,
  emitForLevel,
  support,
} from './_blas_entry.ts';
import { data, type instructionSets } from './_blas_support.ts';
import { elementBytes, type Precision } from './_vector_class.ts';
import { type GemmBlockField, gemmX64Abi } from './gemm_abi.ts';
import { gemmBlocking } from './gemm_blocking.ts';
import { gemmSpec } from './gemm_spec.ts';
import { type GemvBlockField, gemvX64Abi } from './gemv_abi.ts';
import { type GemvSpec, gemvSpec } from './gemv_spec.ts';
import type { KernelSpec } from './generate.ts';
import { type GerBlockField, gerX64Abi } from './ger_abi.ts';
import { type GerSpec, gerSpec } from './ger_spec.ts';
import type { AssembledCode, Assembler } from './x64_assembler.ts';
import { eax, type Memory, mem, rax, rcx, rdi, rdx, rsi, xmm } from './x64_operands.ts';

type Isa = (typeof instructionSets)[number];

/** What a library is made for. */
export interface RoutineOptions {
  readonly precision: Precision;
  readonly form: CallingForm;
  /** The widest first. */
  readonly isas: readonly Isa[];
  /** Takes a kernel into the library, and returns its name there. */
  readonly kernel: (spec: KernelSpec) => string;
}

const BLOCK_FIELD_BYTES = 8;
const ALIGNMENT_BYTES = 64;

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;

/** The memory of a field of an argument block in the scratch area. */
function blockOf<Field extends string, Slot extends string>(
  { frame }: EntryContext<Slot>,
  fields: Readonly<Record<Field, number>>,
): (field: Field) => Memory {
  return (field) => frame.scratch(BLOCK_FIELD_BYTES * fields[field]);
}

/** A field of the block that is a double already, or is the integer 1. */
function emitCopy<Slot extends string>({ asm, frame }: EntryContext<Slot>, to: Memory, from: Slot): void {
  asm.mov(rax, frame.slot(from));
  asm.mov(to, rax);
}
function emitOne({ asm }: { asm: Assembler }, to: Memory): void {
  asm.mov(rax, new BigUint64Array(Float64Array.of(1).buffer)[0]!);
  asm.mov(to, rax);
}

/** Two fields that are two values, exchanged if a slot holds 1. */
function emitEitherWay<Slot extends string>(
  { asm, frame }: EntryContext<Slot>,
  isExchanged: Slot,
  [first, second]: readonly [to: Memory, to: Memory],
  load: () => void, // of the values into rax and rdx
): void {
  const kept = asm.label('kept');
  load();
  asm.cmp(frame.slot(isExchanged), 0);
  asm.je(kept);
  asm.xchg(rax, rdx);
  asm.bind(kept);
  asm.cvtsi2sd(xmm(0), rax);
  asm.movsd(first, xmm(0));
  asm.cvtsi2sd(xmm(0), rdx);
  asm.movsd(second, xmm(0));
}

/** Calls the function whose address is in rcx with the block. */
function emitCall<Slot extends string>({ asm, frame }: EntryContext<Slot>): void {
  asm.lea(rdi, frame.scratch());
  asm.call(rcx);
}

const gemm = {
  parameters: [
    ...([
      ['transA', 'transposition'],
      ['transB', 'transposition'],
      ['m', 'size'],
      ['n', 'size'],
      ['k', 'size'],
    ] as const),
    ...([
      ['alpha', 'factor'],
      ['a', 'address'],
      ['lda', 'leading dimension'],
      ['b', 'address'],
    ] as const),
    ...([
      ['ldb', 'leading dimension'],
      ['beta', 'factor'],
      ['c', 'address'],
      ['ldc', 'leading dimension'],
    ] as const),
  ],
  // C = A B by rows is C^T = B^T A^T by columns.
  exchanged: [
    ['transA', 'transB'],
    ['m', 'n'],
    ['a', 'b'],
    ['lda', 'ldb'],
  ],
} as const satisfies BlasRoutine;

/** Sizes of the level 2 cache for which there are blocks of their own, the largest first. */
const CACHES = [2 ** 21, 2 ** 20, 2 ** 19, 2 ** 18];

/** The other caches: what no processor of these instruction sets has less of, and a share of the last level. */
const OTHER_CACHES = { l1DataBytes: 2 ** 15, lastLevelBytes: 2 ** 25 };

/** The depth of blocks where there is no memory for larger ones. */
const SMALL_DEPTH = 64;

/** The kernel of a library's GEMM: by rows there is no C, since operands are exchanged. */
function gemmKernel(isa: Isa, precision: Precision) {
  return gemmSpec({ isa, precision, layoutC: 'column-major' });
}

/** Blocks for each of {@linkcode CACHES}, then the small ones, and where the packed B begins. */
function gemmBlocks(isa: Isa, precision: Precision) {
  const spec = gemmKernel(isa, precision);
  const blockings = CACHES.map((l2Bytes) => gemmBlocking(spec, { ...OTHER_CACHES, l2Bytes }));
  return [...blockings, { mc: spec.mu, kc: SMALL_DEPTH, nc: spec.nu }].map(({ mc, kc, nc }) => {
    const packedABytes = aligned(mc * kc * elementBytes[precision]);
    return { mc, kc, nc, packedABytes, bytes: packedABytes + aligned(kc * nc * elementBytes[precision]) };
  });
}

/** Bytes of the buffers that GEMM packs into. */
export function packingBytes(isas: readonly Isa[]): number {
  const all = isas.flatMap((isa) => (['double', 'single'] as const).flatMap((precision) => gemmBlocks(isa, precision)));
  return Math.max(...all.map(({ bytes }) => bytes));
}

/** `dgemm_`, `cblas_sgemm`, ...: packs into a buffer of the library. */
export function gemmRoutine({ precision, form, isas, kernel }: RoutineOptions): AssembledCode {
  const fields = gemmX64Abi.fields;
  const blockBytes = aligned(BLOCK_FIELD_BYTES * gemmX64Abi.blockLength);
  const scratchBytes = blockBytes + Math.max(...isas.map((isa) => gemmBlocks(isa, precision).at(-1)!.bytes));
  const name = `${precision === 'double' ? 'd' : 's'}gemm`;
  return blasEntry(
    { name, precision, form, routine: gemm, slots: [], scratchBytes },
    ({ asm, frame }, of) => {
      const size = { lda: ['m', 'k', 'transA'], ldb: ['k', 'n', 'transB'], ldc: ['m', 'm', 'transA'] } as const;
      const [plain, transposed, isTransposed] = size[of as keyof typeof size];
      asm.mov(rax, frame.slot(plain));
      if (plain === transposed) return;
      asm.cmp(frame.slot(isTransposed), 0);
      asm.cmovne(rax, frame.slot(transposed));
    },
    (context) => {
      const { asm, frame, put } = context;
      const block = blockOf(context, fields);
      const [packs, prepared, released] = [asm.label('packs'), asm.label('prepared'), asm.label('released')];
      for (const size of ['m', 'n', 'k', 'a', 'b', 'c'] as const) put(block(size), size);
      put(block('cColumnStride'), 'ldc');
      for (const factor of ['alpha', 'beta'] as const) emitCopy(context, block(factor), factor);
      for (const one of ['cRowStride', 'batch'] as const satisfies GemmBlockField[]) emitOne(context, block(one));
      for (const [matrix, leading, isTransposed] of [
        ['a', 'lda', 'transA'],
        ['b', 'ldb', 'transB'],
      ] as const) {
        emitEitherWay(context, isTransposed, [block(`${matrix}RowStride`), block(`${matrix}ColumnStride`)], () => {
          asm.mov(rax, 1);
          asm.mov(rdx, frame.slot(leading));
        });
      }
      asm.lea(rax, asm.external(support.acquire));
      asm.call(rax);
      asm.mov(frame.slot('buffer'), rax);
      asm.mov(frame.slot('taken'), rdx);
      emitForLevel(asm, isas, (isa) => {
        const rows = gemmBlocks(isa, precision).flatMap(({ mc, kc, nc, packedABytes }) => [mc, kc, nc, packedABytes]);
        asm.lea(rcx, asm.external(kernel(gemmKernel(isa, precision))));
        asm.lea(rsi, asm.constant(Float64Array.from(rows)));
      });
      const rowBytes = 4 * BLOCK_FIELD_BYTES;
      asm.cmp(frame.slot('buffer'), 0);
      asm.jne(packs);
      asm.add(rsi, CACHES.length * rowBytes);
      asm.lea(rax, frame.scratch(blockBytes));
      asm.mov(frame.slot('buffer'), rax);
      asm.jmp(prepared);
      asm.bind(packs);
      asm.mov(eax, asm.external(data.cache));
      for (const bytes of CACHES.slice(0, -1)) {
        asm.cmp(eax, bytes);
        asm.jae(prepared);
        asm.add(rsi, rowBytes);
      }
      asm.bind(prepared);
      for (const [index, field] of (['mc', 'kc', 'nc'] as const).entries()) {
        asm.movsd(xmm(0), mem({ base: rsi, displacement: BLOCK_FIELD_BYTES * index }));
        asm.movsd(block(field), xmm(0));
      }
      asm.cvtsi2sd(xmm(0), frame.slot('buffer'));
      asm.movsd(block('packedA'), xmm(0));
      asm.addsd(xmm(0), mem({ base: rsi, displacement: BLOCK_FIELD_BYTES * 3 }));
      asm.movsd(block('packedB'), xmm(0));
      emitCall(context);
      asm.mov(rdx, frame.slot('taken'));
      asm.test(rdx, rdx);
      asm.jz(released);
      asm.mov(mem({ base: rdx, bytes: 4 }), 0);
      asm.bind(released);
    },
  );
}

/** Bytes of a matrix that is taken to come from memory (AMD, Zen 5, as `@paratune/blas` has it). */
const MEMORY_BYTES = 12 * 2 ** 20;

/** Sets rcx to the kernel for a matrix of m x n, by where it comes from, as `each` says. */
function emitBySource<Slot extends string>(
  { asm, frame }: EntryContext<Slot | 'm' | 'n'>,
  precision: Precision,
  kernelFor: (source: GemvSpec['source']) => string,
): void {
  const done = asm.label('sourceKnown');
  const [shared, memory] = [asm.label('shared'), asm.label('memory')];
  asm.mov(rdx, frame.slot('m'));
  asm.imul(rdx, frame.slot('n'));
  asm.shl(rdx, elementShift(precision));
  asm.mov(eax, asm.external(data.cache));
  asm.cmp(rdx, rax);
  asm.ja(shared);
  asm.lea(rcx, asm.external(kernelFor('private')));
  asm.jmp(done);
  asm.bind(shared);
  asm.cmp(rdx, MEMORY_BYTES);
  asm.ja(memory);
  asm.lea(rcx, asm.external(kernelFor('shared')));
  asm.jmp(done);
  asm.bind(memory);
  asm.lea(rcx, asm.external(kernelFor('memory')));
  asm.bind(done);
}

/** Fills in the address of a vector's first element, which with a negative increment is the last in memory; rax is its length. */
function emitVector<Slot extends string>(
  { asm, frame, put }: EntryContext<Slot>,
  precision: Precision,
  [vector, increment]: readonly [Slot, Slot],
  [at, stride]: readonly [Memory, Memory],
): void {
  const forward = asm.label('forward');
  put(stride, increment);
  asm.mov(rdx, frame.slot(vector));
  asm.cmp(frame.slot(increment), 0);
  asm.jg(forward);
  asm.dec(rax);
  asm.imul(rax, frame.slot(increment));
  asm.shl(rax, elementShift(precision));
  asm.sub(rdx, rax);
  asm.bind(forward);
  asm.cvtsi2sd(xmm(0), rdx);
  asm.movsd(at, xmm(0));
}

const gemv = {
  parameters: [
    ...([
      ['trans', 'transposition'],
      ['m', 'size'],
      ['n', 'size'],
      ['alpha', 'factor'],
      ['a', 'address'],
    ] as const),
    ...([
      ['lda', 'leading dimension'],
      ['x', 'address'],
      ['incx', 'increment'],
      ['beta', 'factor'],
    ] as const),
    ...([
      ['y', 'address'],
      ['incy', 'increment'],
    ] as const),
  ],
  exchanged: [['m', 'n']],
  reversed: 'trans',
} as const satisfies BlasRoutine;

/** `dgemv_`, `cblas_sgemv`, ... */
export function gemvRoutine({ precision, form, isas, kernel }: RoutineOptions): AssembledCode {
  const fields = gemvX64Abi.fields;
  const name = `${precision === 'double' ? 'd' : 's'}gemv`;
  const scratchBytes = BLOCK_FIELD_BYTES * gemvX64Abi.blockLength;
  return blasEntry(
    { name, precision, form, routine: gemv, slots: ['rows'], scratchBytes },
    ({ asm, frame }) => asm.mov(rax, frame.slot('m')),
    (context) => {
      const { asm, frame, put } = context;
      const block = blockOf(context, fields);
      const sizes = () => {
        asm.mov(rax, frame.slot('m'));
        asm.mov(rdx, frame.slot('n'));
      };
      put(block('a'), 'a');
      for (const factor of ['alpha', 'beta'] as const satisfies GemvBlockField[]) {
        emitCopy(context, block(factor), factor);
      }
      emitEitherWay(context, 'trans', [block('aRowStride'), block('aColumnStride')], () => {
        asm.mov(rax, 1);
        asm.mov(rdx, frame.slot('lda'));
      });
      emitEitherWay(context, 'trans', [block('m'), block('n')], sizes);
      asm.mov(frame.slot('rows'), rax);
      asm.mov(rax, rdx);
      emitVector(context, precision, ['x', 'incx'], [block('x'), block('xStride')]);
      asm.mov(rax, frame.slot('rows'));
      emitVector(context, precision, ['y', 'incy'], [block('y'), block('yStride')]);
      emitForLevel(asm, isas, (isa) => {
        const [transposed, chosen] = [asm.label('transposed'), asm.label('kernelKnown')];
        const along = (layout: GemvSpec['layout']) =>
          emitBySource(context, precision, (source) => kernel(gemvSpec({ isa, precision, layout, source })));
        asm.cmp(frame.slot('trans'), 0);
        asm.jne(transposed);
        along('columns');
        asm.jmp(chosen);
        asm.bind(transposed);
        along('rows');
        asm.bind(chosen);
      });
      emitCall(context);
    },
  );
}

const ger = {
  parameters: [
    ...([
      ['m', 'size'],
      ['n', 'size'],
      ['alpha', 'factor'],
      ['x', 'address'],
      ['incx', 'increment'],
    ] as const),
    ...([
      ['y', 'address'],
      ['incy', 'increment'],
      ['a', 'address'],
      ['lda', 'leading dimension'],
    ] as const),
  ],
  exchanged: [
    ['m', 'n'],
    ['x', 'y'],
    ['incx', 'incy'],
  ],
} as const satisfies BlasRoutine;

/** `dger_`, `cblas_sger`, ... */
export function gerRoutine({ precision, form, isas, kernel }: RoutineOptions): AssembledCode {
  const fields = gerX64Abi.fields;
  const name = `${precision === 'double' ? 'd' : 's'}ger`;
  const scratchBytes = BLOCK_FIELD_BYTES * gerX64Abi.blockLength;
  return blasEntry(
    { name, precision, form, routine: ger, slots: [], scratchBytes },
    ({ asm, frame }) => asm.mov(rax, frame.slot('m')),
    (context) => {
      const { asm, frame, put } = context;
      const block = blockOf(context, fields);
      for (const size of ['m', 'n', 'a'] as const satisfies GerBlockField[]) put(block(size), size);
      put(block('aColumnStride'), 'lda');
      emitOne(context, block('aRowStride'));
      emitCopy(context, block('alpha'), 'alpha');
      asm.mov(rax, frame.slot('m'));
      emitVector(context, precision, ['x', 'incx'], [block('x'), block('xStride')]);
      asm.mov(rax, frame.slot('n'));
      emitVector(context, precision, ['y', 'incy'], [block('y'), block('yStride')]);
      emitForLevel(asm, isas, (isa) => {
        emitBySource(context, precision, (source: GerSpec['source']) => kernel(gerSpec({ isa, precision, source })));
      });
      emitCall(context);
    },
  );
}
