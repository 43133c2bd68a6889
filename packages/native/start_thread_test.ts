import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { runChild } from './_child_process.ts';
import { addressOf, allocate, load, startThread } from './mod.ts';

const linux = process.platform === 'linux' && process.arch === 'x64' ? false : 'only Linux on x86-64 has it';

test('runs code on an argument, in a thread of its own', { skip: linux }, async () => {
  const words = allocate(Int32Array, 2);
  // push rdi; mov eax, 186 (gettid); syscall; pop rdi; mov [rdi+4], eax; mov dword ptr [rdi], 1; ret
  const code = load(
    Uint8Array.of(...[0x57, 0xb8, 186, 0, 0, 0, 0x0f, 0x05, 0x5f, 0x89, 0x47, 0x04], ...[0xc7, 0x07, 1, 0, 0, 0, 0xc3]),
  );
  startThread(code.address, addressOf(words));
  while (Atomics.load(words, 0) === 0) await setTimeout(1);
  assert.ok(words[1]! > 0 && words[1] !== process.pid);
});

test('a thread that never returns does not keep the process', { skip: linux }, () => {
  for (const [end, exitCode] of [
    ['', 0],
    ['process.exit(3)', 3],
    ['throw new Error()', 1],
  ] as const) {
    // l: mov eax, 34 (pause); syscall; jmp l
    const ended = runChild(`
      const { load, startThread } = await importNative();
      startThread(load(Uint8Array.of(0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7)).address, 0);
      ${end}`);
    assert.deepEqual([ended.exitCode, ended.signal], [exitCode, null], end);
  }
});

test('refuses what is no address', () => {
  const untyped = startThread as (...values: unknown[]) => unknown;
  assert.throws(() => untyped('1', 0), /TypeError: 'code' must be a number, got '1'/);
  assert.throws(() => startThread(0, 0), /RangeError: 'code' must be an address, got 0/);
  assert.throws(() => startThread(4096, 0.5), /RangeError: 'argument' must be an address, got 0.5/);
});
