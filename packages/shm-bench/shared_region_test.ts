import assert from 'node:assert/strict';
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ownName } from './_occupant.ts';
import { SharedRegion } from './shared_region.ts';

const skip = process.platform === 'linux' && process.arch === 'x64' ? false : 'only Linux on x86-64 has it';
const here = { skip, timeout: 30_000 };

let names = 0;
const newName = () => `test-region-${process.pid}-${names++}`;

test('all who attach have the same memory, until they close it', here, async () => {
  const mine = await SharedRegion.create(newName(), { bytes: 10_000 });
  const [one, two] = await Promise.all([SharedRegion.attach(mine.name), SharedRegion.attach(mine.name)]);
  assert.equal(one.data.length, 10_000);
  one.data[9999] = 3;
  assert.deepEqual([mine.data[9999], two.data[9999], two.data[0]], [3, 3, 0]);
  two.checkOwner();
  mine.close();
  mine.close();
  assert.equal(existsSync(mine.path), false);
  assert.equal(two.data[9999], 3);
  assert.throws(() => two.checkOwner(), { kind: 'closed' });
  assert.throws(() => mine.checkOwner(), { kind: 'closed' });
  const again = await SharedRegion.create(mine.name, { bytes: 1 });
  assert.equal(again.data[0], 0);
  for (const region of [one, two, again]) region.close();
});

test('a region is waited for, and a name is taken once', here, async () => {
  const name = newName();
  const attached = SharedRegion.attach(name);
  const mine = await SharedRegion.create(name, { bytes: 8 });
  (await attached).close();
  await assert.rejects(SharedRegion.create(name, { bytes: 8 }), { kind: 'role-taken' });
  await assert.rejects(SharedRegion.attach(name, { bytes: 9 }), {
    ...{ kind: 'mismatch', message: "'bytes' must be that of the region, 8, got 9" },
  });
  mine.close();
  await assert.rejects(SharedRegion.attach(name, { timeoutMs: 30 }), { kind: 'no-peer', message: /within 0.03 s/ });
});

test(
  'what makers left that were killed half-way is removed, and nothing of those who cannot be looked up',
  here,
  async () => {
    const name = newName();
    const path = `/dev/shm/paratune.${name}`;
    // This thread's name, had it begun one tick after the machine; and one of another kernel.
    const [gone, far] = [`${path}.${ownName().replace(/\d+$/, '1')}`, `${path}.1-2-3-4`];
    try {
      for (const file of [gone, far]) writeFileSync(file, '');
      (await SharedRegion.create(name, { bytes: 8 })).close();
      assert.deepEqual([existsSync(gone), existsSync(far)], [false, true]);
    } finally {
      for (const file of [gone, far]) rmSync(file, { force: true });
    }
  },
);

test('what is no region of this version is refused, and left alone', here, async () => {
  const name = newName();
  const path = `/dev/shm/paratune.${name}`;
  const made = await SharedRegion.create(name, { bytes: 4096 });
  try {
    const header = new Int32Array(made.data.buffer, 0, 4);
    for (const [word, value, message] of [
      [0, 1, /is no region/],
      [1, 9, /has version 9 of the layout, this side has 1/],
      [3, -5, /is no region/],
    ] as const) {
      const before = header[word]!;
      header[word] = value;
      await assert.rejects(SharedRegion.attach(name), { kind: 'mismatch', message });
      await assert.rejects(SharedRegion.create(name, { bytes: 1 }), { kind: 'mismatch', message });
      header[word] = before;
    }
    header[3] = 2 ** 29;
    await assert.rejects(SharedRegion.attach(name), { kind: 'region-too-small', message: /must have 536871/ });
    header[3] = 4096;
  } finally {
    made.close();
  }
  writeFileSync(path, 'short');
  try {
    await assert.rejects(SharedRegion.attach(name), { kind: 'region-too-small', message: /has 5 bytes/ });
    assert.ok(existsSync(path));
    rmSync(path);
    symlinkSync('/dev/null', path);
    await assert.rejects(SharedRegion.attach(name), { code: 'ELOOP' });
  } finally {
    rmSync(path);
  }
});

test('wrong arguments are refused by name', here, async () => {
  for (const [name, options, error, message] of [
    ['a.b', { bytes: 1 }, 'RangeError', /'name' .* got 'a.b'/],
    ['a'.repeat(65), { bytes: 1 }, 'RangeError', /'name'/],
    ['right', {}, 'TypeError', /'bytes' .* got undefined/],
    ['right', { bytes: 0 }, 'RangeError', /'bytes' must be a whole number from 1 to 1073741824, got 0/],
    ['right', { bytes: 1, size: 2 }, 'TypeError', /'options' has no property 'size'/],
  ] as const) {
    await assert.rejects(SharedRegion.create(name, options as { bytes: number }), { name: error, message });
  }
});
