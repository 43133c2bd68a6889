/**
 * What the processor and the memory can do at all: loops that do nothing but multiply and add from register to register,
 * or read (or read and write) an array from front to back.
 */
import { Assembler, mem, rax, rdi, rdx, type Vector, xmm, ymm, zmm } from '@paratune/codegen';
import { addressOf, type InstructionSet } from '@paratune/native';
import type { Bench } from './_peers_bench.ts';
import type { Elements } from './_peers_matrix.ts';
import type { Entrant, Precision } from './_peers_suite.ts';
import { onThreads } from './_yardstick_threads.ts';

const vectors = {
  avx512: { register: zmm, bytes: 64 },
  avx2: { register: ymm, bytes: 32 },
  sse2: { register: xmm, bytes: 16 },
} as const;

/** Code that takes a block of doubles, and runs `turn` as often as the first of them says. */
function turns(isa: InstructionSet, prepare: (a: Assembler) => void, turn: (a: Assembler) => void): Uint8Array {
  const a = new Assembler();
  a.cvttsd2si(rax, mem({ base: rdi, displacement: 0, bytes: 8 }));
  a.cvttsd2si(rdx, mem({ base: rdi, displacement: 8, bytes: 8 }));
  prepare(a);
  const [loop, end] = [a.label('turn'), a.label('end')];
  a.cmp(rax, 0);
  a.je(end);
  a.align(64);
  a.bind(loop);
  turn(a);
  a.dec(rax);
  a.jnz(loop);
  a.bind(end);
  if (isa !== 'sse2') a.vzeroupper();
  a.ret();
  return a.finish().bytes;
}

/**
 * Sums that do not wait for each other. Two units of latency 4 (Intel since Skylake, AMD since Zen) need 8 of them; 12 leave
 * room, and fit 16 registers with the factors.
 */
const CHAINS = 12;
const STEPS = 8;

function fmaLoop(isa: InstructionSet, precision: Precision): { code: Uint8Array; flopsPerTurn: number } {
  const { bytes } = vectors[isa];
  const register: (number: number) => Vector = vectors[isa].register;
  const lanes = bytes / (precision === 'double' ? 8 : 4);
  const ending = precision === 'double' ? 'pd' : 'ps';
  // Zeros: a value that grew to infinity or shrank below the normal numbers could change the speed.
  const zeros = (a: Assembler) => {
    for (let i = 0; i < CHAINS + 2; i++) {
      if (isa === 'sse2') a.xorpd(xmm(i), xmm(i));
      else a.vxorpd(ymm(i), ymm(i), ymm(i));
    }
  };
  const multiplyAndAdd = (a: Assembler) => {
    for (let step = 0; step < STEPS * CHAINS; step++) {
      const i = step % CHAINS;
      const [sum, x, y] = [register(i), register(CHAINS), register(CHAINS + 1)];
      if (isa !== 'sse2') a.emit(`vfmadd231${ending}`, sum, x, y);
      else a.emit(i % 2 === 0 ? `mul${ending}` : `add${ending}`, sum, x);
    }
  };
  const flopsPerTurn = STEPS * CHAINS * lanes * (isa === 'sse2' ? 1 : 2);
  return { code: turns(isa, zeros, multiplyAndAdd), flopsPerTurn };
}

/** Flops of a sample: 1 to 50 ms at 100 Gflops, and between these as many as the contenders compute. */
const FLOPS = { least: 1e8, most: 5e9 };

/** The rate at which the processor multiplies and adds from register to register; nobody where machine code cannot run. */
export function fmaPeak({ isa }: Bench, precision: Precision, threads: number, flops: number): Entrant[] {
  if (isa === undefined) return [];
  const { code, flopsPerTurn } = fmaLoop(isa, precision);
  const turnsEach = Math.ceil(Math.min(Math.max(flops, FLOPS.least), FLOPS.most) / flopsPerTurn / threads);
  const call = onThreads(
    code,
    Array.from({ length: threads }, () => [turnsEach, 0]),
  );
  return [{ contender: 'FMA peak', role: 'yardstick', call, perCall: turnsEach * flopsPerTurn * threads }];
}

/** Bytes that a turn reads: 8 cache lines. */
const TURN_BYTES = 512;
const LINE_BYTES = 64;

function streamLoop(isa: InstructionSet, kind: 'read' | 'update'): Uint8Array {
  const { register, bytes } = vectors[isa];
  const move = isa === 'sse2' ? 'movups' : 'vmovups';
  return turns(
    isa,
    () => undefined,
    (a) => {
      for (let displacement = 0; displacement < TURN_BYTES; displacement += bytes) {
        const vector = register((displacement / bytes) % 16);
        const place = mem({ base: rdx, displacement });
        a.emit(move, vector, place);
        if (kind === 'update') a.emit(move, place, vector);
      }
      a.add(rdx, TURN_BYTES);
    },
  );
}

/**
 * The rate at which an array is read from front to back, or (`update`) read and written back, each thread a part of it;
 * nobody where machine code cannot run.
 */
export function stream({ isa }: Bench, kind: 'read' | 'update', array: Elements, threads: number): Entrant[] {
  if (isa === undefined) return [];
  const first = Math.ceil(addressOf(array) / LINE_BYTES) * LINE_BYTES;
  const turnsOfAll = Math.floor((addressOf(array) + array.byteLength - first) / TURN_BYTES);
  const parts = Array.from({ length: threads + 1 }, (_, part) => Math.floor((part * turnsOfAll) / threads));
  const call = onThreads(
    streamLoop(isa, kind),
    parts.slice(1).map((end, part) => [end - parts[part]!, first + parts[part]! * TURN_BYTES]),
  );
  const contender = kind === 'read' ? 'plain read' : 'plain read and write';
  return [{ contender, role: 'yardstick', call, perCall: turnsOfAll * TURN_BYTES }];
}
