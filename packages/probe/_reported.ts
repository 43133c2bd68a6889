import { readFileSync } from 'node:fs';
import { Assembler, mem, r8, rax, rbx, rcx, rdi, rdx } from '@paratune/codegen';
import { load, processor } from '@paratune/native';
import type { Machine } from './machine.ts';

/** The names of a machine's values that the system may say something of. */
type Reported = {
  readonly [Name in keyof Machine as Machine[Name] extends { reported: unknown }
    ? Name
    : never]: Machine[Name] extends {
    reported: infer Value;
  }
    ? Value
    : never;
};

/** CPUID for a leaf and subleaf: eax, ebx, ecx, edx. */
function cpuid(leaf: number, subleaf = 0): readonly [number, number, number, number] {
  const a = new Assembler();
  a.push(rbx);
  a.mov(r8, rdi);
  a.mov(rax.as(32), mem({ base: r8 }));
  a.mov(rcx.as(32), mem({ base: r8, displacement: 4 }));
  a.cpuid();
  [rax, rbx, rcx, rdx].forEach((register, index) => {
    a.mov(mem({ base: r8, displacement: 4 * index }), register.as(32));
  });
  a.pop(rbx);
  a.ret();
  const code = load(a.finish().bytes);
  const block = Uint32Array.of(leaf, subleaf, 0, 0);
  code(block);
  code.unload();
  return [...block] as unknown as readonly [number, number, number, number];
}

const bits = (register: number, low: number, high: number) => (register >>> low) & (2 ** (high - low + 1) - 1);
/** Zero is how CPUID says nothing. */
const orNull = (value: number) => (value > 0 ? value : null);

/** Entries of the data TLB for pages of 4 KiB. */
function tlbEntries(vendor: string): { dtlbEntries: number | null; stlbEntries: number | null } {
  if (vendor === 'AuthenticAMD') {
    // AMD APM volume 3, E.4.4 and E.4.5.
    if (cpuid(0x80000000)[0] < 0x80000006) return { dtlbEntries: null, stlbEntries: null };
    return {
      dtlbEntries: orNull(bits(cpuid(0x80000005)[1], 16, 23)),
      stlbEntries: orNull(bits(cpuid(0x80000006)[1], 16, 27)),
    };
  }
  // Intel SDM volume 2, CPUID leaf 18H: a subleaf for each structure; type 1 is for data, 3 for both, 4 for loads.
  const found = { dtlbEntries: null as number | null, stlbEntries: null as number | null };
  if (vendor !== 'GenuineIntel' || cpuid(0)[0] < 0x18) return found;
  const last = Math.min(cpuid(0x18)[0], 32);
  for (let subleaf = 0; subleaf <= last; subleaf++) {
    const [, ebx, ecx, edx] = cpuid(0x18, subleaf);
    if (!(ebx & 1) || ![1, 3, 4].includes(bits(edx, 0, 4))) continue;
    const entries = bits(ebx, 16, 31) * ecx;
    if (bits(edx, 5, 7) === 1) found.dtlbEntries = Math.max(found.dtlbEntries ?? 0, entries);
    if (bits(edx, 5, 7) === 2) found.stlbEntries = Math.max(found.stlbEntries ?? 0, entries);
  }
  return found;
}

/** AT_PAGESZ of the auxiliary vector (getauxval(3)), which is what `getconf PAGESIZE` prints. */
function pageBytes(): number | null {
  const AT_PAGESZ = 6n;
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // No /proc: nothing is said.
  }
  return null;
}

/** What processor and system say of what the probe measures; null where they say nothing, as behind many hypervisors. */
export function reported(): Reported {
  const { vendor, caches, instructionSets } = processor();
  const data = caches.filter(({ kind }) => kind !== 'instruction');
  const bytesOf = (level: number) => data.find((cache) => cache.level === level)?.bytes ?? null;
  const lastLevel = data.at(-1);
  return {
    l1DataBytes: bytesOf(1),
    l2Bytes: bytesOf(2),
    lastLevelBytes: lastLevel && lastLevel.level > 2 ? lastLevel.bytes : null,
    // CPUID leaf 1 tells what CLFLUSH writes back, in 8 bytes.
    lineBytes: data[0]?.lineBytes ?? orNull(8 * bits(cpuid(1)[1], 8, 15)),
    pageBytes: pageBytes(),
    ...tlbEntries(vendor),
    addCycles: null,
    mulCycles: null,
    fmaCycles: null,
    fpRegisters: instructionSets.includes('avx512') ? 32 : 16,
    // x86-64 has 16, of which one is the stack pointer.
    integerRegisters: 15,
    muladd: instructionSets.includes('avx2'),
    issueRate: null,
    peakMflops: null,
  };
}
