import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { processor } from './processor.ts';

const cpuinfo = readFileSync('/proc/cpuinfo', 'utf8');
const field = (name: string) => new RegExp(`^${name}\\s*: *(.*)$`, 'm').exec(cpuinfo)?.[1]?.trim();

test('the processor is the one that the kernel found', () => {
  const { vendor, family, model, stepping } = processor();
  assert.equal(vendor, field('vendor_id'));
  assert.deepEqual(
    [family, model, stepping],
    ['cpu family', 'model', 'stepping'].map((name) => Number(field(name))),
  );
});

test('the name is words as a person reads them', () => {
  // Not compared with the kernel's: a virtual machine that moved to another host keeps in /proc/cpuinfo the name of the first.
  assert.match(processor().name, /^[!-~]+( [!-~]+)*$/);
  assert.ok(processor().name.length <= 48);
});

test('the instruction sets are those that the kernel lets programs use', () => {
  // The kernel leaves out of its list what it does not save the registers of.
  const flags = new Set(field('flags')!.split(' '));
  const has = (...names: string[]) => names.every((name) => flags.has(name));
  const expected = ['sse2'];
  if (has('avx', 'avx2', 'fma')) expected.push('avx2');
  if (has('avx2', 'fma', 'avx512f', 'avx512dq', 'avx512bw', 'avx512vl')) expected.push('avx512');
  assert.deepEqual(processor().instructionSets, expected);
  assert.equal(processor().hypervisor !== null, has('hypervisor'));
});

test('the caches are those that the kernel found', (t) => {
  const folder = '/sys/devices/system/cpu/cpu0/cache';
  if (!existsSync(`${folder}/index0/size`)) return t.skip('the kernel does not describe the caches here');
  const found = readdirSync(folder)
    .filter((name) => name.startsWith('index'))
    .sort()
    .map((name) => {
      const read = (file: string) => readFileSync(`${folder}/${name}/${file}`, 'utf8').trim();
      return {
        level: Number(read('level')),
        kind: read('type').toLowerCase(),
        bytes: Number.parseInt(read('size'), 10) * 1024,
        lineBytes: Number(read('coherency_line_size')),
        ways: Number(read('ways_of_associativity')),
        sets: Number(read('number_of_sets')),
      };
    });
  assert.deepEqual(
    processor().caches.map(({ sharedBy, ...cache }) => {
      assert.ok(sharedBy >= 1);
      return cache;
    }),
    found,
  );
});

test('it is plain data, found once', () => {
  assert.equal(processor(), processor());
  assert.deepEqual(JSON.parse(JSON.stringify(processor())), processor());
});
