import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { permissionsAt, runChild } from './_child_process.ts';
import { addressOf } from './address_of.ts';
import { allocate, type NativeArray, type NativeArrayConstructor } from './allocate.ts';
import { free } from './free.ts';

const folder = mkdtempSync(join(tmpdir(), 'paratune-native-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const PAGE = 4096;
const permissions = (address: number) => permissionsAt(readFileSync('/proc/self/maps', 'utf8'), address);
type Kind = Exclude<NativeArray, BigInt64Array | BigUint64Array>;
const kinds: readonly NativeArrayConstructor<Kind>[] = [
  Float64Array,
  Float32Array,
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
];

test('arrays of every kind are aligned, zero and writable from end to end', () => {
  const kind = fc.constantFrom(...kinds);
  const length = fc.integer({ min: 1, max: 20_000 });
  const align = fc.option(
    fc.integer({ min: 0, max: 24 }).map((power) => 2 ** power),
    { nil: undefined },
  );
  fc.assert(
    fc.property(kind, length, align, fc.boolean(), (kind, length, align, huge) => {
      const array = allocate(kind, length, { huge, ...(align === undefined ? {} : { align }) });
      assert.ok(array instanceof kind);
      assert.equal(array.length, length);
      assert.equal(addressOf(array) % Math.max(align ?? (huge ? 2 ** 21 : PAGE), PAGE), 0);
      assert.ok(array.every((value) => value === 0));
      array.fill(1);
      assert.ok(array.every((value) => value === 1));
      free(array);
    }),
  );
  const integers = allocate(BigInt64Array, 3);
  integers[2] = -1n;
  assert.deepEqual([...integers], [0n, 0n, -1n]);
  free(integers);
  const unsigned = allocate(BigUint64Array, 1);
  free(unsigned);
});

test('a guard page lies flush with the array', () => {
  const guard = fc.constantFrom('before' as const, 'after' as const, 'both' as const);
  const length = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constantFrom(512, 1024, 1536));
  fc.assert(
    fc.property(guard, length, fc.constantFrom(...kinds), (guard, length, kind) => {
      const array = allocate(kind, length, { guard });
      const first = addressOf(array);
      const end = first + array.byteLength;
      if (guard !== 'after') {
        assert.equal(permissions(first - (first % PAGE) - 1), '---p');
        if (guard === 'before' || array.byteLength % PAGE === 0) assert.equal(first % PAGE, 0);
      }
      if (guard !== 'before') {
        assert.equal(end % PAGE, 0);
        assert.equal(permissions(end), '---p');
      }
      array.fill(1);
      assert.equal(permissions(first), 'rw-p');
      free(array);
    }),
  );
});

test('one element past a guarded array is a fault', () => {
  // cvttsd2si rax, [rdi]; mov al, [rax]; ret
  for (const [guard, offset] of [
    ['after', '8 * 100'],
    ['before', '-1'],
  ]) {
    const { signal, stdout, stderr } = runChild(`
      const { load, allocate, addressOf } = await importNative();
      const read = load(Uint8Array.of(0xf2, 0x48, 0x0f, 0x2c, 0x07, 0x8a, 0x00, 0xc3));
      const array = allocate(Float64Array, 100, { guard: '${guard}' });
      for (let at = 0; at < 800; at++) read(Float64Array.of(addressOf(array) + at));
      print('inside');
      read(Float64Array.of(addressOf(array) + ${offset}));
      print('outside');`);
    assert.equal(stdout, '"inside"', stderr);
    assert.equal(signal, 'SIGSEGV');
  }
});

test('a guarded array is as aligned as its size allows', () => {
  const array = allocate(Float64Array, 8 * 3, { guard: 'after', align: 64 });
  assert.equal(addressOf(array) % 64, 0);
  free(array);
  const large = allocate(Float64Array, 2 ** 14, { guard: 'both', align: 2 ** 16 });
  assert.equal(addressOf(large) % 2 ** 16, 0);
  free(large);
  assert.throws(() => allocate(Float64Array, 3, { guard: 'after', align: 64 }), {
    name: 'RangeError',
    message: /'align'/,
  });
});

test('huge pages are asked for, or refused', (t) => {
  if (!existsSync('/sys/kernel/mm/transparent_hugepage/enabled'))
    return t.skip('this kernel has no transparent huge pages');
  const flags = (array: Float64Array) => {
    const start = addressOf(array).toString(16);
    const [, block] = readFileSync('/proc/self/smaps', 'utf8').split(new RegExp(`^0*${start}-`, 'm'));
    return /^VmFlags: (.*)$/m.exec(block ?? '')?.[1]?.split(' ') ?? [];
  };
  // A guard page in front keeps the mapping apart from others, so that it starts at the array.
  const huge = allocate(Float64Array, 2 ** 20, { huge: true, guard: 'before' });
  const small = allocate(Float64Array, 2 ** 20, { guard: 'before' });
  assert.ok(flags(huge).includes('hg'));
  const refused = allocate(Float64Array, 2 ** 20, { huge: false, guard: 'before' });
  assert.ok(!flags(small).includes('hg') && !flags(small).includes('nh'));
  assert.ok(flags(refused).includes('nh'));
  free(refused);
  free(huge);
  free(small);
});

test('a shared file is created, and seen by everyone who maps it', () => {
  const sharedFile = join(folder, 'shared');
  const one = allocate(Float64Array, 1000, { sharedFile });
  assert.equal(statSync(sharedFile).size, 8192);
  const other = allocate(Float64Array, 10, { sharedFile });
  one[3] = 42;
  assert.equal(other[3], 42);
  assert.equal(permissions(addressOf(one)), 'rw-s');
  free(one);
  assert.equal(other[3], 42);
  free(other);
  assert.equal(readFileSync(sharedFile).readDoubleLE(24), 42);
});

test('a file keeps what it holds, is extended if short and left if long', () => {
  const short = join(folder, 'short');
  writeFileSync(short, 'begins');
  const text = allocate(Uint8Array, 10_000, { sharedFile: short, align: 2 ** 16 });
  assert.equal(Buffer.from(text).toString('latin1', 0, 7), 'begins\0');
  assert.equal(addressOf(text) % 2 ** 16, 0);
  assert.equal(statSync(short).size, 12_288);
  free(text);
  const long = join(folder, 'long');
  writeFileSync(long, Buffer.alloc(100_000, 7));
  const part = allocate(Uint8Array, 5, { sharedFile: long });
  assert.deepEqual([...part], [7, 7, 7, 7, 7]);
  free(part);
  assert.equal(statSync(long).size, 100_000);
});

test('a file that cannot be had is an error that names it, and leaks nothing', (t) => {
  const lines = () =>
    readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .filter((line) => line.includes(' ---p ')).length;
  const before = lines();
  assert.throws(() => allocate(Uint8Array, 1, { sharedFile: folder }), { code: 'EISDIR', message: new RegExp(folder) });
  assert.throws(() => allocate(Uint8Array, 1, { sharedFile: join(folder, 'no/file') }), { code: 'ENOENT' });
  assert.equal(lines(), before);

  const full = mkdtempSync(join(folder, 'full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]);
  if (mounted.status !== 0) return t.skip('only root can mount a file system that is full');
  try {
    assert.throws(() => allocate(Float64Array, 100_000, { sharedFile: join(full, 'large') }), {
      name: 'SystemError',
      code: 'ENOSPC',
      message: /full-.*\/large'/,
    });
    free(allocate(Float64Array, 100, { sharedFile: join(full, 'small') }));
  } finally {
    spawnSync('umount', [full]);
  }
});

test('no memory is an error, and the process lives on', (t) => {
  const { stdout, stderr } = runChild(`
    import { execFileSync } from 'node:child_process';
    const { allocate } = await importNative();
    allocate(Float64Array, 10);
    const size = 1024 * Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    try {
      execFileSync('prlimit', ['--pid', process.pid, '--as=' + (size + 2 ** 29)]);
      try { allocate(Uint8Array, 2 ** 30); } catch (error) { print(describe(error)); }
      allocate(Float64Array, 1000).fill(1);
    } catch (error) { print(error.code ?? error.message); }`);
  if (stdout === '"ENOENT"') return t.skip('there is no prlimit to take memory away with');
  const { name, code } = JSON.parse(stdout || stderr);
  assert.deepEqual({ name, code }, { name: 'SystemError', code: 'ENOMEM' });
});

test('bad arguments are refused by name', () => {
  const refused = (name: string, argument: string, ...values: unknown[]) =>
    assert.throws(() => (allocate as (...values: unknown[]) => unknown)(...values), {
      name,
      message: new RegExp(`'${argument}'`),
    });
  for (const type of [
    undefined,
    null,
    Array,
    Buffer,
    DataView,
    'Float64Array',
    new Float64Array(1),
    class extends Float64Array {},
  ]) {
    refused('TypeError', 'type', type, 1);
  }
  for (const length of [undefined, null, '5', 5n, {}]) refused('TypeError', 'length', Float64Array, length);
  const most = Math.floor(constants.MAX_LENGTH / 8);
  for (const length of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, most + 1]) {
    refused('RangeError', 'length', Float64Array, length);
  }
  refused('TypeError', 'options', Float64Array, 1, null);
  refused('TypeError', 'options', Float64Array, 1, 64);
  refused('TypeError', 'aligned', Float64Array, 1, { aligned: 64 });
  refused('TypeError', 'align', Float64Array, 1, { align: '64' });
  for (const align of [0, -64, 3, 96, 1.5, Number.NaN, 2 ** 41])
    refused('RangeError', 'align', Float64Array, 1, { align });
  refused('TypeError', 'huge', Float64Array, 1, { huge: 1 });
  for (const guard of ['', 'left', true, 1]) refused('RangeError', 'guard', Float64Array, 1, { guard });
  for (const sharedFile of ['', 7, null, 'a\0b']) refused('TypeError', 'sharedFile', Float64Array, 1, { sharedFile });
  refused('TypeError', 'guard', Float64Array, 1, { guard: 'after', sharedFile: join(folder, 'guarded') });
  assert.ok(!existsSync(join(folder, 'guarded')));
});
