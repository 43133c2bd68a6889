import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { runChild } from './_child_process.ts';
import { addressOf } from './address_of.ts';
import { commonMemory } from './common_memory.ts';

const linux = process.platform === 'linux' && process.arch === 'x64' ? false : 'only Linux on x86-64 has it';

test('is one memory, whole pages of zeros at first, for all who use the key', { skip: linux }, () => {
  const words = commonMemory(250, 100);
  assert.equal(words.length, 1024);
  assert.ok(words.every((word) => word === 0));
  words[5] = 7;
  assert.equal(commonMemory(250, 4096)[5], 7);
  assert.notEqual(addressOf(commonMemory(251, 100)), addressOf(words));
});

test('is the same in worker threads, whichever comes first', { skip: linux }, async () => {
  // tsx registers itself in each thread anew.
  const code = `
    require('tsx/cjs/api').register();
    const { commonMemory } = require(require('node:url').fileURLToPath('${new URL('./common_memory.ts', import.meta.url).href}'));
    for (let i = 0; i < 1000; i++) Atomics.add(commonMemory(252, 8192), 2000, 1);`;
  await Promise.all(
    [0, 1, 2].map(
      () =>
        new Promise((resolve, reject) => {
          new Worker(code, { eval: true }).once('exit', resolve).once('error', reject);
        }),
    ),
  );
  assert.equal(Atomics.load(commonMemory(252, 8192), 2000), 3000);
});

test('does not take what lies there for its own', { skip: linux }, () => {
  const { stdout, stderr } = runChild(`
    const { addressOf, commonMemory } = await importNative();
    const koffi = (await import('node:module')).createRequire(${JSON.stringify(import.meta.url)})('koffi');
    const mmap = koffi.load(null).func('mmap', 'int64_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
    const next = addressOf(commonMemory(3, 1)) + 16 * 1024 * 1024;
    mmap(next, 4096, 0, 0x22, -1, 0);
    try { commonMemory(4, 1); } catch (error) { print(describe(error)); }`);
  assert.equal(stderr, '');
  const error = JSON.parse(stdout) as { name: string; message: string };
  assert.equal(error.name, 'UnsupportedError');
  assert.match(error.message, /something else lies at/);
});

test('refuses wrong arguments', () => {
  const untyped = commonMemory as (...values: unknown[]) => unknown;
  assert.throws(() => untyped('1', 1), TypeError);
  assert.throws(() => commonMemory(256, 1), /RangeError: 'key' must be an integer from 0 to 255, got 256/);
  assert.throws(() => commonMemory(0, 0), RangeError);
  assert.throws(() => commonMemory(0, 2 ** 30), RangeError);
});
