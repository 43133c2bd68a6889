import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { permissionsAt, runChild } from './_child_process.ts';
import { load } from './load.ts';

const permissions = (address: number) => permissionsAt(readFileSync('/proc/self/maps', 'utf8'), address);

const RET = 0xc3;
// movsd xmm0, [rdi]; addsd xmm0, xmm0; movsd [rdi], xmm0; ret
const DOUBLE_IT = [...[0xf2, 0x0f, 0x10, 0x07], ...[0xf2, 0x0f, 0x58, 0xc0], ...[0xf2, 0x0f, 0x11, 0x07], RET];

test('code is called with the address of a block', () => {
  const double = load(Uint8Array.from(DOUBLE_IT));
  const block = Float64Array.of(1.5, 7);
  assert.equal(double(block), undefined);
  assert.deepEqual([...block], [3, 7]);
  double(block.subarray(1));
  assert.deepEqual([...block], [3, 14]);
  double.unload();
});

test('other signatures pass and return numbers', () => {
  // lea rax, [rdi+rsi]
  const add = load(Uint8Array.of(0x48, 0x8d, 0x04, 0x37, RET), { signature: 'int64(int64, int64)' });
  assert.equal(add(2 ** 40, -3), 2 ** 40 - 3);
  assert.equal(add(2 ** 52, 2 ** 52), 2 ** 53);
  // addsd xmm0, xmm1
  const sum = load(Uint8Array.of(0xf2, 0x0f, 0x58, 0xc1, RET), { signature: 'double(double, double)' });
  assert.equal(sum(0.25, -1), -0.75);
  // movsd xmm0, [rdi+rsi*8]
  const at = load(Uint8Array.of(0xf2, 0x0f, 0x10, 0x04, 0xf7, RET), { signature: 'double(pointer, int64)' });
  assert.equal(at(Float64Array.of(5, 6, 7), 2), 7);
  const nothing = load(Uint8Array.of(RET), { signature: 'void()' });
  assert.equal(nothing(), undefined);
  for (const code of [add, sum, at, nothing]) code.unload();
});

test('the bytes are copied, from where the array begins', () => {
  const bytes = Uint8Array.from([0xcc, ...DOUBLE_IT, ...Array(10_000).fill(0xcc)]);
  const double = load(bytes.subarray(1));
  bytes.fill(0xcc);
  const block = Float64Array.of(4);
  double(block);
  assert.equal(block[0], 8);
  assert.equal(double.byteLength, bytes.length - 1);
  double.unload();
});

test('loaded memory can be executed and not written', () => {
  const code = load(Uint8Array.from([...DOUBLE_IT, ...Array(5000).fill(0x90)]));
  assert.equal(permissions(code.address), 'r-xp');
  assert.equal(permissions(code.address + 5000), 'r-xp');
  code.unload();
});

test('writing to loaded code is a fault', () => {
  // cvttsd2si rax, [rdi]; mov byte [rax], 0xc3; ret
  const { signal, stdout } = runChild(`
    const { load } = await importNative();
    const code = load(Uint8Array.of(0xf2, 0x48, 0x0f, 0x2c, 0x07, 0xc6, 0x00, 0xc3, 0xc3));
    const own = new Float64Array(1);
    const block = Float64Array.of((await importNative()).addressOf(own));
    code(block);
    print('wrote elsewhere');
    block[0] = code.address;
    code(block);
    print('wrote the code');`);
  assert.equal(stdout, '"wrote elsewhere"');
  assert.equal(signal, 'SIGSEGV');
});

test('at no moment is the code writable and executable', () => {
  // Watches from another thread while many codes are loaded, and finds what the kernel would show of any lapse.
  const { stdout, stderr } = runChild(
    `
    import { Worker } from 'node:worker_threads';
    const { load } = await importNative();
    const flag = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(\`
      const { readFileSync } = require('node:fs');
      const { workerData: flag } = require('node:worker_threads');
      while (Atomics.load(flag, 0) === 0) {
        if (/ rwx/.test(readFileSync('/proc/self/maps', 'utf8'))) Atomics.store(flag, 1, 1);
        Atomics.notify(flag, 0);
      }\`, { eval: true, execArgv: [], workerData: flag });
    await new Promise((resolve) => worker.once('online', resolve));
    for (let count = 0; count < 1000; count++) load(new Uint8Array(100_000).fill(0xc3)).unload();
    Atomics.store(flag, 0, 1);
    await worker.terminate();
    print(flag[1]);`,
    { flags: ['--jitless'] }, // the compiler of JavaScript has mappings of its own
  );
  assert.equal(stdout, '0', stderr);
});

test('a policy that refuses executable memory is a typed error', (t) => {
  // prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN) by hand: from then on the kernel refuses what SELinux's execmem would.
  const { stdout, stderr } = runChild(
    `
    const { load } = await importNative();
    const prctl = load(Uint8Array.of(
      0xb8, 157, 0, 0, 0, 0xbf, 65, 0, 0, 0, 0xbe, 1, 0, 0, 0, 0x31, 0xd2, 0x4d, 0x31, 0xd2, 0x4d, 0x31, 0xc0, 0x0f, 0x05, 0xc3,
    ), { signature: 'int64()' });
    if (prctl() !== 0) print('none');
    else try { load(Uint8Array.of(0xc3)); print('loaded'); } catch (error) { print(describe(error)); }`,
    { flags: ['--jitless'] },
  );
  if (stdout === '"none"') return t.skip('this kernel has no PR_SET_MDWE (Linux 6.3)');
  const { name, feature, cause } = JSON.parse(stdout || stderr);
  assert.deepEqual(
    { name, feature, cause },
    { name: 'UnsupportedError', feature: 'executable memory', cause: 'EACCES' },
  );
});

test('an unloaded function throws and its memory is gone', () => {
  const code = load(Uint8Array.of(RET));
  code.unload();
  assert.throws(() => code(new Float64Array(1)), { name: 'TypeError', message: /unloaded/ });
  assert.throws(() => code.unload(), { name: 'TypeError', message: /unloaded/ });
  const returning = load(Uint8Array.of(RET), { signature: 'void(double)' });
  returning.unload();
  assert.throws(() => returning(1), { name: 'TypeError', message: /unloaded/ });
});

test('what is no code, and what is no signature, is refused by name', () => {
  for (const code of [undefined, null, 'ret', [RET], new Int8Array([-61]), new ArrayBuffer(1), 195, {}]) {
    assert.throws(() => load(code as never), { name: 'TypeError', message: /'code'/ });
  }
  const detached = Uint8Array.of(RET);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  for (const code of [new Uint8Array(0), detached]) {
    assert.throws(() => load(code), { name: 'RangeError', message: /'code'/ });
  }
  const code = Uint8Array.of(RET);
  assert.throws(() => load(code, { signature: 7 as never }), { name: 'TypeError', message: /'signature'/ });
  for (const signature of ['', 'void', 'pointer()', 'void(char)', 'void(pointer', 'void(,)', 'void(toString)']) {
    assert.throws(() => load(code, { signature: signature as never }), { name: 'RangeError', message: /'signature'/ });
  }
  assert.throws(() => load(code, null as never), { name: 'TypeError', message: /'options'/ });
  assert.throws(() => load(code, { abi: 'sysv' } as never), { name: 'TypeError', message: /'abi'/ });
});

test('no argument that is not what the signature says reaches the code', () => {
  const block = load(Uint8Array.of(RET));
  const three = load(Uint8Array.of(RET), { signature: 'void(pointer, double, int64)' });
  const isMemory = (value: unknown) => ArrayBuffer.isView(value) && value.byteLength > 0;
  fc.assert(
    fc.property(fc.anything({ withTypedArray: true, withBigInt: true, withDate: true }), (value) => {
      const typed = (error: unknown) => error instanceof TypeError || error instanceof RangeError;
      if (!isMemory(value)) {
        assert.throws(() => block(value as never), typed);
        assert.throws(() => three(value as never, 1, 1), typed);
      }
      if (typeof value !== 'number') assert.throws(() => three(new Float64Array(1), value as never, 1), typed);
      if (!Number.isSafeInteger(value)) assert.throws(() => three(new Float64Array(1), 1, value as never), typed);
    }),
  );
  assert.throws(() => (block as unknown as () => void)(), { name: 'TypeError', message: /'block'/ });
  assert.throws(() => (three as unknown as () => void)(), { name: 'TypeError', message: /3 arguments/ });
  const detached = new Float64Array(100);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  assert.throws(() => block(detached), { name: 'RangeError', message: /'block'.*detached/ });
  block.unload();
  three.unload();
});
