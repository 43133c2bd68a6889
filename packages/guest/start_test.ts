import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { processesWith, remainsInTheEnd, startElsewhere, tracesOf } from './_test_support.ts';
import type { GuestSpec } from './environment.ts';
import type { Guest, RunOptions } from './guest.ts';
import { start } from './start.ts';

describe('what is wrong is refused before anything starts', () => {
  const refused = (error: typeof TypeError | typeof RangeError, specs: unknown[]) => async () => {
    for (const spec of specs) {
      await assert.rejects(start(spec as GuestSpec), { name: error.name }, inspect(spec));
    }
  };
  test(
    'wrong types',
    refused(TypeError, [
      undefined,
      null,
      'uml-256',
      {},
      { kind: 3 },
      { kind: 'uml', memory: {} },
      { kind: 'uml', memory: 256n },
      { kind: 'uml', cpus: 0 },
      { kind: 'uml', cpus: ['0'] },
      { kind: 'native', swap: '1M' },
      { kind: 'native', mem: '256M' },
    ]),
  );
  test(
    'values out of range',
    refused(RangeError, [
      { kind: 'xen' },
      { kind: 'constructor' },
      { kind: 'uml', memory: '12Q' },
      { kind: 'uml', memory: '' },
      { kind: 'uml', memory: '-256M' },
      { kind: 'uml', memory: '1.5G' },
      { kind: 'uml', memory: 1000 },
      { kind: 'uml', memory: Number.NaN },
      { kind: 'uml', memory: '9999999999999T' },
      { kind: 'uml', memory: '39M' },
      { kind: 'native', memory: '1M' },
      { kind: 'native', memory: '64M', swap: -1 },
      { kind: 'native', cpus: [] },
      { kind: 'native', cpus: [0, 0] },
      { kind: 'native', cpus: [-1] },
      { kind: 'native', cpus: [0.5] },
      { kind: 'native', cpus: [99999] },
      { kind: 'uml', cpus: [0, 1] },
    ]),
  );
  test('options', async () => {
    const wrong = (options: object) => start({ kind: 'native' }, options);
    await assert.rejects(wrong({ bootTimeout: 3 }), /'options' has no property 'bootTimeout'/);
    await assert.rejects(wrong({ bootTimeoutMs: -1 }), RangeError);
    await assert.rejects(wrong({ hangMs: '1s' }), TypeError);
    await assert.rejects(wrong({ onProgress: 'no' }), TypeError);
  });
});

describe('this machine as it is', () => {
  let guest: Guest;
  before(async () => {
    guest = await start({ kind: 'native' });
  });
  after(() => guest.stop());

  test('says what it is', () => {
    assert.equal(guest.name, 'native');
    assert.deepEqual(guest.spec, { kind: 'native', cpus: undefined });
    assert.equal(guest.facts.kind, 'native');
    assert.ok(guest.facts.memTotalBytes > 2 ** 24);
    assert.equal(guest.facts.memoryBytes, guest.facts.memTotalBytes);
  });

  test('passes arguments, environment and folder on as they are', async () => {
    const text = fc.string({ unit: 'binary' }).map((all) => Buffer.from(all.replaceAll('\0', '')).toString());
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), text, async (args, VALUE) => {
        const options = { env: { VALUE, NONE: undefined, PATH: process.env['PATH'] }, cwd: '/usr' };
        const { stdout } = await guest.run('sh', ['-c', 'pwd; printf "%s\\0" "$VALUE" "$@"', 'sh', ...args], options);
        assert.equal(stdout, ['/usr\n', ...[VALUE, ...args].map((word) => `${word}\0`)].join(''));
      }),
      { numRuns: 20 },
    );
  });

  test('tells how a command ended', async () => {
    const run = async (command: string, ...args: string[]) => {
      const { exitCode, signal } = await guest.run(command, args);
      return [exitCode, signal];
    };
    assert.deepEqual(await run('sh', '-c', 'exit 7'), [7, null]);
    assert.deepEqual(await run('sh', '-c', 'kill -TERM $$'), [null, 'SIGTERM']);
    assert.deepEqual(await run('no-such-program'), [127, null]);
    assert.deepEqual(await run('/'), [126, null]);
    const elsewhere = await guest.run('true', [], { cwd: '/no/such/folder' });
    assert.equal(elsewhere.exitCode, 125);
    assert.equal((await guest.run('echo', ['x'.repeat(2 ** 22)])).exitCode, 126);
  });

  test('passes output on while the command runs, and keeps it or not', async () => {
    const seen: string[] = [];
    const options: RunOptions = { onOutput: (chunk, stream) => void seen.push(`${stream}: ${Buffer.from(chunk)}`) };
    const script = 'echo one; sleep 0.2; echo two >&2';
    const kept = await guest.run('sh', ['-c', script], options);
    assert.deepEqual(seen, ['stdout: one\n', 'stderr: two\n']);
    assert.deepEqual([kept.stdout, kept.stderr], ['one\n', 'two\n']);
    assert.equal((await guest.run('sh', ['-c', script], { ...options, capture: false })).stdout, '');
    const failing = new Error('mine');
    const onOutput = () => {
      throw failing;
    };
    await assert.rejects(guest.run('sh', ['-c', 'echo; sleep 100'], { onOutput }), failing);
  });

  test('ends a command, and what it started, at its time limit', async () => {
    const mark = '31415.9';
    const result = await guest.run('sh', ['-c', `sleep ${mark} & echo out; sleep ${mark}`], { timeoutMs: 300 });
    assert.deepEqual(
      [result.exitCode, result.signal, result.reason, result.stdout],
      [null, 'SIGKILL', 'timeout', 'out\n'],
    );
    assert.deepEqual(processesWith(mark), []);
  });

  test('does not wait for what a command leaves behind', async () => {
    const mark = '27182.8';
    assert.equal((await guest.run('sh', ['-c', `sleep ${mark} & echo out`])).stdout, 'out\n');
    assert.deepEqual(processesWith(mark), []);
    // One that leaves the group is its own master.
    assert.equal((await guest.run('sh', ['-c', 'setsid sleep 5 & echo out'])).stdout, 'out\n');
  });

  test('reads files', async () => {
    assert.match(Buffer.from(await guest.copyOut('/proc/version')).toString(), /^Linux/);
    await assert.rejects(guest.copyOut('/no/such/file'), { name: 'GuestError', kind: 'resource' });
    await assert.rejects(guest.copyOut('relative'), TypeError);
  });

  test('refuses what no program can be given', async () => {
    const refused = (error: typeof TypeError | typeof RangeError, ...call: unknown[]) =>
      assert.rejects(guest.run(...(call as [string])), { name: error.name }, inspect(call));
    await refused(RangeError, '');
    await refused(TypeError, undefined);
    await refused(TypeError, 'a\0b');
    await refused(TypeError, 'echo', 'text');
    await refused(TypeError, 'echo', [1]);
    await refused(TypeError, 'echo', ['a\0']);
    await refused(TypeError, 'echo', [], null);
    await refused(TypeError, 'echo', [], { timeout: 3 });
    await refused(RangeError, 'echo', [], { timeoutMs: -1 });
    await refused(RangeError, 'echo', [], { timeoutMs: 0 });
    await refused(RangeError, 'echo', [], { timeoutMs: Number.NaN });
    await refused(RangeError, 'echo', [], { timeoutMs: 2 ** 31 });
    await refused(TypeError, 'echo', [], { timeoutMs: '1s' });
    await refused(TypeError, 'echo', [], { cwd: 3 });
    await refused(RangeError, 'echo', [], { cwd: '' });
    await refused(TypeError, 'echo', [], { env: 'PATH=/' });
    await refused(TypeError, 'echo', [], { env: { A: 'a\0' } });
    await refused(RangeError, 'echo', [], { env: { 'A=B': '' } });
    await refused(TypeError, 'echo', [], { onOutput: 'no' });
    await refused(TypeError, 'echo', [], { capture: 1 });
  });
});

test('stops once, with the commands that run, and is of no use after', async () => {
  const guest = await start({ kind: 'native' });
  const mark = '16180.3';
  const running = assert.rejects(guest.run('sleep', [mark]), { name: 'GuestError', kind: 'stopped' });
  await Promise.all([guest.stop(), guest.stop()]);
  await running;
  assert.deepEqual(processesWith(mark), []);
  await guest[Symbol.asyncDispose]();
  await assert.rejects(guest.run('true'), { name: 'GuestError', kind: 'stopped', message: 'native: it was stopped' });
  await assert.rejects(guest.copyOut('/etc/hostname'), { kind: 'stopped' });
});

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`leaves no process behind when ${signal} ends its owner`, async () => {
    const { child, running } = startElsewhere({ kind: 'native' }, ['sh', '-c', 'echo; sleep 14142.1; true']);
    await running;
    const traces = tracesOf(child.pid!);
    // The keeper and the command.
    assert.ok(traces.processes.length >= 2);
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
    assert.deepEqual(await remainsInTheEnd(traces), []);
    assert.deepEqual(processesWith('14142.1'), []);
  });
}
