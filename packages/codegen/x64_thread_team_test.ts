import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, allocate, load, startThread } from '@paratune/native';
import { Assembler } from './x64_assembler.ts';
import { eax, edi, mem, rax, rdi } from './x64_operands.ts';
import { threadTeamAbi, x64ThreadTeam } from './x64_thread_team.ts';

const linux = process.platform === 'linux' && process.arch === 'x64' ? false : 'the code is for Linux on x86-64';

const { callFields, callLength, firstMailboxBytes, mailboxBytes, threadIdOffset, status } = threadTeamAbi;
const GETTID = 186;
const EXIT = 60;

/** A team of its own, with helpers started or not, and a function that runs a kernel on blocks of 8 integers. */
function makeTeam(helpers: number, started: number) {
  const { bytes, helperOffset } = x64ThreadTeam();
  const run = load(bytes);
  const words = allocate(Int32Array, 1024);
  for (let helper = 0; helper < started; helper++) {
    startThread(run.address + helperOffset, addressOf(words) + firstMailboxBytes + helper * mailboxBytes);
  }
  const blocks = allocate(BigInt64Array, 8 * (helpers + 1));
  const call = new Float64Array(callLength);
  call[callFields.team] = addressOf(words);
  call[callFields.helpers] = helpers;
  call[callFields.blocks] = addressOf(blocks);
  call[callFields.blockBytes] = 64;
  const threadId = (helper: number) => (firstMailboxBytes + helper * mailboxBytes + threadIdOffset) / 4;
  return {
    words,
    blocks,
    threadIdOf: (helper: number) => Atomics.load(words, threadId(helper)),
    compute(kernel: { address: number }) {
      call[callFields.kernel] = kernel.address;
      call[callFields.status] = -1;
      run(call);
      return call[callFields.status];
    },
  };
}

function kernelOf(build: (a: Assembler) => void) {
  const a = new Assembler();
  build(a);
  return load(a.finish().bytes);
}

/** block[0] += 1; block[1] = the thread's id. */
const counting = () =>
  kernelOf((a) => {
    a.inc(mem({ base: rdi, bytes: 8 }));
    a.mov(eax, GETTID);
    a.syscall();
    a.mov(mem({ base: rdi, displacement: 8 }), rax);
    a.ret();
  });

/** The caller (block[0] = 0) waits until the helper has come to *block[1]; the helper does `then`. */
const meeting = (then: (a: Assembler) => void) =>
  kernelOf((a) => {
    const [caller, wait] = [a.label('caller'), a.label('wait')];
    a.mov(rax, mem({ base: rdi, displacement: 8 }));
    a.cmp(mem({ base: rdi, bytes: 8 }), 0);
    a.je(caller);
    a.mov(mem({ base: rax, bytes: 4 }), 1);
    then(a);
    a.ret();
    a.bind(caller);
    a.bind(wait);
    a.pause();
    a.cmp(mem({ base: rax, bytes: 4 }), 0);
    a.je(wait);
    a.ret();
  });

test('every piece is computed once, however many helpers there are', { skip: linux }, () => {
  const kernel = counting();
  for (const [helpers, started] of [
    [0, 0],
    [1, 0],
    [1, 1],
    [3, 1],
    [5, 5],
  ] as const) {
    const { blocks, compute } = makeTeam(helpers, started);
    for (let call = 1; call <= 2000; call++) {
      assert.equal(compute(kernel), status.done);
      for (let piece = 0; piece <= helpers; piece++) assert.equal(blocks[8 * piece], BigInt(call));
    }
  }
});

test('a helper computes beside the caller, also after it slept', { skip: linux }, () => {
  const kernel = meeting(() => {});
  const { blocks, compute } = makeTeam(1, 1);
  const met = allocate(Int32Array, 1);
  blocks.set([0n, BigInt(addressOf(met))], 0);
  blocks.set([1n, BigInt(addressOf(met))], 8);
  for (let call = 0; call < 5; call++) {
    met[0] = 0;
    assert.equal(compute(kernel), status.done);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
});

test('a second caller is told that the team is busy, and nothing is computed', { skip: linux }, () => {
  const { words, blocks, compute } = makeTeam(1, 1);
  words[0] = 1;
  assert.equal(compute(counting()), status.busy);
  assert.equal(blocks[0], 0n);
  words[0] = 0;
  assert.equal(compute(counting()), status.done);
});

test('a helper that dies in its piece is reported, and its mailbox is free for another', { skip: linux }, () => {
  const { blocks, compute, threadIdOf } = makeTeam(1, 1);
  const met = allocate(Int32Array, 1);
  blocks.set([0n, BigInt(addressOf(met))], 0);
  blocks.set([1n, BigInt(addressOf(met))], 8);
  const dying = meeting((a) => {
    a.mov(eax, EXIT);
    a.xor(edi, edi);
    a.syscall();
  });
  assert.equal(compute(dying), status.lost);
  assert.equal(threadIdOf(0), 0);
  blocks.fill(0n);
  assert.equal(compute(counting()), status.done);
  assert.equal(blocks[8], 1n);
  assert.equal(blocks[9], blocks[1], 'the caller did both');
});
