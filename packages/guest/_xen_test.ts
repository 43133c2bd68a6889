import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { lacking, remainsInTheEnd, tracesOf } from './_test_support.ts';
import { available } from './available.ts';
import type { Guest } from './guest.ts';
import { start } from './start.ts';

const mebibyte = 1024 ** 2;
/** An emulated machine beside others on a busy machine. */
const bootTimeoutMs = 600_000;

for (const { kind, memory, isFirst } of [
  { kind: 'xen-dom0', memory: '256M', isFirst: true },
  { kind: 'xen-domu', memory: '128M', isFirst: false },
] as const) {
  describe(`a domain of kind ${kind}`, { skip: await lacking(`${kind}-256`) }, () => {
    let guest: Guest;
    before(async () => {
      guest = await start({ kind, memory, swap: '64M' }, { bootTimeoutMs });
    });
    after(() => guest?.stop());

    test('says what it is', () => {
      const asked = Number.parseInt(memory, 10);
      assert.equal(guest.name, `${kind}-${asked}`);
      const { accelerator, cpus, kernel, memTotalBytes, swapTotalBytes } = guest.facts;
      assert.deepEqual([guest.facts.kind, swapTotalBytes], [kind, 64 * mebibyte]);
      assert.ok(accelerator === 'kvm' || accelerator === 'tcg');
      assert.match(cpus, /^\d+$/);
      assert.match(kernel, /^\d+\.\d+/);
      assert.ok(memTotalBytes > (asked - 72) * mebibyte && memTotalBytes < asked * mebibyte, String(memTotalBytes));
    });

    test('runs under Xen, as its first domain or as another', async () => {
      const { stdout } = await guest.run('cat', ['/sys/hypervisor/type', '/sys/hypervisor/uuid']);
      const [type, uuid] = stdout.split('\n');
      assert.equal(type, 'xen');
      assert.match(uuid!, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      assert.equal(/^[0-]+$/.test(uuid!), isFirst, uuid);
    });

    test('runs Node, on the files of this machine', async () => {
      const { stdout, stderr } = await guest.run(process.execPath, ['-p', 'process.memoryUsage.rss() > 2 ** 20']);
      assert.equal(stdout, 'true\n', stderr);
      assert.deepEqual(Buffer.from(await guest.copyOut('/etc/debian_version')), readFileSync('/etc/debian_version'));
    });

    test('swaps what does not fit', async () => {
      const script = `vec(my $a, (${isFirst ? 190 : 70} << 20) - 1, 8) = 1; print "filled"`;
      assert.equal((await guest.run('perl', ['-e', script])).stdout, 'filled');
      const vmstat = Buffer.from(await guest.copyOut('/proc/vmstat')).toString();
      assert.ok(Number(/^pswpout (\d+)/m.exec(vmstat)![1]) > 0);
    });

    test('passes arguments on as they are, and tells how a command ended', async () => {
      const words = ['it\'s "so"\n$HOME \\', '', 'ä€\u{1f600}', '--'];
      const { stdout } = await guest.run('sh', ['-c', 'pwd; printf "%s\\0" "$@"', 'sh', ...words], { cwd: '/usr' });
      assert.equal(stdout, ['/usr\n', ...words.map((word) => `${word}\0`)].join(''));
      assert.equal((await guest.run('sh', ['-c', 'exit 7'])).exitCode, 7);
      assert.equal((await guest.run('sh', ['-c', 'kill -TERM $$'])).signal, 'SIGTERM');
    });

    test('a panic of its kernel is an error with the end of the console, and nothing is left', async () => {
      const traces = tracesOf(process.pid);
      assert.ok(traces.processes.length >= 2 && traces.paths.length >= 2);
      await assert.rejects(guest.run('sh', ['-c', 'echo c >/proc/sysrq-trigger; sleep 1000']), {
        ...{ name: 'GuestError', kind: 'panic' },
        message: new RegExp(`^${guest.name}: its kernel panicked: sysrq triggered crash`),
        consoleTail: /Call Trace/,
      });
      await assert.rejects(guest.run('true'), { name: 'GuestError', kind: 'panic' });
      await guest.stop();
      assert.deepEqual(await remainsInTheEnd(traces), []);
    });
  });
}

test('wrong values are refused before anything starts', async () => {
  const wrong = (spec: object) => start({ kind: 'xen-domu', ...spec } as { kind: 'xen-domu' });
  await assert.rejects(wrong({ memory: '95M' }), /'memory' must be at least 96 MiB for kind 'xen-domu', got '95M'/);
  await assert.rejects(wrong({ cpus: [0, 1] }), RangeError);
  await assert.rejects(wrong({ accelerator: 'xen' }), RangeError);
  await assert.rejects(wrong({ paravirtual: false }), /kind 'xen-domu' has no property 'paravirtual'/);
  await assert.rejects(start({ kind: 'xen-dom0', memory: '191M' }), RangeError);
});

test('where there is neither a package nor a cache, it says what to do', async () => {
  const before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = '/dev/null';
  try {
    const [answer] = await available(['xen-domu-128']);
    assert.ok(answer && !answer.available && answer.remedy.length > 0);
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  }
});
