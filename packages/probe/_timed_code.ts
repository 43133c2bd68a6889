import {
  Assembler,
  type Gpr64,
  loop,
  type Memory,
  mem,
  r8,
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
  rsp,
} from '@paratune/codegen';

/** Dependent additions in the calibration beside each sample: one core cycle each, some 4 microseconds in all. */
export const CALIBRATION_ADDS = 16384;
const ADDS_A_TURN = 64;

const calleeSaved: readonly Gpr64[] = [rbx, rbp, r12, r13, r14, r15];

/** The 64-bit words of a timed function's argument block. */
export const blockWords = { entry: 0, argument: 1, count: 2, turns: 3, before: 4, work: 5, after: 6, end: 7 } as const;

/** The words of the stack frame, below the scratch area. */
const frameWords = { turns: 0, block: 1, callerStack: 2, start: 3, stop: 4 } as const;
const SCRATCH_OFFSET = 64;

/** What is timed. */
export interface TimedBody {
  /** Bytes of memory on the stack that the body may use, such as for what does not fit registers. */
  readonly scratchBytes?: number;
  /** Emitted in front of the timed part: it sets vector registers. Of general registers it leaves `rax`, `rcx` and `rdx` to the clock, and `rdi` and `r8` as they are. */
  readonly prepare?: (a: Assembler, scratch: (offset: number) => Memory) => void;
  /**
   * Emitted once in a loop. It finds the block's `argument` in `rdi` and its `count` in `r8`, has all general registers but
   * `rsp`, and what it leaves in `rdi` becomes the block's `end`.
   */
  readonly body: (a: Assembler, scratch: (offset: number) => Memory) => void;
  /** Emitted behind the timed part. */
  readonly finish?: (a: Assembler) => void;
}

/**
 * Machine code `void(int64_t *block)` of several bodies, of which it runs the one whose place the block's `entry` is, `turns` times.
 * It says how many ticks of the time-stamp counter that took (`work`), and how many a chain of {@linkcode CALIBRATION_ADDS} dependent
 * additions took right before and right after it: an addition is one core cycle, so that work can be told in core cycles whatever
 * the clock rate was just then.
 *
 * All bodies are one piece of code since pages of code are slow to come by in a guest.
 */
export function timedCode(bodies: readonly TimedBody[]): { bytes: Uint8Array; entries: readonly number[] } {
  const a = new Assembler();
  const start = a.label('start');
  a.bind(start);
  a.lea(rax, mem({ base: start }));
  a.add(rax, mem({ base: rdi, displacement: blockWords.entry * 8 }));
  a.jmp(rax);
  const labels = bodies.map((body) => {
    const entry = a.label('entry');
    a.align(64);
    a.bind(entry);
    emitTimed(a, body);
    return entry;
  });
  const { bytes, offsetOf } = a.finish();
  return { bytes, entries: labels.map(offsetOf) };
}

/** Emits a function that times one body. */
function emitTimed(a: Assembler, { scratchBytes = 0, prepare, body, finish }: TimedBody): void {
  const frame = (name: keyof typeof frameWords) => mem({ base: rsp, displacement: frameWords[name] * 8, bytes: 8 });
  const word = (name: keyof typeof blockWords) => mem({ base: rcx, displacement: blockWords[name] * 8, bytes: 8 });
  const scratch = (offset: number) => mem({ base: rsp, displacement: SCRATCH_OFFSET + offset });

  /** Leaves the counter in `rax`, after all that comes before and ahead of all that comes after. */
  const readCounter = () => {
    a.lfence();
    a.rdtsc();
    a.lfence();
    a.shl(rdx, 32);
    a.or(rax, rdx);
  };
  /** Times what `emit` emits, and keeps the ticks in a word of the block. */
  const time = (name: 'before' | 'work' | 'after', emit: () => void) => {
    readCounter();
    a.mov(frame('start'), rax);
    emit();
    readCounter();
    a.sub(rax, frame('start'));
    a.mov(rcx, frame('block'));
    a.mov(word(name), rax);
  };
  const calibrate = () => {
    a.mov(rcx, CALIBRATION_ADDS / ADDS_A_TURN);
    // A register is added and not a number: those chains some processors shorten when they rename registers.
    loop(a, rcx, () => {
      for (let i = 0; i < ADDS_A_TURN; i++) a.add(rax, rdx);
    });
  };

  for (const register of calleeSaved) a.push(register);
  a.mov(rax, rsp);
  a.sub(rsp, SCRATCH_OFFSET + Math.ceil(scratchBytes / 64) * 64);
  a.and(rsp, -64);
  a.mov(frame('callerStack'), rax);
  a.mov(frame('block'), rdi);
  time('before', calibrate);
  a.mov(rax, word('turns'));
  a.mov(frame('turns'), rax);
  a.mov(rdi, word('argument'));
  a.mov(r8, word('count'));
  prepare?.(a, scratch);
  time('work', () => {
    const turn = a.label('turn');
    a.align(64);
    a.bind(turn);
    body(a, scratch);
    a.dec(frame('turns'));
    a.jnz(turn);
  });
  finish?.(a);
  a.mov(word('end'), rdi);
  time('after', calibrate);
  a.mov(rsp, frame('callerStack'));
  for (const register of [...calleeSaved].reverse()) a.pop(register);
  a.ret();
}
