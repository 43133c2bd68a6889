/** What the routines of a BLAS library share: which processor this is, memory to pack into, wrong arguments. */

import type { InstructionSet } from './gemm_spec.ts';
import { type AssembledCode, Assembler } from './x64_assembler.ts';
import {
  al,
  cl,
  eax,
  ebx,
  ecx,
  edi,
  edx,
  esi,
  type Label,
  mem,
  r8,
  r8d,
  r9,
  r9d,
  r10d,
  rax,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
} from './x64_operands.ts';

/** Data of the library, all zero when it is loaded. */
export const data = {
  /** The widest instruction set of the processor, see {@linkcode levelOf}; 0 before that is known. */
  level: 'paratune_level',
  /** Size of the level 2 cache, in bytes. */
  cache: 'paratune_cache',
  /** Buffers, and for each whether it is in use. */
  buffers: 'paratune_buffers',
} as const;

/** Instruction sets, the narrowest first: a processor that has one has those before it. */
export const instructionSets = ['sse2', 'avx2', 'avx512'] as const satisfies InstructionSet[];

/** What stands for an instruction set in {@linkcode data}. */
export function levelOf(isa: (typeof instructionSets)[number]): number {
  return instructionSets.indexOf(isa) + 1;
}

/** Calls at once that can pack; more compute with small blocks on their stacks. */
const BUFFERS = 256;

const buffer = { isTaken: 0, address: 8, bytes: 16 } as const;
export const buffersBytes = BUFFERS * buffer.bytes;

const HUGE_PAGE_BYTES = 2 ** 21;

/** Stacks of threads are so far apart, or farther, as a power of two: the buffer of a thread is mostly the one that it had before. */
const STACK_SHIFT = 23;

// Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/mman-common.h.
const system = { write: 1, mmap: 9, madvise: 28 } as const;
const READ_WRITE = 3;
const PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
const MADV_HUGEPAGE = 14;
const LOWEST_ERROR = -4095;
const STANDARD_ERROR = 2;

/** A level 2 cache that is not told is taken for one of this size. */
const UNKNOWN_CACHE_BYTES = 2 ** 20;

/** `paratune_detect`: finds out and keeps the level and the level 2 cache; eax is the level. Threads that come at once find the same. */
export function detect(): AssembledCode {
  const a = new Assembler();
  const [known, cache] = [a.label('known'), a.label('cache')];
  const needs = (bits: readonly number[]) => {
    const mask = bits.reduce((sum, bit) => sum + 2 ** bit, 0);
    a.mov(eax, mask);
    a.and(eax, ebx);
    a.cmp(eax, mask | 0);
    a.jne(known);
  };
  const level = (isa: (typeof instructionSets)[number]) => a.mov(r8d, levelOf(isa));
  a.push(rbx);
  a.unwind({ kind: 'frame', register: rsp, bytes: 16 });
  a.unwind({ kind: 'saved', register: rbx, bytes: 16 });
  a.comment('Intel SDM volume 2, CPUID leaf 0x80000006: kilobytes of the level 2 cache');
  a.mov(r10d, UNKNOWN_CACHE_BYTES);
  a.mov(eax, 0x80000000);
  a.cpuid();
  a.cmp(eax, 0x80000006 | 0);
  a.jb(cache);
  a.mov(eax, 0x80000006);
  a.cpuid();
  a.shr(ecx, 16);
  a.jz(cache);
  a.shl(ecx, 10);
  a.mov(r10d, ecx);
  a.bind(cache);
  a.mov(a.external(data.cache), r10d);

  level('sse2');
  a.xor(eax, eax);
  a.cpuid();
  a.cmp(eax, 7);
  a.jb(known);
  a.comment('leaf 1: FMA, OSXSAVE, AVX; the system saves ymm registers; leaf 7: AVX2');
  a.mov(eax, 1);
  a.cpuid();
  a.mov(ebx, ecx);
  needs([12, 27, 28]);
  a.xor(ecx, ecx);
  a.xgetbv();
  a.mov(r9d, eax);
  a.and(eax, 0x06);
  a.cmp(eax, 0x06);
  a.jne(known);
  a.mov(eax, 7);
  a.xor(ecx, ecx);
  a.cpuid();
  needs([5]);
  level('avx2');
  a.comment('AVX-512 F, DQ, BW, VL; the system saves zmm and mask registers');
  needs([16, 17, 30, 31]);
  a.and(r9d, 0xe6);
  a.cmp(r9d, 0xe6);
  a.jne(known);
  level('avx512');
  a.bind(known);
  a.mov(a.external(data.level), r8d);
  a.mov(eax, r8d);
  a.pop(rbx);
  a.unwind({ kind: 'restored', register: rbx });
  a.unwind({ kind: 'frame', register: rsp, bytes: 8 });
  a.ret();
  return a.finish();
}

/**
 * `paratune_acquire`: rax is the address of a buffer of so many bytes, and rdx what says that it is taken, to be set to 0 at the end;
 * both 0 if there is none to be had. Memory is asked for at the first use, on huge pages where the system allows them.
 */
export function acquire(bytes: number): AssembledCode {
  const a = new Assembler();
  const [look, mine, none, done] = ['look', 'mine', 'none', 'done'].map((name) => a.label(name)) as [
    Label,
    Label,
    Label,
    Label,
  ];
  const kept = mem({ base: rsp, displacement: -8, bytes: 8 });
  a.mov(rcx, rsp);
  a.shr(rcx, STACK_SHIFT);
  a.mov(r8d, BUFFERS);
  a.lea(r9, a.external(data.buffers));
  a.bind(look);
  a.and(ecx, BUFFERS - 1);
  a.mov(edx, ecx);
  a.shl(edx, Math.log2(buffer.bytes));
  a.add(rdx, r9);
  a.mov(eax, 1);
  a.xchg(mem({ base: rdx, displacement: buffer.isTaken }), eax);
  a.test(eax, eax);
  a.jz(mine);
  a.inc(ecx);
  a.dec(r8d);
  a.jnz(look);
  a.xor(eax, eax);
  a.xor(edx, edx);
  a.ret();

  a.bind(mine);
  a.mov(rax, mem({ base: rdx, displacement: buffer.address }));
  a.test(rax, rax);
  a.jnz(done);
  a.mov(kept, rdx);
  a.xor(edi, edi);
  a.mov(esi, bytes + HUGE_PAGE_BYTES);
  a.mov(edx, READ_WRITE);
  a.mov(r10d, PRIVATE_ANONYMOUS_NORESERVE);
  a.mov(r8, -1);
  a.xor(r9d, r9d);
  a.mov(eax, system.mmap);
  a.syscall();
  a.mov(rdx, kept);
  a.cmp(rax, LOWEST_ERROR);
  a.jae(none);
  a.add(rax, HUGE_PAGE_BYTES - 1);
  a.and(rax, -HUGE_PAGE_BYTES);
  a.mov(mem({ base: rdx, displacement: buffer.address }), rax);
  a.mov(rdi, rax);
  a.mov(esi, bytes);
  a.mov(edx, MADV_HUGEPAGE);
  a.mov(eax, system.madvise);
  a.syscall();
  a.mov(rdx, kept);
  a.mov(rax, mem({ base: rdx, displacement: buffer.address }));
  a.bind(done);
  a.ret();
  a.bind(none);
  a.mov(mem({ base: rdx, displacement: buffer.isTaken, bytes: 4 }), 0);
  a.xor(eax, eax);
  a.xor(edx, edx);
  a.ret();
  return a.finish();
}

const [before, middle, after] = [' ** On entry to ', ' parameter number ', ' had an illegal value\n'];
const NAME_LENGTH = 6;
const WORD_BYTES = 8;

/**
 * `paratune_report`: says that a parameter is wrong as the reference's XERBLA does, where nobody else does. rdi is the
 * routine's name and two characters more as one word, {@linkcode nameWord}; esi the number of the parameter, below 20.
 */
export function report(): AssembledCode {
  const a = new Assembler();
  const message = `${before}${' '.repeat(NAME_LENGTH)}${middle}  ${after}`;
  const text = a.constant(
    Uint8Array.from(message.padEnd(WORD_BYTES * Math.ceil(message.length / WORD_BYTES)), (one) => one.charCodeAt(0)),
    WORD_BYTES,
  );
  const [nameAt, digitsAt] = [before.length, before.length + NAME_LENGTH + middle.length];
  const frameBytes = WORD_BYTES * Math.ceil(message.length / WORD_BYTES) + WORD_BYTES;
  const short = a.label('oneDigit');
  const on = (displacement: number) => mem({ base: rsp, displacement });
  a.sub(rsp, frameBytes);
  a.unwind({ kind: 'frame', register: rsp, bytes: frameBytes + 8 });
  for (let offset = 0; offset < message.length; offset += WORD_BYTES) {
    a.mov(rax, text.at(offset));
    a.mov(on(offset), rax);
  }
  a.mov(on(nameAt), rdi);
  a.mov(cl, 0x20); // a space
  a.cmp(esi, 10);
  a.jl(short);
  a.mov(cl, 0x31); // 1
  a.sub(esi, 10);
  a.bind(short);
  a.lea(eax, mem({ base: rsi, displacement: 0x30 }));
  a.mov(on(digitsAt), cl);
  a.mov(on(digitsAt + 1), al);
  a.mov(edi, STANDARD_ERROR);
  a.lea(rsi, on(0));
  a.mov(edx, message.length);
  a.mov(eax, system.write);
  a.syscall();
  a.add(rsp, frameBytes);
  a.unwind({ kind: 'frame', register: rsp, bytes: 8 });
  a.ret();
  return a.finish();
}

/** A routine's name, in six characters, and what follows it in the message, as one word. */
export function nameWord(name: string): bigint {
  const text = `${name.padEnd(NAME_LENGTH)}${middle}`.slice(0, WORD_BYTES);
  return [...text].reduceRight((word, one) => word * 256n + BigInt(one.charCodeAt(0)), 0n);
}
