import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { lacking, processesWith, remains, remainsInTheEnd, startElsewhere, tracesOf } from './_test_support.ts';
import type { Guest } from './guest.ts';
import { GuestError } from './guest_error.ts';
import { start } from './start.ts';

const skip = await lacking('native-64');
const mebibyte = 1024 ** 2;

/** A program that fills so much memory. */
const fill = (mebibytes: number) => ['-e', `require('node:buffer').Buffer.alloc(${mebibytes} << 20, 1)`];

describe('this machine held to some memory', { skip }, () => {
  let scratch: string;
  let guest: Guest;
  let folder: string;
  const cache = process.env['XDG_CACHE_HOME'];
  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'held-'));
    process.env['XDG_CACHE_HOME'] = scratch;
    guest = await start({ kind: 'native', memory: '64M', swap: '64M', cpus: [0] });
    const { stdout } = await guest.run('cat', ['/proc/self/cgroup']);
    const path = /\/.*paratune-[\w-]+/.exec(stdout)?.[0];
    folder = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].map((top) => `${top}${path}`).find((one) => existsSync(one))!;
  });
  after(async () => {
    await guest.stop();
    if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = cache;
    rmSync(scratch, { recursive: true });
  });

  test('says what it is', () => {
    assert.equal(guest.name, 'native-64');
    assert.deepEqual(guest.spec, { kind: 'native', cpus: [0], memoryBytes: 64 * mebibyte, swapBytes: 64 * mebibyte });
    const { memoryBytes, swapTotalBytes, cpus } = guest.facts;
    assert.deepEqual([memoryBytes, swapTotalBytes, cpus], [64 * mebibyte, 64 * mebibyte, '0']);
  });

  test('runs a command in the group and on the CPUs from its first instruction', async () => {
    const { stdout } = await guest.run('grep', ['Cpus_allowed_list', '/proc/self/status']);
    assert.match(stdout, /:\t0\n/);
    assert.match(folder, /paratune-/);
    assert.equal((await guest.run('no-such-program')).exitCode, 127);
    assert.equal((await guest.run('true', [], { cwd: '/no/such/folder' })).exitCode, 125);
  });

  test('swaps what does not fit, and no more than it may', async () => {
    assert.equal((await guest.run('node', fill(70))).exitCode, 0);
    const { exitCode, signal, reason, detail } = await guest.run('node', fill(300));
    assert.deepEqual([exitCode, signal, reason], [null, 'SIGKILL', 'out-of-memory']);
    assert.match(detail!, /for want of memory/);
    assert.equal((await guest.run('true')).reason, undefined);
  });

  test('says so too when only a child of the command was killed', async () => {
    const words = ['-c', '"$@"; exit 3', 'sh', 'node', ...fill(300)];
    const { exitCode, reason } = await guest.run('sh', words);
    assert.deepEqual([exitCode, reason], [3, 'out-of-memory']);
  });

  test('finds the group empty for each command', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, Buffer.alloc(32 * mebibyte));
    await guest.run('sh', ['-c', `cp ${file} ${file}2 && sync ${file}2; setsid sleep 16180.4 & sleep 0.1`]);
    assert.deepEqual(processesWith('16180.4'), []);
    const usage = ['memory.usage_in_bytes', 'memory.current']
      .map((name) => join(folder, name))
      .find((name) => existsSync(name));
    assert.ok(Number(readFileSync(usage!, 'utf8')) < 8 * mebibyte);
  });

  test('holds several commands together', async () => {
    const results = await Promise.all([guest.run('node', fill(90)), guest.run('node', fill(90))]);
    assert.ok(results.some(({ reason }) => reason === 'out-of-memory'));
  });

  test('leaves nothing when it stops, and several do not meet', async () => {
    const other = await start({ kind: 'native', memory: '32M', swap: 0 });
    assert.equal(other.facts.swapTotalBytes, 0);
    assert.equal((await other.run('node', fill(60))).reason, 'out-of-memory');
    const traces = tracesOf(process.pid);
    await other.stop();
    assert.equal((await guest.run('true')).exitCode, 0);
    await guest.stop();
    assert.deepEqual(await remainsInTheEnd(traces), []);
    assert.equal(existsSync(folder), false);
    assert.deepEqual(readdirSync(join(scratch, 'paratune', 'swap')), []);
    assert.ok(!readFileSync('/proc/swaps', 'utf8').includes(scratch));
  });
});

test('a control group that somebody removes ends the environment, not the program', { skip }, async () => {
  const guest = await start({ kind: 'native', memory: '64M', swap: 0 });
  const running = guest.run('sleep', ['14142.2'], { timeoutMs: 300 });
  await new Promise((resolve) => setTimeout(resolve, 150));
  const groups = tracesOf(process.pid).paths.filter((path) => path.startsWith('/sys'));
  assert.equal((await running).reason, 'timeout');
  for (const group of groups) rmdirSync(group);
  await assert.rejects(guest.run('true'), { name: 'GuestError', kind: 'killed' });
  await guest.stop();
});

test('leaves no group and no swap when SIGKILL ends its owner', { skip }, async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'held-'));
  const { child, running } = startElsewhere(
    { kind: 'native', memory: '64M', swap: '32M' },
    ['sh', '-c', 'echo; sleep 14142.3; true'],
    { ...process.env, XDG_CACHE_HOME: scratch },
  );
  await running;
  const traces = tracesOf(child.pid!);
  traces.paths.push(
    ...readdirSync(join(scratch, 'paratune', 'swap')).map((name) => join(scratch, 'paratune', 'swap', name)),
  );
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(await remainsInTheEnd(traces), []);
  assert.ok(!readFileSync('/proc/swaps', 'utf8').includes(scratch));
  rmSync(scratch, { recursive: true });
});

test('of two owners at once, the end of one takes nothing of the other', { skip }, async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'held-'));
  const swapFiles = () =>
    readdirSync(join(scratch, 'paratune', 'swap')).map((name) => join(scratch, 'paratune', 'swap', name));
  const own = [];
  for (let owner = 0; owner < 2; owner++) {
    const before = own.length === 0 ? [] : swapFiles();
    const { child, running } = startElsewhere(
      { kind: 'native', memory: '64M', swap: '32M' },
      ['sh', '-c', 'echo; sleep 14142.4; true'],
      { ...process.env, XDG_CACHE_HOME: scratch },
    );
    await running;
    const traces = tracesOf(child.pid!);
    traces.paths.push(...swapFiles().filter((file) => !before.includes(file)));
    own.push({ child, traces });
  }
  const [first, second] = own as [(typeof own)[number], (typeof own)[number]];
  assert.ok(first.traces.paths.every((path) => !second.traces.paths.includes(path)));
  const there = remains(second.traces).sort();
  assert.ok(there.length >= 2);
  for (const { child, traces } of own) {
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(await remainsInTheEnd(traces), []);
    if (child === first.child) assert.deepEqual(remains(second.traces).sort(), there);
  }
  assert.ok(!readFileSync('/proc/swaps', 'utf8').includes(scratch));
  rmSync(scratch, { recursive: true });
});

test('a disk without room for the swap file is an error that names it, and nothing is left', { skip }, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4M', 'tmpfs', scratch]).status === 0;
  const cache = process.env['XDG_CACHE_HOME'];
  t.after(() => {
    if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = cache;
    if (mounted) spawnSync('umount', [scratch]);
    rmSync(scratch, { recursive: true });
  });
  if (!mounted) return t.skip('no file system of its own can be mounted here');
  process.env['XDG_CACHE_HOME'] = scratch;
  const before = tracesOf(process.pid).paths;
  await assert.rejects(start({ kind: 'native', memory: '64M', swap: '32M' }), (error) => {
    assert.ok(error instanceof GuestError && error.kind === 'unavailable');
    assert.match(error.message, /a swap file of 32 MiB does not fit into .*full-\w+\/paratune\/swap/);
    assert.match(error.remedy ?? '', /make room/);
    return true;
  });
  assert.deepEqual(tracesOf(process.pid).paths, before);
  assert.equal(spawnSync('find', [scratch, '-type', 'f'], { encoding: 'utf8' }).stdout, '');
});
