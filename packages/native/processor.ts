import { cpuid, xgetbv } from './_cpuid.ts';

/** An instruction set that kernels are generated for; each includes those before it. */
export type InstructionSet = 'sse2' | 'avx2' | 'avx512';

/** One cache as CPUID describes it. */
export interface Cache {
  /** 1 for the cache next to the core, and so on outwards. */
  readonly level: number;
  readonly kind: 'data' | 'instruction' | 'unified';
  readonly bytes: number;
  readonly lineBytes: number;
  /** Lines in a set. */
  readonly ways: number;
  readonly sets: number;
  /** Logical processors that may share it: an upper bound, as the processor numbers them. */
  readonly sharedBy: number;
}

/** A processor as CPUID describes it; plain data that survives JSON. */
export interface Processor {
  /** Such as `'GenuineIntel'` or `'AuthenticAMD'`. */
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  /** The marketing name. */
  readonly name: string;
  /** What can be used here: supported by the processor, its registers saved by the operating system. Narrow to wide. */
  readonly instructionSets: readonly InstructionSet[];
  /** From the innermost outwards; empty if the processor does not say. */
  readonly caches: readonly Cache[];
  /** The hypervisor's signature such as `'KVMKVMKVM'`, if there is one below. */
  readonly hypervisor: string | null;
}

const bit = (register: number, index: number) => ((register >>> index) & 1) === 1;
const bits = (register: number, low: number, high: number) => (register >>> low) & (2 ** (high - low + 1) - 1);

function text(...registers: number[]): string {
  return Buffer.from(Uint32Array.from(registers).buffer)
    .toString('latin1')
    .replace(/\0+/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
}

/** Intel SDM volume 2, CPUID leaf 1: the extended fields count for some families only. */
function signature(eax: number): Pick<Processor, 'family' | 'model' | 'stepping'> {
  const base = bits(eax, 8, 11);
  const extended = base === 6 || base === 15;
  return {
    family: base === 15 ? base + bits(eax, 20, 27) : base,
    model: bits(eax, 4, 7) + (extended ? bits(eax, 16, 19) * 16 : 0),
    stepping: bits(eax, 0, 3),
  };
}

function instructionSets(maximumLeaf: number): InstructionSet[] {
  const sets: InstructionSet[] = ['sse2']; // part of x86-64
  const { ecx: features } = cpuid(1);
  const osxsave = bit(features, 27);
  const fma = bit(features, 12);
  const avx = bit(features, 28);
  if (!osxsave || !fma || !avx || maximumLeaf < 7) return sets;
  // Intel SDM volume 1, 13.3: XCR0 bits 1, 2 are the xmm and ymm state, 5 to 7 the opmask and the two halves of zmm.
  const state = xgetbv();
  const { ebx } = cpuid(7);
  if ((state & 0x06) !== 0x06 || !bit(ebx, 5)) return sets;
  sets.push('avx2');
  const [f, dq, bw, vl] = [16, 17, 30, 31].map((index) => bit(ebx, index));
  if ((state & 0xe6) === 0xe6 && f && dq && bw && vl) sets.push('avx512');
  return sets;
}

/** Intel's leaf 4 and AMD's 0x8000001D have one layout (AMD APM volume 3, E.4.15). */
function caches(maximumLeaf: number, maximumExtendedLeaf: number): Cache[] {
  const topologyExtensions = maximumExtendedLeaf >= 0x8000001d && bit(cpuid(0x80000001).ecx, 22);
  const leaf = topologyExtensions ? 0x8000001d : maximumLeaf >= 4 ? 4 : undefined;
  const found: Cache[] = [];
  // A processor has four or five; the bound is for hypervisors that never end the list.
  for (let index = 0; leaf !== undefined && index < 16; index++) {
    const { eax, ebx, ecx } = cpuid(leaf, index);
    const kind = ([undefined, 'data', 'instruction', 'unified'] as const)[bits(eax, 0, 4)];
    if (kind === undefined) break;
    const lineBytes = bits(ebx, 0, 11) + 1;
    const partitions = bits(ebx, 12, 21) + 1;
    const ways = bits(ebx, 22, 31) + 1;
    const sets = ecx + 1;
    const bytes = ways * partitions * lineBytes * sets;
    found.push({ level: bits(eax, 5, 7), kind, bytes, lineBytes, ways, sets, sharedBy: bits(eax, 14, 25) + 1 });
  }
  return found.sort((one, other) => one.level - other.level);
}

function identify(): Processor {
  const { eax: maximumLeaf, ebx, ecx, edx } = cpuid(0);
  const maximumExtendedLeaf = cpuid(0x80000000).eax;
  const { eax: version, ecx: features } = cpuid(1);
  const nameLeaves = maximumExtendedLeaf >= 0x80000004 ? [0x80000002, 0x80000003, 0x80000004] : [];
  const hypervisor = bit(features, 31) ? cpuid(0x40000000) : undefined;
  return {
    vendor: text(ebx, edx, ecx),
    ...signature(version),
    name: text(...nameLeaves.flatMap((leaf) => Object.values(cpuid(leaf)))),
    instructionSets: instructionSets(maximumLeaf),
    caches: caches(maximumLeaf, maximumExtendedLeaf),
    hypervisor: hypervisor ? text(hypervisor.ebx, hypervisor.ecx, hypervisor.edx) : null,
  };
}

let identified: Processor | undefined;

/**
 * What the processor says it is, through CPUID: the same natively, in a virtual machine and in a user-mode Linux
 * guest.
 *
 * An instruction set counts only if the operating system saves its registers (XGETBV); avx2 includes FMA, avx512 means
 * the F, DQ, BW and VL parts. A hypervisor may hide or invent caches. The first call's answer is kept.
 *
 * @returns vendor, family, model, name, instruction sets and caches.
 * @throws {UnsupportedError} on another platform than Linux on x86-64, or where executable memory is forbidden.
 * @throws {SystemError} if there is no memory left.
 * @example
 * ```ts
 * import { processor, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const { vendor, instructionSets } = processor();
 *   assert.ok(vendor.length > 0);
 *   assert.equal(instructionSets[0], 'sse2');
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function processor(): Processor {
  identified ??= identify();
  return identified;
}
