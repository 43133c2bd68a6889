import {
  type Assembler,
  type Gpr64,
  type Memory,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
} from '@paratune/codegen';
import { processor } from '@paratune/native';
import { type Point, Series } from './_series.ts';
import type { TimedBody } from './_timed_code.ts';
import { type Sample, timers } from './_timer.ts';
import { type Operation, type VectorSet, vectorSet, widestVectors } from './_vector_set.ts';

const CHAINS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
/** Instructions of a body, about: much more than the loop around it. */
const BODY_INSTRUCTIONS = 96;
const BODY_TURNS = 200;

const repeats = (chains: number) => Math.ceil(BODY_INSTRUCTIONS / chains);

/** A curve of one kind of instruction. */
export interface Curve {
  round(): void;
  points(): Point[];
  unload(): void;
}

function curve(xs: readonly number[], body: (x: number) => TimedBody, units: (x: number) => number): Curve {
  const { run, unload } = timers(xs.map(body));
  const series = new Series(xs);
  return {
    round: () => series.round((x) => run(xs.indexOf(x), { turns: BODY_TURNS })),
    points: () => series.points((x) => units(x) * BODY_TURNS),
    unload,
  };
}

/** What chains are made of: one operation, or a multiplication and the addition that waits for it. */
export type ChainLink = Operation | 'multiply, add';

/** Core cycles of an operation against the number of chains, in each of which one waits for the one before. */
export function chainCurve(set: VectorSet, link: ChainLink): Curve {
  const operations: readonly Operation[] = link === 'multiply, add' ? ['multiply', 'add'] : [link];
  const other = set.register(CHAINS.length);
  const body = (chains: number): TimedBody => ({
    prepare: (a) => {
      for (let i = 0; i <= CHAINS.length; i++) set.clear(a, set.register(i));
    },
    body: (a) => {
      for (let repeat = 0; repeat < repeats(chains); repeat++) {
        for (const operation of operations) {
          for (let i = 0; i < chains; i++) set.apply(a, operation, set.register(i), other);
        }
      }
    },
    finish: (a) => set.end(a),
  });
  return curve(CHAINS, body, (chains) => chains * repeats(chains));
}

/** Where each of some values is kept: in a register, or in memory when there are too few. */
interface Places<Register> {
  /** Emits `value[target] += value[source]`, of which either may be in memory. */
  add(a: Assembler, target: Register | Memory, source: Register | Memory, spare: Register): void;
  readonly registers: readonly Register[];
  readonly bytes: number;
  readonly prepare?: (a: Assembler, scratch: (offset: number) => Memory) => void;
  readonly finish?: (a: Assembler) => void;
}

const PASSES = 4;
/** Values beyond the registers, at most, and one more since a register then carries values. */
const MOST_SPILLED = 13;

/** Core cycles of adding each of x values to the next one round and round, where as many as can are kept in registers. */
function spillCurve<Register>(counts: readonly number[], places: Places<Register>): Curve {
  const { add, registers, bytes, prepare, finish } = places;
  const body = (count: number): TimedBody => {
    // As soon as one value is in memory, a register is needed to carry values.
    const kept = count <= registers.length ? count : registers.length - 1;
    const spare = registers.at(-1)!;
    return {
      scratchBytes: MOST_SPILLED * bytes,
      ...(prepare && { prepare }),
      body: (a, scratch) => {
        const place = (value: number) => (value < kept ? registers[value]! : scratch((value - kept) * bytes));
        for (let pass = 0; pass < PASSES; pass++) {
          for (let value = 0; value < count; value++) add(a, place(value), place((value + count - 1) % count), spare);
        }
      },
      ...(finish && { finish }),
    };
  };
  return curve(counts, body, () => PASSES);
}

const between = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The floating-point registers of the widest set: cycles of a round against how many values it goes through. */
export function fpSpillCurve(): Curve {
  const set = widestVectors();
  const isMemory = (place: unknown): place is Memory => (place as Memory).kind === 'memory';
  return spillCurve(between(4, set.registers + MOST_SPILLED - 1), {
    registers: Array.from({ length: set.registers }, (_, number) => set.register(number)),
    bytes: set.bytes,
    prepare: (a, scratch) => {
      for (let i = 0; i < set.registers; i++) set.clear(a, set.register(i));
      for (let i = 0; i < MOST_SPILLED; i++) a.emit(set.store, scratch(i * set.bytes), set.register(0));
    },
    finish: (a) => set.end(a),
    add(a, target, source, spare) {
      if (!isMemory(target)) return set.apply(a, 'add', target, source);
      a.emit(set.load, spare, source);
      set.apply(a, 'add', spare, target);
      a.emit(set.store, target, spare);
    },
  });
}

/** All general registers but the stack pointer, without which no signal could be served. */
const generalRegisters: readonly Gpr64[] = [
  ...[rax, rbx, rcx, rdx, rsi, rdi, rbp],
  ...[r8, r9, r10, r11, r12, r13, r14, r15],
];

/**
 * The same for integer registers. What is in memory is read back by half: some processors keep what is stored and loaded alike in
 * registers of their own (memory renaming), so that the whole would come back as if it had never left.
 */
export function integerSpillCurve(): Curve {
  return spillCurve(between(4, generalRegisters.length + MOST_SPILLED - 1), {
    registers: generalRegisters,
    bytes: 8,
    add(a, target, source, spare) {
      if (source.kind === 'memory') a.movsxd(spare, source);
      const from = source.kind === 'memory' ? spare : source;
      if (target.kind === 'memory') a.add(target, from);
      else a.add(target, from);
    },
  });
}

/** What a processor can be asked to begin in a cycle. */
const MIXES = {
  'integer additions': (a: Assembler, i: number) => a.add(generalRegisters[i % 12]!.as(32), rbp.as(32)),
  'integer additions and vector additions': (a: Assembler, i: number, set: VectorSet) =>
    i % 3 === 2
      ? set.apply(a, 'add', set.register(i % 12), set.register(12))
      : a.add(generalRegisters[i % 12]!.as(32), rbp.as(32)),
  'no operations': (a: Assembler) => a.nop(1),
} as const;

/** Instructions a cycle of some mixes of independent instructions: `x` is the number of the mix. */
export function issueCurve(): Curve {
  const set = widestVectors();
  const mixes = Object.values(MIXES);
  return curve(
    mixes.map((_, index) => index),
    (index) => ({
      prepare: (a) => {
        for (let i = 0; i <= 12; i++) set.clear(a, set.register(i));
      },
      body: (a) => {
        for (let i = 0; i < 12 * ISSUE_REPEATS; i++) mixes[index]!(a, i, set);
      },
      finish: (a) => set.end(a),
    }),
    () => 12 * ISSUE_REPEATS,
  );
}
const ISSUE_REPEATS = 32;

/** Multiply-adds on registers, of several instruction sets in several precisions. */
export interface Rates {
  readonly sets: readonly VectorSet[];
  /** One short run of a set by its index: Mflops by the time-stamp counter, whose ticks a second are given. */
  sample(index: number, hertz: number): { readonly mflops: number; readonly sample: Sample };
  unload(): void;
}

/** Accumulators: enough for two pipelines of six cycles. */
const ACCUMULATORS = 12;
const RATE_REPEATS = 4;
const RATE_TURNS = 2000;

/** Multiply-adds of each instruction set here and of scalars, in both precisions. */
export function registerRates(): Rates {
  const sets = (['scalar', ...processor().instructionSets] as const).flatMap((isa) => [
    vectorSet(isa, 'double'),
    vectorSet(isa, 'single'),
  ]);
  const { run, unload } = timers(
    sets.map((set) => ({
      prepare: (a) => {
        for (let i = 0; i <= ACCUMULATORS; i++) set.clear(a, set.register(i));
      },
      body: (a) => {
        const other = set.register(ACCUMULATORS);
        for (let i = 0; i < RATE_REPEATS * ACCUMULATORS; i++) {
          const target = set.register(i % ACCUMULATORS);
          // Without a fused instruction half of the accumulators add and half multiply.
          if (set.fused) set.apply(a, 'fma', target, other);
          else set.apply(a, i % 2 === 0 ? 'multiply' : 'add', target, other);
        }
      },
      finish: (a) => set.end(a),
    })),
  );
  return {
    sets,
    sample(index, hertz) {
      const { lanes, fused } = sets[index]!;
      const sample = run(index, { turns: RATE_TURNS });
      const flops = RATE_TURNS * RATE_REPEATS * ACCUMULATORS * lanes * (fused ? 2 : 1);
      return { mflops: (flops * hertz) / sample.ticks / 1e6, sample };
    },
    unload,
  };
}
