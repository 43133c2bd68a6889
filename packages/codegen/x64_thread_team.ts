import { Assembler } from './x64_assembler.ts';
import {
  eax,
  ecx,
  edi,
  edx,
  esi,
  type Gpr64,
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
  rdi,
  rdx,
  rsi,
  rsp,
} from './x64_operands.ts';

/** A field of the block that the `run` of a thread team takes; see {@linkcode threadTeamAbi}. */
export type ThreadTeamCallField = (typeof callFields)[number];

const callFields = ['team', 'helpers', 'kernel', 'blocks', 'blockBytes', 'status'] as const;

/** How the machine code of a thread team is called, and what its memory looks like. */
export interface ThreadTeamAbi {
  /** Index of each field in the block of doubles that `run` is given. */
  callFields: Record<ThreadTeamCallField, number>;
  /** Length of that block, in doubles. */
  callLength: number;
  /** What `run` leaves in the field `status`. */
  status: { done: 0; busy: 1; lost: 2 };
  /** Bytes from the team's memory, zero at first, to the mailbox of helper 0. */
  firstMailboxBytes: number;
  /** Bytes from one mailbox to the next. */
  mailboxBytes: number;
  /** Bytes from a mailbox to the 32-bit word that is the system's id of the helper's thread, 0 while there is none. */
  threadIdOffset: number;
  /** Bytes from a mailbox to the 32-bit word that is 1 while the helper sleeps, 0 while it works or looks for work. */
  sleepsOffset: number;
}

/**
 * The interface of {@linkcode x64ThreadTeam}.
 *
 * `run` takes a block of doubles: the address of the team's memory, how many helpers are to take part, the address of a
 * kernel `void kernel(double *block)`, the address of `helpers + 1` argument blocks, and the bytes from one to the next.
 * It writes `status`: done; busy, when another thread has the team and nothing was computed; lost, when a helper's thread
 * ended in the middle of its piece, so that this one may be half done.
 *
 * @example
 * ```ts
 * import { threadTeamAbi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const call = new Float64Array(threadTeamAbi.callLength);
 * call[threadTeamAbi.callFields.helpers] = 1;
 * assert.equal(threadTeamAbi.callFields.team, 0);
 * assert.ok(threadTeamAbi.threadIdOffset < threadTeamAbi.mailboxBytes);
 * ```
 */
export const threadTeamAbi: ThreadTeamAbi = {
  callFields: Object.fromEntries(callFields.map((name, index) => [name, index])) as Record<ThreadTeamCallField, number>,
  callLength: callFields.length,
  status: { done: 0, busy: 1, lost: 2 },
  firstMailboxBytes: 128,
  // Two cache lines, which the hardware's prefetchers of neighbours take for one.
  mailboxBytes: 128,
  threadIdOffset: 12,
  sleepsOffset: 4,
};

/** The states of a mailbox: each change but `posted` to `taken` or back to `empty` has one thread that may make it. */
const state = { empty: 0, posted: 1, taken: 2, finished: 3 } as const;

const mailbox = {
  state: 0,
  helperSleeps: threadTeamAbi.sleepsOffset,
  callerSleeps: 8,
  threadId: threadTeamAbi.threadIdOffset,
  kernel: 16,
  block: 24,
};

// Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/linux/futex.h, prctl.h.
const system = { rt_sigprocmask: 14, prctl: 157, futex: 202, set_tid_address: 218 } as const;
const FUTEX_WAIT_PRIVATE = 128;
const FUTEX_WAKE_PRIVATE = 129;
const PR_SET_NAME = 15;
const SIG_BLOCK = 0;
const SIGNAL_SET_BYTES = 8;

/**
 * Ticks of the time-stamp counter to look for work, or for its end, before sleeping: 50 to 100 microseconds at 2 to 4 GHz,
 * about what it takes to put a thread to sleep and to wake it.
 */
const SPIN_TICKS = 200_000;

/** How long a caller sleeps before it looks whether the helper it waits for is still there. */
const LIVENESS_NANOSECONDS = 50_000_000n;

const calleeSaved: readonly Gpr64[] = [rbx, rbp, r12, r13, r14, r15];

const at = (base: Gpr64, displacement: number) => mem({ base, displacement });
const word = (base: Gpr64, displacement: number) => mem({ base, displacement, bytes: 4 });

/** Calls the system; rax, rcx and r11 are lost. */
function emitSystemCall(a: Assembler, number: number): void {
  a.mov(eax, number);
  a.syscall();
}

/** Wakes the thread that sleeps on a mailbox's state, when its flag says that there is one. */
function emitWake(a: Assembler, box: Gpr64, flag: number): void {
  const awake = a.label('awake');
  a.cmp(word(box, flag), 0);
  a.je(awake);
  a.lea(rdi, at(box, mailbox.state));
  a.mov(esi, FUTEX_WAKE_PRIVATE);
  a.mov(edx, 1);
  emitSystemCall(a, system.futex);
  a.bind(awake);
}

/** Jumps to `changed` once the state is `wanted`, and goes on when it has not become that for a while; rax, rdx, r9 are lost. */
function emitSpin(a: Assembler, box: Gpr64, wanted: number, changed: ReturnType<Assembler['label']>): void {
  const spin = a.label('spin');
  const readCounter = () => {
    a.rdtsc();
    a.shl(rdx, 32);
    a.or(rax, rdx);
  };
  readCounter();
  a.lea(r9, at(rax, SPIN_TICKS));
  a.bind(spin);
  a.cmp(word(box, mailbox.state), wanted);
  a.je(changed);
  a.pause();
  readCounter();
  a.cmp(rax, r9);
  a.jb(spin);
}

/**
 * Sleeps while the state is what esi holds: says so first, so that whoever changes it knows to wake; an exchange, since
 * the flag must be seen before the system looks at the state. r10 is the address of a time-out or 0.
 */
function emitSleep(a: Assembler, box: Gpr64, flag: number): void {
  a.mov(eax, 1);
  a.xchg(word(box, flag), eax);
  a.mov(edx, esi);
  a.lea(rdi, at(box, mailbox.state));
  a.mov(esi, FUTEX_WAIT_PRIVATE);
  emitSystemCall(a, system.futex);
  a.mov(word(box, flag), 0);
}

/** `run`: the caller's side. */
function emitRun(a: Assembler): void {
  const [team, left, call, block, kernel, box] = [rbx, rbp, r12, r13, r14, r15];
  const blockBytes = r8;
  const field = (name: ThreadTeamCallField) => at(call, 8 * threadTeamAbi.callFields[name]);
  const status = (value: number) => {
    a.mov(rax, new BigUint64Array(Float64Array.of(value).buffer)[0]!);
    a.mov(field('status'), rax);
  };
  const eachMailbox = (name: string, body: (next: ReturnType<Assembler['label']>) => void) => {
    const [loop, next, end] = [a.label(name), a.label(`${name}Next`), a.label(`${name}End`)];
    a.lea(box, at(team, threadTeamAbi.firstMailboxBytes));
    a.cvttsd2si(left, field('helpers'));
    a.bind(loop);
    a.dec(left);
    a.js(end);
    body(next);
    a.bind(next);
    a.add(box, threadTeamAbi.mailboxBytes);
    a.jmp(loop);
    a.bind(end);
  };
  const [busy, leave] = [a.label('busy'), a.label('leave')];

  for (const register of calleeSaved) a.push(register);
  a.sub(rsp, 8); // calls want a stack aligned to 16 bytes
  a.mov(call, rdi);
  a.cvttsd2si(team, field('team'));
  a.comment('the team serves one caller at a time');
  a.xor(eax, eax);
  a.mov(ecx, 1);
  a.lockCmpxchg(word(team, 0), ecx);
  a.jne(busy);
  status(threadTeamAbi.status.done);
  a.cvttsd2si(kernel, field('kernel'));
  a.cvttsd2si(block, field('blocks'));
  a.cvttsd2si(blockBytes, field('blockBytes'));

  a.comment('post a piece to each helper');
  eachMailbox('post', () => {
    a.add(block, blockBytes);
    a.mov(at(box, mailbox.kernel), kernel);
    a.mov(at(box, mailbox.block), block);
    a.mov(eax, state.posted);
    a.xchg(word(box, mailbox.state), eax);
    emitWake(a, box, mailbox.helperSleeps);
  });

  a.comment('the first piece is the own one');
  a.cvttsd2si(rdi, field('blocks'));
  a.call(kernel);

  a.comment('wait for the helpers; a piece that none has begun is taken back');
  eachMailbox('join', (next) => {
    const [taken, sleep, gone, finished] = ['taken', 'sleep', 'gone', 'finished'].map((name) => a.label(name)) as [
      ReturnType<Assembler['label']>,
      ReturnType<Assembler['label']>,
      ReturnType<Assembler['label']>,
      ReturnType<Assembler['label']>,
    ];
    a.mov(eax, state.posted);
    a.xor(ecx, ecx);
    a.lockCmpxchg(word(box, mailbox.state), ecx);
    a.jne(taken);
    a.mov(rdi, at(box, mailbox.block));
    a.call(kernel);
    a.jmp(next);
    a.bind(taken);
    emitSpin(a, box, state.finished, finished);
    a.bind(sleep);
    a.mov(esi, state.taken);
    a.lea(r10, a.constant(BigInt64Array.of(0n, LIVENESS_NANOSECONDS), 16));
    emitSleep(a, box, mailbox.callerSleeps);
    a.cmp(word(box, mailbox.threadId), 0);
    a.je(gone);
    a.cmp(word(box, mailbox.state), state.finished);
    a.jne(sleep);
    a.jmp(finished);
    a.bind(gone);
    a.cmp(word(box, mailbox.state), state.finished);
    a.je(finished);
    status(threadTeamAbi.status.lost);
    a.bind(finished);
    a.mov(word(box, mailbox.state), state.empty);
  });
  a.mov(word(team, 0), 0);
  a.bind(leave);
  a.add(rsp, 8);
  for (const register of [...calleeSaved].reverse()) a.pop(register);
  a.ret();
  a.bind(busy);
  status(threadTeamAbi.status.busy);
  a.jmp(leave);
}

/** The helper's side: the whole life of its thread, which begins with the address of its mailbox and does not end. */
function emitHelper(a: Assembler): void {
  const box = rbx;
  const [park, work] = [a.label('park'), a.label('work')];
  a.mov(box, rdi);
  a.and(rsp, -16);
  a.sub(rsp, 16);
  a.comment("signals are for the program's own threads");
  a.mov(mem({ base: rsp, bytes: 8 }), -1);
  a.mov(edi, SIG_BLOCK);
  a.mov(rsi, rsp);
  a.xor(edx, edx);
  a.mov(r10, SIGNAL_SET_BYTES);
  emitSystemCall(a, system.rt_sigprocmask);
  a.mov(edi, PR_SET_NAME);
  a.lea(rsi, a.constant(new TextEncoder().encode('paratune-helper\0')));
  emitSystemCall(a, system.prctl);
  a.comment('the system clears this word when the thread ends, whatever ends it');
  a.mov(word(box, mailbox.helperSleeps), 0);
  a.lea(rdi, at(box, mailbox.threadId));
  emitSystemCall(a, system.set_tid_address);
  a.mov(word(box, mailbox.threadId), eax);

  a.bind(park);
  emitSpin(a, box, state.posted, work);
  a.mov(esi, word(box, mailbox.state));
  a.cmp(esi, state.posted);
  a.je(work);
  a.xor(r10.as(32), r10.as(32));
  emitSleep(a, box, mailbox.helperSleeps);
  a.jmp(park);

  a.bind(work);
  a.mov(eax, state.posted);
  a.mov(ecx, state.taken);
  a.lockCmpxchg(word(box, mailbox.state), ecx);
  a.jne(park);
  a.mov(rdi, at(box, mailbox.block));
  a.call(at(box, mailbox.kernel));
  a.mov(eax, state.finished);
  a.xchg(word(box, mailbox.state), eax);
  emitWake(a, box, mailbox.callerSleeps);
  a.jmp(park);
}

/**
 * Generates the machine code of a team of threads for Linux: a caller hands out pieces of work to helpers and computes one
 * itself, without a system call where the helpers are awake.
 *
 * The entry, byte 0, is `void run(double *call)`: it posts a piece to each helper, computes the first piece, then waits for
 * the helpers, all described by {@linkcode threadTeamAbi}. The code at `helperOffset` is `void helper(void *mailbox)`, what
 * a helper's thread runs from its start: it looks for work for 50 to 100 microseconds, then sleeps (futex) until there is
 * some; it blocks all signals and never returns. Any kernel that takes one pointer will do, and each piece has an argument
 * block of its own.
 *
 * Nothing depends on the helpers being there: a piece that none has begun when the caller is done with its own is computed
 * by the caller (so a thread that is late, was never started or has died costs time only), and a caller that waits looks
 * every 50 ms whether the helper's thread still exists. One caller at a time has the team; another is told that it is busy.
 *
 * @returns The code, where the helper's part begins, the interface, and a function that lists the code in Intel syntax.
 * @example
 * ```ts
 * import { x64ThreadTeam } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const { bytes, helperOffset, listing } = x64ThreadTeam();
 * assert.ok(helperOffset > 0 && helperOffset < bytes.length);
 * assert.match(listing(), /lock cmpxchg/);
 * ```
 */
export function x64ThreadTeam(): {
  bytes: Uint8Array;
  helperOffset: number;
  abi: ThreadTeamAbi;
  listing: () => string;
} {
  const a = new Assembler();
  emitRun(a);
  a.align(64);
  const helper = a.label('helper');
  a.bind(helper);
  emitHelper(a);
  const code = a.finish();
  return {
    bytes: code.bytes,
    helperOffset: code.offsetOf(helper),
    abi: threadTeamAbi,
    listing: () => code.listing,
  };
}
