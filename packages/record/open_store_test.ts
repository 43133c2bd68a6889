import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { batch, identity } from './_fixture.ts';
import { identityId } from './identity.ts';
import { openStore } from './open_store.ts';
import type { Record } from './record.ts';
import { StoreError } from './store_error.ts';

const writer = fileURLToPath(new URL('./_writer.ts', import.meta.url));
const onLinux = process.platform === 'linux' ? false : 'needs Linux';

function scratch(t: { after(done: () => void): void }): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-store-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function onlyFile(folder: string): string {
  const files = fs.readdirSync(folder);
  assert.equal(files.length, 1);
  return join(folder, files[0]!);
}

function start(folder: string, ...args: (string | number)[]): ChildProcess & { output(): string } {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, folder, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  return Object.assign(child, { output: () => output });
}

const storeError = (kind: StoreError['kind'], file: string, line?: number) => (error: unknown) => {
  assert.ok(error instanceof StoreError, String(error));
  assert.deepEqual([error.kind, error.file, error.line], [kind, file, line]);
  assert.ok(error.message.startsWith(line === undefined ? file : `${file}:${line}`), error.message);
  return true;
};

test('what is appended is read back, in order, with its identity once', (t) => {
  const folder = join(scratch(t), 'a', 'b');
  const store = openStore(folder);
  assert.deepEqual(store.read(), { records: [], identities: [], dropped: [] });
  assert.ok(!fs.existsSync(folder), 'opening and reading write nothing');
  store.addIdentity(identity);
  store.append([]);
  assert.ok(!fs.existsSync(folder), 'an empty batch writes nothing');
  store.append(batch(0, 2));
  store.close();
  store.append(batch(1, 1));
  assert.deepEqual(openStore(folder).read(), {
    records: [...batch(0, 2), ...batch(1, 1)],
    identities: [identity],
    dropped: [],
  });
  assert.equal(fs.readdirSync(folder).length, 2);
});

test('any valid record survives, whatever its text and numbers', (t) => {
  const folder = scratch(t);
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const name = fc.string({ unit: 'binary', minLength: 1 });
  const factorName = name.filter((key) => !['__proto__', 'prototype', 'constructor'].includes(key));
  const outcome = fc.oneof(
    fc.record({ status: fc.constantFrom('measured' as const, 'simulated' as const), value: number }),
    fc.record({ status: fc.constantFrom('failed' as const, 'skipped' as const), reason: name }),
  );
  const factors = fc.dictionary(factorName, fc.oneof(name, number, fc.boolean()), { noNullPrototype: true });
  using store = openStore(folder);
  store.addIdentity(identity);
  let expected: Record[] = [];
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name, factors, outcome), { minLength: 1, maxLength: 5 }), (rows) => {
      const records = rows.map(([environment, unit, factors, outcome], index): Record => {
        const { status: _status, value: _value, ...common } = batch(0, 1)[0] as Extract<Record, { value: number }>;
        return { ...common, environment, unit, factors, run: index, ...outcome };
      });
      store.append(records);
      expected = [...expected, ...records];
    }),
    { numRuns: 60 },
  );
  // -0 is written as 0.
  const sorted = (records: Record[]) => JSON.parse(JSON.stringify(records));
  assert.deepEqual(sorted(openStore(folder).read().records), sorted(expected));
});

test('cut at any byte, a file still gives every whole batch, and the torn line is reported', (t) => {
  const folder = scratch(t);
  const store = openStore(folder);
  store.addIdentity(identity);
  for (let run = 0; run < 3; run++) store.append(batch(run, 2));
  const file = onlyFile(folder);
  const bytes = fs.readFileSync(file);
  for (let size = bytes.length; size >= 0; size--) {
    fs.truncateSync(file, size);
    const lineFeeds = bytes.subarray(0, size).filter((byte) => byte === 0x0a).length;
    const rest = size - (bytes.lastIndexOf(0x0a, size - 1) + 1);
    const { records, dropped } = store.read();
    assert.equal(records.length, 2 * Math.max(0, lineFeeds - 1));
    assert.deepEqual(
      dropped.map(({ file, line, text }) => [file, line, text.length]),
      rest === 0 || size === 0 ? [] : [[file, lineFeeds + 1, rest]],
    );
  }
});

test('a corrupt line that is not a torn last one is an error with file and line', (t) => {
  const folder = scratch(t);
  const store = openStore(folder);
  store.addIdentity(identity);
  for (let run = 0; run < 3; run++) store.append(batch(run, 1));
  const file = onlyFile(folder);
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const moved = { ...identity, kernel: 'another' };
  const corruptions: { change: number; to: string | Buffer; reported?: number }[] = [
    { change: 2, to: lines[1]!.slice(0, -2) },
    { change: 3, to: lines[2]!.replace('"value":0.5', '"value":"0.5"') },
    { change: 3, to: lines[2]!.replace('"value":0.5', '"value":1e999') },
    { change: 3, to: lines[2]!.replace('"version":1', '"version":2') },
    { change: 3, to: lines[2]!.replace('"test"', '"test","extra":1') },
    { change: 3, to: Buffer.concat([Buffer.from('{"records":[],"x":"'), Buffer.from([0xff]), Buffer.from('"}')]) },
    { change: 4, to: lines[3]!.replaceAll(identity.id, '0000000000000000') },
    { change: 1, to: lines[0]!.replace('"cpus":', '"cpus":1') },
    { change: 1, to: JSON.stringify({ identity: moved }) },
    // Well-formed, but then the first record has no identity.
    { change: 1, to: JSON.stringify({ identity: { ...moved, id: identityId(moved) } }), reported: 2 },
    { change: 4, to: '{"something":1}' },
    { change: 4, to: 'null' },
    { change: 2, to: '' },
  ];
  for (const { change, to, reported = change } of corruptions) {
    const parts = lines.map((original, index) => Buffer.from(index === change - 1 ? to : original));
    fs.writeFileSync(file, Buffer.concat(parts.flatMap((part, index) => (index ? [Buffer.from('\n'), part] : [part]))));
    assert.throws(() => store.read(), storeError('corrupt', file, reported), String(to));
  }
});

test('a bad batch is refused by name before anything is written', (t) => {
  const folder = join(scratch(t), 'new');
  const store = openStore(folder);
  const good = batch(0, 2);
  const bad = (change: object) => [good[0]!, { ...good[1]!, ...change } as Record];
  assert.throws(() => store.append(good), /^RangeError: 'records\[0\]\.identity' must be the id of an identity added/);
  store.addIdentity(identity);
  const cases: [object, RegExp][] = [
    [{ value: Number.NaN }, /^TypeError: 'records\[1\]\.value' must be a finite number, got NaN$/],
    [{ value: Number.POSITIVE_INFINITY }, /^RangeError: 'records\[1\]\.value' must be a finite number, got Infinity$/],
    [{ value: '1' }, /^TypeError: 'records\[1\]\.value' must be a finite number, got "1"$/],
    [{ run: -1 }, /^RangeError: 'records\[1\]\.run' must be at least 0, got -1$/],
    [{ run: 0.5 }, /^RangeError: 'records\[1\]\.run' must be an integer, got 0\.5$/],
    [{ run: 1n }, /^TypeError: 'records\[1\]\.run' must be number, got 1n$/],
    [{ time: 'today' }, /^RangeError: 'records\[1\]\.time' must be an ISO 8601 timestamp/],
    [{ factors: { n: [1] } }, /^TypeError: 'records\[1\]\.factors\.n' must be \(string \| boolean \| number\)/],
    [{ factors: { constructor: 1 } }, /^TypeError: 'records\[1\]\.factors' must be an object without the keys/],
    [{ factors: JSON.parse('{"__proto__": 1}') }, /^TypeError: 'records\[1\]\.factors' must be/],
    [{ environment: '' }, /^RangeError: 'records\[1\]\.environment' must be a non-empty string, got ""$/],
    [{ status: 'done' }, /^TypeError: 'records\[1\]\.status' must be "measured", .* got "done"$/],
    [{ status: 'failed' }, /^TypeError: 'records\[1\]\./],
    [{ reason: 'x' }, /^TypeError: 'records\[1\]\.reason' is not a known field$/],
    [{ version: 2 }, /^TypeError: 'records\[1\]\.version' must be 1, got 2$/],
  ];
  for (const [change, message] of cases)
    assert.throws(
      () => store.append(bad(change)),
      (e) => message.test(String(e)) || assert.fail(String(e)),
    );
  assert.throws(() => store.append('records' as never), TypeError);
  assert.throws(() => store.append([null as never]), /^TypeError: 'records\[0\]' must be an object, got null$/);
  assert.throws(() => store.addIdentity({ ...identity, kernel: 'another' }), RangeError);
  assert.throws(() => openStore(''), TypeError);
  assert.throws(() => openStore(1 as never), TypeError);
  assert.ok(!fs.existsSync(folder));
});

test('a results folder that is a file, or under one, is an error at once', async (t) => {
  const file = join(scratch(t), 'results');
  fs.writeFileSync(file, 'precious');
  assert.throws(() => openStore(file), storeError('folder', file));
  assert.throws(() => openStore(join(file, 'sub')), storeError('folder', join(file, 'sub')));
  assert.equal(fs.readFileSync(file, 'utf8'), 'precious');
  const folder = join(scratch(t), 'late');
  const store = openStore(folder);
  store.addIdentity(identity);
  fs.writeFileSync(folder, 'precious');
  assert.throws(() => store.append(batch(0, 1)), storeError('folder', folder));
  await assert.rejects(store.lock(), storeError('folder', folder));
  assert.equal(fs.readFileSync(folder, 'utf8'), 'precious');
});

test('a folder that cannot be written to is an error that names the file', { skip: onLinux }, () => {
  const store = openStore('/proc');
  store.addIdentity(identity);
  assert.throws(
    () => store.append(batch(0, 1)),
    (error) => error instanceof StoreError && error.kind === 'write' && /^\/proc\/.*\.ndjson$/.test(error.file),
  );
});

test('two writers killed at any moment: acknowledged batches are all there, every batch whole or not at all', async (t) => {
  const folder = scratch(t);
  let torn = 0;
  let acknowledged = 0;
  for (let round = 0; round < 12; round++) {
    const into = join(folder, String(round));
    // About a megabyte a batch, so that some kills fall inside the write.
    const size = round % 3 === 0 ? 4000 : 40;
    const children = [start(into, size, 10_000), start(into, size, 10_000)];
    await Promise.all(children.map((child) => once(child.stdout!, 'data')));
    await sleep(Math.random() * 60);
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => once(child, 'close')));

    const { records, dropped } = openStore(into).read();
    torn += dropped.length;
    const counts = countBy(records.map(({ run }) => run));
    for (const [run, count] of counts) assert.equal(count % size, 0, `run ${run} has ${count} of ${size} records`);
    const printed = children.flatMap((child) => child.output().split('\n').slice(0, -1).map(Number));
    acknowledged += printed.length;
    for (const [run, times] of countBy(printed)) {
      assert.ok((counts.get(run) ?? 0) >= times * size, `run ${run} was acknowledged ${times} times`);
    }
    // The same folder goes on being written to.
    const store = openStore(into);
    store.addIdentity(identity);
    store.append(batch(99_999, 1));
    assert.equal(store.read().records.length, records.length + 1);
    store.close();
  }
  t.diagnostic(`${acknowledged} batches acknowledged, ${torn} torn lines dropped`);
});

test('a file that may not grow is an error that names it; the partial line is cut away', { skip: onLinux }, (t) => {
  const folder = scratch(t);
  const { stdout, status } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 40 && exec "$0" "$@"', process.execPath, '--import', 'tsx', writer, folder, '10', '1000'],
    { encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  checkFull(folder, stdout, status, 'EFBIG');
});

test('a full disk is an error that names the file; the partial line is cut away', { skip: onLinux }, (t) => {
  const folder = scratch(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'paratune-test', folder], { stdio: 'pipe' });
  } catch (error) {
    t.skip(`mounting needs root: ${(error as Error).message.split('\n')[1]}`);
    return;
  }
  try {
    const child = ['--import', 'tsx', writer, folder, '10', '1000'];
    const { stdout, status } = spawnSync(process.execPath, child, { encoding: 'utf8' });
    checkFull(folder, stdout, status, 'ENOSPC');

    const store = openStore(folder);
    store.addIdentity(identity);
    const before = store.read().records.length;
    assert.throws(() => store.append(batch(0, 10)), StoreError);
    assert.equal(store.read().records.length, before);
    fs.rmSync(join(folder, fs.readdirSync(folder)[0]!));
    store.append(batch(0, 10));
    assert.equal(store.read().records.length, 10, 'with room again the same store goes on');
    store.close();
  } finally {
    execFileSync('umount', [folder]);
  }
});

function countBy<T>(values: T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function checkFull(folder: string, stdout: string, status: number | null, code: string): void {
  const printed = stdout.trim().split('\n');
  const error = JSON.parse(printed.pop()!);
  const file = onlyFile(folder);
  assert.equal(status, 1);
  assert.deepEqual([error.kind, error.file], ['write', file]);
  assert.match(error.message, new RegExp(code));
  assert.ok(printed.length > 0);
  assert.deepEqual(openStore(folder).read(), {
    records: printed.flatMap((run) => batch(Number(run), 10)),
    identities: [identity],
    dropped: [],
  });
}

test('the lock is for one at a time, by any path, and goes with the process that held it', {
  skip: onLinux,
}, async (t) => {
  const folder = join(scratch(t), 'results');
  const holder = start(folder, 'lock', 'hold');
  await once(holder.stdout!, 'data');
  fs.symlinkSync(folder, join(dirname(folder), 'link'));
  const store = openStore(join(dirname(folder), 'link'));
  await assert.rejects(store.lock(), (error) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.kind, 'locked');
    assert.ok(error.message.endsWith(`is in use by process ${holder.pid}`), error.message);
    return true;
  });
  store.addIdentity(identity);
  store.append(batch(0, 1));
  assert.equal(store.read().records.length, 1, 'readers and writers are not kept out');

  holder.kill('SIGKILL');
  await once(holder, 'close');
  const lock = await store.lock();
  await assert.rejects(openStore(folder).lock(), { kind: 'locked' });
  await lock.release();
  await lock.release();
  await (await openStore(folder).lock())[Symbol.asyncDispose]();
  assert.deepEqual(fs.readdirSync(folder).length, 1, 'the lock leaves nothing behind');
});

test('a lock that was not given back does not keep its process alive', { skip: onLinux }, async (t) => {
  const child = start(scratch(t), 'lock');
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.equal(child.output(), 'locked\n');
});
