import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Assembler, eax, edi, mem, rax, rdi, threadTeamAbi } from '@paratune/codegen';
import { addressOf, allocate, commonMemory, load } from '@paratune/native';
import { defaults } from './_test_backends.ts';
import { runPieces, usableThreads } from './_thread_team.ts';
import { configure, dgemm, info, ThreadError } from './mod.ts';

const alone = info().backend === 'x64' && usableThreads() > 1 ? false : 'this thread has one CPU, or no machine code';

const n = 256;
const [A, B] = [3, 5].map((step) => Float64Array.from({ length: n * n }, (_, i) => ((i * step) % 17) - 8));
function product(): Float64Array {
  return dgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A!, n, B!, n, 0, new Float64Array(n * n), n);
}

describe('a team of threads', { skip: alone }, () => {
  afterEach(() => {
    configure(defaults);
  });

  test('a helper that dies is an error, not a hang, and the next call has another', () => {
    configure({ threads: 1 });
    const expected = product();
    // The caller (block[0] = 0) waits until the helper has begun; the helper then ends its thread: exit(0).
    const a = new Assembler();
    const [caller, wait] = [a.label('caller'), a.label('wait')];
    a.mov(rax, mem({ base: rdi, displacement: 8 }));
    a.cmp(mem({ base: rdi, bytes: 8 }), 0);
    a.je(caller);
    a.mov(mem({ base: rax, bytes: 4 }), 1);
    a.mov(eax, 60);
    a.xor(edi, edi);
    a.syscall();
    a.bind(caller);
    a.bind(wait);
    a.pause();
    a.cmp(mem({ base: rax, bytes: 4 }), 0);
    a.je(wait);
    a.ret();
    const begun = allocate(Int32Array, 1);
    const blocks = new BigInt64Array([0n, BigInt(addressOf(begun)), 1n, BigInt(addressOf(begun))]);
    assert.throws(
      () => runPieces(load(a.finish().bytes).address, new Float64Array(blocks.buffer), 2, 2),
      (error) => error instanceof ThreadError && error.name === 'ThreadError' && error.threads === 2,
    );
    configure({ threads: 2 });
    for (let call = 0; call < 10; call++) assert.deepEqual(product(), expected);
  });

  test('a call that finds the helpers taken computes alone', () => {
    const expected = product();
    const team = commonMemory(1, threadTeamAbi.firstMailboxBytes + 255 * threadTeamAbi.mailboxBytes);
    Atomics.store(team, 0, 1);
    try {
      assert.deepEqual(product(), expected);
    } finally {
      Atomics.store(team, 0, 0);
    }
  });

  test('helpers that have nothing to do take no processor time', async () => {
    product();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 50_000, `${(user + system) / 1000} ms in a second`);
  });
});
