import {
  Assembler,
  eax,
  ecx,
  edx,
  type Gpr64,
  type Label,
  type Memory,
  mem,
  r8,
  r9,
  r10,
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
  xmm,
} from '@paratune/codegen';
import { layout, type Role } from './_region.ts';
import type { Fences } from './benchmarks.ts';

/** The fields of the block of 64-bit words that every loop takes, which is also where it leaves off and goes on from. */
const fields = [
  'region',
  'remaining',
  'samples',
  'sampleStride',
  'lastTick',
  'spins',
  'phase',
  'status',
  'buffer',
  'bytes',
  'violations',
  'readFrom',
  'writeTo',
  'offset',
  'result',
] as const;

/** Index of each field. */
export const blockFields = Object.fromEntries(fields.map((name, index) => [name, index])) as Record<
  (typeof fields)[number],
  number
>;

/** Its length in 64-bit words. */
export const blockLength = fields.length;

/** What a loop leaves in the field `status`: it is done; the other side let it wait; the system said something else than "done". */
export const loopStatus = { done: 0, waiting: 1, system: 2 } as const;

// What the loops keep where.
const [block, region, remaining, samples, spins, last] = [rbx, rbp, r12, r13, r14, r15];
const kept: readonly Gpr64[] = [block, region, remaining, samples, spins, last];
const field = (name: (typeof fields)[number]): Memory =>
  mem({ base: block, displacement: 8 * blockFields[name], bytes: 8 });
const word = (offset: number): Memory => mem({ base: region, displacement: offset, bytes: 4 });
const long = (offset: number): Memory => mem({ base: region, displacement: offset, bytes: 8 });

// Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/linux/socket.h.
const system = { read: 0, write: 1, sched_yield: 24, sendto: 44, recvfrom: 45 } as const;
const MSG_NOSIGNAL = 0x4000;

const savedFields = [
  ['remaining', remaining],
  ['samples', samples],
  ['lastTick', last],
] as const;

/**
 * A loop as a function of its block: `body` emits it and jumps to `wait` where it has waited long enough, with the field `phase`
 * set to where it goes on.
 */
function loopFunction(body: (a: Assembler, wait: Label, fail: Label) => void): Uint8Array {
  const a = new Assembler();
  const [wait, fail, leave] = [a.label('wait'), a.label('fail'), a.label('leave')];
  for (const register of kept) a.push(register);
  a.mov(block, rdi);
  a.mov(region, field('region'));
  for (const [name, register] of savedFields) a.mov(register, field(name));
  body(a, wait, fail);
  a.mov(field('phase'), 0);
  a.mov(field('status'), loopStatus.done);
  a.bind(leave);
  for (const [name, register] of savedFields) a.mov(field(name), register);
  for (const register of [...kept].reverse()) a.pop(register);
  a.ret();
  a.bind(wait);
  a.mov(field('status'), loopStatus.waiting);
  a.jmp(leave);
  a.bind(fail);
  a.mov(field('status'), loopStatus.system);
  a.jmp(leave);
  return a.finish().bytes;
}

/**
 * Stores the ticks since the last time, at most 2^32 - 1. It stands behind the store that hands control over, so that its cost
 * falls into the wait for the other side; rax, rdx are lost.
 */
function emitSample(a: Assembler): void {
  const fits = a.label('fits');
  a.lfence();
  a.rdtsc();
  a.shl(rdx, 32);
  a.or(rax, rdx);
  a.mov(rdx, rax);
  a.sub(rdx, last);
  a.mov(last, rax);
  a.mov(rax, rdx);
  a.shr(rax, 32);
  a.jz(fits);
  a.mov(edx, -1);
  a.bind(fits);
  a.mov(mem({ base: samples, bytes: 4 }), edx);
  a.add(samples, field('sampleStride'));
}

/** Counts a look in vain, goes back to look again or gives up for now; on one CPU the other side is let run. rax, rcx, r11 are lost then. */
function emitLookAgain(a: Assembler, again: Label, wait: Label, yields: boolean): void {
  if (yields) {
    a.mov(eax, system.sched_yield);
    a.syscall();
  }
  a.dec(spins);
  a.jnz(again);
  a.jmp(wait);
}

/** What a spinning loop is made for. */
export interface SpinOptions {
  role: Role;
  /** Whether both sides share a CPU, so that to wait is to yield. */
  yields: boolean;
}

/** Raw: one variable says whose turn it is. */
export function rawLoop({ role, yields }: SpinOptions): Uint8Array {
  return loopFunction((a, wait) => {
    const [loop, spin, mine] = [a.label('loop'), a.label('spin'), a.label('mine')];
    a.bind(loop);
    a.mov(spins, field('spins'));
    a.bind(spin);
    a.cmp(word(layout.flag), role);
    a.je(mine);
    emitLookAgain(a, spin, wait, yields);
    a.bind(mine);
    a.mov(word(layout.flag), 1 - role);
    emitSample(a);
    a.dec(remaining);
    a.jnz(loop);
  });
}

const phases = { outside: 0, ticketTaken: 1 } as const;

/**
 * Lamport's bakery algorithm for two (A new solution of Dijkstra's concurrent programming problem, 1974) around `critical`,
 * which jumps to `refuse` when it is not this side's turn.
 */
function bakeryLoop(
  { role, yields }: SpinOptions,
  fences: Fences,
  critical: (a: Assembler, refuse: Label) => void,
): Uint8Array {
  const [own, other] = [layout.tickets[role], layout.tickets[1 - role]!];
  const store = (a: Assembler, at: Memory, value: 0 | 1, fence: boolean) => {
    if (!fence) return a.mov(at, value);
    // An exchange with memory is a full fence, and cheaper than the store and mfence.
    a.mov(eax, value);
    a.xchg(at, eax);
  };
  return loopFunction((a, wait) => {
    const [loop, retry, choosing] = [a.label('loop'), a.label('retry'), a.label('choosing')];
    const [number, enter, refuse, done] = [a.label('number'), a.label('enter'), a.label('refuse'), a.label('done')];
    const [wait0, wait1, resumed] = [a.label('waitOutside'), a.label('waitWithTicket'), a.label('resumed')];
    a.mov(spins, field('spins'));
    a.cmp(field('phase'), phases.ticketTaken);
    a.je(resumed);
    a.bind(loop);
    a.mov(spins, field('spins'));
    a.bind(retry);
    a.comment(
      'P: say that a number is being chosen; fence 1, since the load of the other number must not pass this store',
    );
    store(a, word(own + layout.choosing), 1, fences === 'both' || fences === 'first');
    a.mov(rdx, long(other + layout.number));
    a.inc(rdx);
    a.mov(long(own + layout.number), rdx);
    a.comment('chosen; fence 2, since the loads below must not pass the stores of the own number');
    store(a, word(own + layout.choosing), 0, fences === 'both' || fences === 'second');
    a.comment('rdx: the least number of the other that lets this side pass; equal numbers go by role');
    if (role === 1) a.inc(rdx);
    a.bind(choosing);
    a.cmp(word(other + layout.choosing), 0);
    a.je(number);
    // rdx is kept: the system gives it back as it found it.
    emitLookAgain(a, choosing, wait1, yields);
    a.bind(number);
    a.mov(rax, long(other + layout.number));
    a.test(rax, rax);
    a.jz(enter);
    a.cmp(rax, rdx);
    a.jae(enter);
    emitLookAgain(a, number, wait1, yields);
    a.bind(enter);
    critical(a, refuse);
    a.comment('V');
    a.mov(long(own + layout.number), 0);
    emitSample(a);
    a.dec(remaining);
    a.jnz(loop);
    a.jmp(done);

    a.bind(refuse);
    a.mov(long(own + layout.number), 0);
    emitLookAgain(a, retry, wait0, yields);
    a.bind(resumed);
    a.mov(rdx, long(own + layout.number));
    if (role === 1) a.inc(rdx);
    a.jmp(choosing);
    a.bind(wait0);
    a.mov(field('phase'), phases.outside);
    a.jmp(wait);
    a.bind(wait1);
    a.mov(field('phase'), phases.ticketTaken);
    a.jmp(wait);
    a.bind(done);
  });
}

/** Copies `bytes`, a multiple of 8; rcx, r10, r11 and the lowest vector registers are lost. */
function emitCopy(a: Assembler, to: Gpr64, from: Gpr64, bytes: number): void {
  const [line, step] = [64, 16];
  const whole = Math.floor(bytes / line);
  if (whole > 0) {
    const loop = a.label('copy');
    a.mov(ecx, whole);
    a.bind(loop);
    for (let at = 0; at < line; at += step) a.movups(xmm(at / step), mem({ base: from, displacement: at }));
    for (let at = 0; at < line; at += step) a.movups(mem({ base: to, displacement: at }), xmm(at / step));
    a.add(from, line);
    a.add(to, line);
    a.dec(rcx);
    a.jnz(loop);
  }
  for (let at = 0; at < bytes % line; at += 8) {
    a.mov(r10, mem({ base: from, displacement: at, bytes: 8 }));
    a.mov(mem({ base: to, displacement: at, bytes: 8 }), r10);
  }
}

/**
 * Sync: the sides enter in turn, and each counts the integer up. With a message, each copies the other's to a buffer of its own
 * and leaves one, whose first and last words are the integer: a side that finds another one there counts a violation.
 */
export function syncLoop(options: SpinOptions, messageBytes: number, fences: Fences = 'both'): Uint8Array {
  return bakeryLoop(options, fences, (a, refuse) => {
    const value = r9;
    a.mov(value, long(layout.counter));
    a.mov(rax, value);
    a.and(eax, 1);
    a.cmp(eax, options.role);
    a.jne(refuse);
    if (messageBytes > 0) {
      const [first, last, bad] = [rdi, r8, a.label('bad')];
      const good = a.label('good');
      a.mov(first, field('buffer'));
      a.lea(rsi, long(layout.message));
      emitCopy(a, first, rsi, messageBytes);
      a.mov(first, field('buffer'));
      a.lea(last, mem({ base: first, displacement: messageBytes - 8 }));
      a.cmp(mem({ base: first, bytes: 8 }), value);
      a.jne(bad);
      a.cmp(mem({ base: last, bytes: 8 }), value);
      a.je(good);
      a.bind(bad);
      a.inc(field('violations'));
      a.bind(good);
      a.lea(rax, mem({ base: value, displacement: 1 }));
      a.mov(mem({ base: first, bytes: 8 }), rax);
      a.mov(mem({ base: last, bytes: 8 }), rax);
      a.mov(rsi, first);
      a.lea(rdi, long(layout.message));
      emitCopy(a, rdi, rsi, messageBytes);
    }
    a.inc(value);
    a.mov(long(layout.counter), value);
  });
}

/** The stress test: whoever is inside says so, counts the integer up and finds itself alone, or counts a violation. */
export function stressLoop(options: SpinOptions, fences: Fences): Uint8Array {
  return bakeryLoop(options, fences, (a) => {
    const alone = a.label('alone');
    a.mov(word(layout.owner), options.role + 1);
    a.mov(r9, long(layout.counter));
    a.inc(r9);
    a.mov(long(layout.counter), r9);
    a.comment('a while inside, so that another one there is seen');
    for (let i = 0; i < 4; i++) a.pause();
    a.cmp(word(layout.owner), options.role + 1);
    a.je(alone);
    a.inc(field('violations'));
    a.bind(alone);
  });
}

/** Whether a loop over files passes on what it got (role 1), or sends first (role 0). */
export interface ExchangeOptions {
  role: Role;
  /** `send` and `recv` for sockets, `write` and `read` for everything else. */
  calls: 'socket' | 'file';
}

/** TCP and its like: alternating calls to the system, that block. */
export function exchangeLoop({ role, calls }: ExchangeOptions): Uint8Array {
  const socket = calls === 'socket';
  const transfer = (a: Assembler, what: 'read' | 'write', phase: 0 | 1, stop: Label) => {
    const [again, short] = [a.label(what), a.label(`${what}Short`)];
    a.bind(again);
    a.mov(rdi, field(what === 'read' ? 'readFrom' : 'writeTo'));
    a.mov(rsi, field('buffer'));
    a.mov(rdx, field('bytes'));
    a.add(rsi, field('offset'));
    a.sub(rdx, field('offset'));
    if (socket) {
      a.mov(r10.as(32), what === 'read' ? 0 : MSG_NOSIGNAL);
      a.xor(r8.as(32), r8.as(32));
      a.xor(r9.as(32), r9.as(32));
    }
    a.mov(eax, socket ? system[what === 'read' ? 'recvfrom' : 'sendto'] : system[what]);
    a.syscall();
    a.test(rax, rax);
    a.jle(short);
    a.add(rax, field('offset'));
    a.mov(field('offset'), rax);
    a.cmp(rax, field('bytes'));
    a.jb(again);
    const done = a.label(`${what}Done`);
    a.jmp(done);
    a.bind(short);
    a.mov(field('result'), rax);
    a.mov(field('phase'), phase);
    a.jmp(stop);
    a.bind(done);
    a.mov(field('offset'), 0);
  };
  return loopFunction((a, _wait, fail) => {
    const [loop, second] = [a.label('loop'), a.label('second')];
    a.cmp(field('phase'), 1);
    a.je(second);
    a.bind(loop);
    transfer(a, role === 0 ? 'write' : 'read', 0, fail);
    a.bind(second);
    transfer(a, role === 0 ? 'read' : 'write', 1, fail);
    emitSample(a);
    a.dec(remaining);
    a.jnz(loop);
  });
}

/** Any call to the system: its number and six arguments in a block of 64-bit words, its result. */
export function systemCallCode(): Uint8Array {
  const a = new Assembler();
  a.push(rbx);
  a.mov(rbx, rdi);
  const argument = (index: number) => mem({ base: rbx, displacement: 8 * index, bytes: 8 });
  a.mov(rax, argument(0));
  for (const [index, register] of [rdi, rsi, rdx, r10, r8, r9].entries()) a.mov(register, argument(index + 1));
  a.syscall();
  a.pop(rbx);
  a.ret();
  return a.finish().bytes;
}
