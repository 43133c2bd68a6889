import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { lacking, remainsInTheEnd, startElsewhere, tracesOf } from './_test_support.ts';
import type { Guest } from './guest.ts';
import { start } from './start.ts';

const skip = await lacking('qemu-160');
const mebibyte = 1024 ** 2;
const spec = { kind: 'qemu', memory: '160M', swap: '64M' } as const;

describe('a guest of QEMU', { skip }, () => {
  let guest: Guest;
  before(async () => {
    guest = await start({ ...spec, cpus: [0] });
  });
  after(async () => {
    const traces = tracesOf(process.pid);
    await guest.stop();
    assert.ok(traces.processes.length >= 2 && traces.paths.length >= 2);
    assert.deepEqual(await remainsInTheEnd(traces), []);
  });

  test('says what it is', () => {
    assert.equal(guest.name, 'qemu-160');
    const { kind, kernel, memTotalBytes, swapTotalBytes, cpus, accelerator } = guest.facts;
    assert.deepEqual([kind, swapTotalBytes, cpus], ['qemu', 64 * mebibyte, '0']);
    assert.ok(accelerator === 'kvm' || accelerator === 'tcg');
    assert.match(kernel, /^\d+\.\d+/);
    assert.ok(memTotalBytes > 80 * mebibyte && memTotalBytes < 160 * mebibyte);
  });

  test('is a machine of its own', async () => {
    const { stdout } = await guest.run('cat', ['/proc/sys/kernel/osrelease', '/proc/sys/kernel/random/boot_id']);
    const [release, bootId] = stdout.split('\n');
    assert.equal(release, guest.facts.kernel);
    assert.notEqual(bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  });

  test('passes arguments, environment and folder on as they are', async () => {
    const words = ['it\'s "so"\n$HOME \\', '', 'ä€\u{1f600}', '--'];
    const options = { env: { VALUE: 'a\nb', PATH: process.env['PATH'] }, cwd: '/usr' };
    const script = 'pwd; printf "%s\\0" "$VALUE" "$@"';
    const { stdout } = await guest.run('sh', ['-c', script, 'sh', ...words], options);
    assert.equal(stdout, ['/usr\n', ...['a\nb', ...words].map((word) => `${word}\0`)].join(''));
  });

  test('tells how a command ended', async () => {
    const run = async (command: string, ...args: string[]) => {
      const { exitCode, signal } = await guest.run(command, args);
      return [exitCode, signal];
    };
    assert.deepEqual(await run('sh', '-c', 'exit 7'), [7, null]);
    assert.deepEqual(await run('sh', '-c', 'kill -TERM $$'), [null, 'SIGTERM']);
    assert.deepEqual(await run('no-such-program'), [127, null]);
    const late = await guest.run('sh', ['-c', 'echo out; sleep 1000'], { timeoutMs: 10_000 });
    assert.deepEqual([late.signal, late.reason, late.stdout], ['SIGKILL', 'timeout', 'out\n']);
  });

  test('runs Node, on the files of this machine', async () => {
    const { stdout, stderr } = await guest.run(process.execPath, ['-p', 'process.memoryUsage.rss()']);
    assert.ok(Number(stdout) > mebibyte, stderr);
    assert.deepEqual(Buffer.from(await guest.copyOut('/etc/hostname')), readFileSync('/etc/hostname'));
  });

  test('has a /tmp of its own, and cannot write elsewhere', async () => {
    const { stdout } = await guest.run('sh', [
      '-c',
      'echo here >/tmp/written-in-the-guest; cat /tmp/written-in-the-guest',
    ]);
    assert.equal(stdout, 'here\n');
    assert.throws(() => readFileSync('/tmp/written-in-the-guest'), { code: 'ENOENT' });
    const refused = await guest.run('sh', ['-c', 'echo >/usr/written-in-the-guest']);
    assert.notEqual(refused.exitCode, 0);
  });

  test('swaps what does not fit, and lives on when a command runs out of memory', async () => {
    const swappedOut = async () =>
      Number(/^pswpout (\d+)/m.exec((await guest.run('cat', ['/proc/vmstat'])).stdout)![1]);
    const before = await swappedOut();
    const filled = await guest.run('perl', ['-e', 'vec(my $a, (110 << 20) - 1, 8) = 1; print "filled"']);
    assert.equal(filled.stdout, 'filled');
    assert.ok((await swappedOut()) > before);
    const { exitCode, signal, reason } = await guest.run('perl', ['-e', 'push(@all, "x" x (1 << 20)) while 1']);
    assert.deepEqual([exitCode, signal, reason], [null, 'SIGKILL', 'out-of-memory']);
    assert.equal((await guest.run('echo', ['alive'])).stdout, 'alive\n');
  });
});

test('a panic of its kernel is an error with the end of the console', { skip }, async () => {
  const guest = await start(spec);
  const panicking = guest.run('sh', ['-c', 'echo c >/proc/sysrq-trigger; sleep 1000'], { timeoutMs: 60_000 });
  const message = /qemu-160: its kernel panicked: sysrq triggered crash/;
  await assert.rejects(panicking, { name: 'GuestError', kind: 'panic', message, consoleTail: /Call Trace/ });
  await assert.rejects(guest.run('true'), { name: 'GuestError', kind: 'panic' });
  await guest.stop();
});

test('a QEMU that is killed, and one whose owner is killed, leave nothing behind', { skip }, async () => {
  const guest = await start(spec);
  const own = tracesOf(process.pid);
  const { child, running } = startElsewhere(spec, ['sh', '-c', 'echo; sleep 1000']);
  const command = guest.run('sleep', ['1000']);
  const [qemu] = own.processes.filter((id) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('qemu-system'));
  process.kill(Number(qemu), 'SIGTERM');
  await assert.rejects(command, { name: 'GuestError', kind: 'killed' });
  await guest.stop();
  assert.deepEqual(await remainsInTheEnd(own), []);
  await running;
  const traces = tracesOf(child.pid!);
  assert.ok(traces.processes.length >= 2 && traces.paths.length >= 2);
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(await remainsInTheEnd(traces), []);
});

test('an accelerator that is none, or for another kind, is refused', async () => {
  await assert.rejects(start({ kind: 'qemu', memory: '160M', accelerator: 'xen' as 'tcg' }), {
    name: 'RangeError',
    message: "'accelerator' must be one of 'auto', 'kvm', 'tcg', got 'xen'",
  });
  await assert.rejects(start({ kind: 'uml', accelerator: 'tcg' } as object as { kind: 'uml' }), {
    name: 'TypeError',
    message: /'spec' of kind 'uml' has no property 'accelerator'/,
  });
});
