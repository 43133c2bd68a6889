import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { lacking, remainsInTheEnd, startElsewhere, tracesOf } from './_test_support.ts';
import type { Guest } from './guest.ts';
import { start } from './start.ts';

const skip = await lacking('uml-64');
const mebibyte = 1024 ** 2;

/** The process of a guest's kernel, the only one this process has started of which that is true. */
function kernelProcess(): number {
  const found = tracesOf(process.pid).processes.filter((number) =>
    readFileSync(`/proc/${number}/cmdline`, 'utf8').includes('linux.uml'),
  );
  assert.equal(found.length, 1);
  return Number(found[0]);
}

describe('a guest of user-mode Linux', { skip }, () => {
  let guest: Guest;
  let scratch: string;
  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'shared-'));
    guest = await start({ kind: 'uml', memory: '64M', swap: '32M', cpus: [0] });
  });
  after(async () => {
    const traces = tracesOf(process.pid);
    await guest.stop();
    rmSync(scratch, { recursive: true });
    assert.ok(traces.processes.length >= 2 && traces.paths.length >= 2);
    assert.deepEqual(await remainsInTheEnd(traces), []);
  });

  test('says what it is', () => {
    assert.equal(guest.name, 'uml-64');
    const { kind, kernel, memTotalBytes, memoryBytes, swapTotalBytes, cpus } = guest.facts;
    assert.deepEqual([kind, swapTotalBytes, cpus], ['uml', 32 * mebibyte, '0']);
    assert.match(kernel, /^\d+\.\d+/);
    assert.ok(memTotalBytes > 40 * mebibyte && memTotalBytes < 64 * mebibyte);
    assert.equal(memoryBytes, memTotalBytes);
  });

  test('passes arguments, environment and folder on as they are', async () => {
    const text = fc.string({ unit: 'binary' }).map((all) => Buffer.from(all.replaceAll('\0', '')).toString());
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), text, async (args, VALUE) => {
        const options = { env: { VALUE, 'no name': '', NONE: undefined, PATH: process.env['PATH'] }, cwd: '/usr' };
        const { stdout } = await guest.run(
          'sh',
          ['-c', 'pwd; printf "%s\\0" "$VALUE" "$@"', 'sh', ...args, `it's "so"\n$HOME \\`],
          options,
        );
        const words = [VALUE, ...args, `it's "so"\n$HOME \\`];
        assert.equal(stdout, ['/usr\n', ...words.map((word) => `${word}\0`)].join(''));
      }),
      { numRuns: 20 },
    );
    const seen = await guest.run('env');
    assert.match(seen.stdout, /^TMPDIR=\/tmp$/m);
    assert.match(seen.stdout, new RegExp(`^PATH=${process.env['PATH']}$`, 'm'));
  });

  test('tells how a command ended', async () => {
    const run = async (command: string, ...args: string[]) => {
      const { exitCode, signal } = await guest.run(command, args);
      return [exitCode, signal];
    };
    assert.deepEqual(await run('sh', '-c', 'exit 7'), [7, null]);
    assert.deepEqual(await run('sh', '-c', 'kill -TERM $$'), [null, 'SIGTERM']);
    assert.deepEqual(await run('no-such-program'), [127, null]);
    assert.deepEqual(await run('no=such=program'), [127, null]);
    assert.deepEqual(await run('/'), [126, null]);
    const elsewhere = await guest.run('true', [], { cwd: '/no/such/folder' });
    assert.equal(elsewhere.exitCode, 125);
    assert.notEqual(elsewhere.stderr, '');
  });

  test('reads the host’s files, also new ones, and changes none', async () => {
    const file = join(scratch, 'file');
    for (const content of ['one', 'and another']) {
      writeFileSync(file, content);
      assert.equal((await guest.run('cat', [file])).stdout, content);
    }
    const changing = await guest.run('sh', ['-c', `echo changed >${file}; cat ${file}; touch /usr/file`]);
    assert.equal(changing.stdout, 'changed\n');
    assert.notEqual(changing.exitCode, 0);
    assert.equal(readFileSync(file, 'utf8'), 'and another');
    await guest.run('sh', ['-c', 'printf "a\\0\\377" >/tmp/own']);
    assert.deepEqual([...(await guest.copyOut('/tmp/own'))], [97, 0, 255]);
    assert.equal(existsSync('/tmp/own'), false);
    await assert.rejects(guest.copyOut('/tmp/none'), { name: 'GuestError', kind: 'resource' });
  });

  test('passes output on while the command runs', async () => {
    const seen: string[] = [];
    let whenOne: (() => void) | undefined;
    const one = new Promise<void>((resolve) => (whenOne = resolve));
    // Not in /tmp, which a command sees as it was at first.
    const folder = mkdtempSync('/var/tmp/flags-');
    const flag = join(folder, 'go-on');
    const running = guest.run('sh', ['-c', `echo one; until [ -e ${flag} ]; do sleep 0.1; done; echo two >&2`], {
      timeoutMs: 20_000,
      onOutput: (chunk, stream) => {
        seen.push(`${stream}: ${Buffer.from(chunk)}`);
        whenOne?.();
      },
    });
    await one;
    writeFileSync(flag, '');
    const { stdout, stderr } = await running;
    rmSync(folder, { recursive: true });
    assert.deepEqual(seen, ['stdout: one\n', 'stderr: two\n']);
    assert.deepEqual([stdout, stderr], ['one\n', 'two\n']);
    assert.equal((await guest.run('head', ['-c', '3000000', '/dev/zero'])).stdout.length, 3_000_000);
    const failing = new Error('mine');
    const onOutput = () => {
      throw failing;
    };
    await assert.rejects(guest.run('sh', ['-c', 'echo; sleep 100'], { onOutput }), failing);
  });

  test('runs several commands at once, and ends what they leave behind', async () => {
    const outputs = await Promise.all(['a', 'b', 'c'].map((word) => guest.run('echo', [word])));
    assert.deepEqual(
      outputs.map(({ stdout }) => stdout),
      ['a\n', 'b\n', 'c\n'],
    );
    const late = await guest.run('sh', ['-c', 'sleep 1000 & echo out; sleep 1000'], { timeoutMs: 3_000 });
    assert.deepEqual([late.signal, late.reason, late.stdout], ['SIGKILL', 'timeout', 'out\n']);
    assert.equal((await guest.run('sh', ['-c', 'setsid sleep 1000 & echo out'])).stdout, 'out\n');
    const { stdout } = await guest.run('sh', ['-c', 'cat /proc/[0-9]*/comm']);
    assert.doesNotMatch(stdout, /sleep/);
  });

  test('swaps what does not fit, and lives on when a command runs out of memory', async () => {
    const fill = (mebibytes: number) => ['-e', `vec(my $a, (${mebibytes} << 20) - 1, 8) = 1; print "filled"`];
    const kernelsOwn = Number(/^pswpout (\d+)/m.exec((await guest.run('cat', ['/proc/vmstat'])).stdout)![1]);
    assert.equal((await guest.run('perl', fill(60))).stdout, 'filled');
    const now = Number(/^pswpout (\d+)/m.exec((await guest.run('cat', ['/proc/vmstat'])).stdout)![1]);
    assert.ok(now > kernelsOwn);
    const grow = ['-e', 'push(@all, "x" x (1 << 20)) while 1'];
    const { exitCode, signal, reason } = await guest.run('perl', grow);
    assert.deepEqual([exitCode, signal, reason], [null, 'SIGKILL', 'out-of-memory']);
    assert.deepEqual(await guest.run('echo', ['alive']), { exitCode: 0, signal: null, stdout: 'alive\n', stderr: '' });
  });
});

test('two guests at once, and what stops one does not touch the other', { skip }, async () => {
  const spec = { kind: 'uml', memory: '40M', swap: 0 } as const;
  const [first, second] = await Promise.all([start(spec), start(spec)]);
  const stopped = assert.rejects(first.run('sleep', ['1000']), { name: 'GuestError', kind: 'stopped' });
  await first.stop();
  await stopped;
  assert.equal((await second.run('echo', ['alive'])).stdout, 'alive\n');
  await second.stop();
});

/** Starts a small guest, ends it in some way, and checks what its commands say then, and that nothing is left. */
async function drill(
  end: (guest: Guest) => Promise<unknown>,
  expected: { kind: string; message?: RegExp; consoleTail?: RegExp },
  options: object = {},
): Promise<void> {
  const guest = await start({ kind: 'uml', memory: '40M', swap: 0 }, options);
  const traces = tracesOf(process.pid);
  try {
    await assert.rejects(end(guest), { name: 'GuestError', ...expected });
    await assert.rejects(guest.run('true'), { name: 'GuestError', kind: expected.kind });
  } finally {
    await guest.stop();
  }
  assert.deepEqual(await remainsInTheEnd(traces), []);
}

const shell = (guest: Guest, script: string, timeoutMs = 30_000) => guest.run('sh', ['-c', script], { timeoutMs });

test('a panic of its kernel is an error with the end of the console', { skip }, () =>
  drill((guest) => shell(guest, 'echo c >/proc/sysrq-trigger; sleep 1000'), {
    kind: 'panic',
    message: /uml-40: its kernel panicked: sysrq triggered crash/,
    consoleTail: /Call Trace/,
  }),
);

test('a halt is an error', { skip }, () =>
  drill((guest) => shell(guest, 'echo o >/proc/sysrq-trigger; sleep 1000'), { kind: 'exited', message: /halted/ }),
);

test('a reboot is an error, and ends it', { skip }, () =>
  drill((guest) => shell(guest, 'echo b >/proc/sysrq-trigger; sleep 1000'), { kind: 'exited', message: /rebooted/ }),
);

test('a kill from outside is an error', { skip }, () =>
  drill(
    async (guest) => {
      const running = guest.run('sleep', ['1000']);
      process.kill(kernelProcess(), 'SIGKILL');
      await running;
    },
    { kind: 'killed', message: /SIGKILL/ },
  ),
);

test('a guest that does not kill a command at its time limit hangs', { skip }, () =>
  drill(
    async (guest) => {
      const running = shell(guest, 'sleep 1000', 700);
      await sleep(400);
      process.kill(kernelProcess(), 'SIGSTOP');
      await running;
    },
    { kind: 'hang' },
    { hangMs: 2000 },
  ),
);

test('a guest that gives no sign of life while a command runs hangs', { skip }, () =>
  drill(
    async (guest) => {
      const running = guest.run('sleep', ['1000']);
      await sleep(500);
      process.kill(kernelProcess(), 'SIGSTOP');
      await running;
    },
    { kind: 'hang', message: /has not answered for 1 s/ },
    { hangMs: 1000 },
  ),
);

test('a guest that does not get ready in time is an error', { skip }, async () => {
  const spec = { kind: 'uml', memory: '64M', swap: 0 } as const;
  await assert.rejects(start(spec, { bootTimeoutMs: 50 }), { name: 'GuestError', kind: 'timeout' });
  assert.deepEqual(await remainsInTheEnd(tracesOf(process.pid)), []);
});

const mappings = Number(existsSync('/proc/sys/vm/max_map_count') && readFileSync('/proc/sys/vm/max_map_count', 'utf8'));
const manyMappings = mappings > 70_000 && `the host allows ${mappings} mappings`;
test('the host’s limit of mappings is told from other deaths', { skip: skip || manyMappings }, async () => {
  const guest = await start({ kind: 'uml', memory: '320M', swap: 0 });
  // Neighbours in each array are no neighbours in the guest's memory.
  const script = `
    const arrays = [0, 1].map(() => new Uint8Array(140 << 20));
    for (let i = 0; i < 140 << 20; i += 4096) for (const array of arrays) array[i] = 1;`;
  const { signal, reason, detail } = await guest.run('node', ['-e', script]);
  assert.deepEqual([signal, reason], ['SIGKILL', 'mapping-limit']);
  assert.match(detail!, /vm\.max_map_count/);
  assert.equal((await guest.run('true')).exitCode, 0);
  await guest.stop();
});

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`leaves nothing behind when ${signal} ends its owner`, { skip }, async () => {
    const spec = { kind: 'uml', memory: '40M', swap: '16M' };
    const { child, running } = startElsewhere(spec, ['sh', '-c', 'echo; sleep 1000']);
    await running;
    const traces = tracesOf(child.pid!);
    assert.ok(traces.processes.length >= 2 && traces.paths.length >= 2);
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
    assert.deepEqual(await remainsInTheEnd(traces), []);
  });
}

test('guests share the memory of a file with this machine, and a cable with each other', { skip }, async () => {
  const file = join(mkdtempSync('/dev/shm/guest-'), 'shared');
  writeFileSync(file, 'from the host'.padEnd(8192, '\0'));
  const [port, peerPort] = await freePorts();
  const common = { kind: 'uml', memory: '48M', swap: 0, sharedMemory: file } as const;
  const guests = await Promise.all([
    start({ ...common, link: { address: '10.3.0.1', port, peerPort } }),
    start({ ...common, link: { address: '10.3.0.2', port: peerPort, peerPort: port } }),
  ]);
  try {
    const [first, second] = guests;
    // perl has no mmap; what is written to memory goes through its device by the system calls mmap (9) and memcpy's like.
    const map = 'open(F, "+<", "/dev/mmapper") or die; my $at = syscall(9, 0, 8192, 3, 1, fileno(F), 0);';
    const read = `${map} print unpack("P13", pack("Q", $at));`;
    assert.equal((await first.run('perl', ['-e', read])).stdout, 'from the host');
    // read (0) from a pipe into the mapping.
    const write = `${map} pipe(R, W); syswrite(W, "from a guest!"); syscall(0, fileno(R), $at + 0, 13);`;
    assert.equal((await first.run('perl', ['-e', write])).exitCode, 0);
    assert.equal(readFileSync(file, 'utf8').slice(0, 13), 'from a guest!');
    assert.equal((await second.run('perl', ['-e', read])).stdout, 'from a guest!');
    const socket = 'use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or die;';
    const listen = `${socket} bind(S, pack_sockaddr_in(5000, INADDR_ANY)) or die; listen(S, 1); accept(C, S); print scalar <C>`;
    const connect = `${socket} for (1 .. 100) { last if connect(S, pack_sockaddr_in(5000, inet_aton("10.3.0.1"))); select(undef, undef, undef, 0.1) } syswrite(S, "by cable")`;
    const [heard] = await Promise.all([
      first.run('perl', ['-e', listen], { timeoutMs: 20_000 }),
      second.run('perl', ['-e', connect], { timeoutMs: 20_000 }),
    ]);
    assert.equal(heard.stdout, 'by cable');
  } finally {
    await Promise.all(guests.map((guest) => guest.stop()));
    rmSync(dirname(file), { recursive: true });
  }
});

/** Two UDP ports that nobody has. */
async function freePorts(): Promise<[number, number]> {
  const sockets = [createSocket('udp4'), createSocket('udp4')];
  const ports = [];
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    ports.push(socket.address().port);
  }
  for (const socket of sockets) socket.close();
  return ports as [number, number];
}

test('a wrong file to share and a wrong cable are refused by name', async () => {
  const odd = join(mkdtempSync(join(tmpdir(), 'odd-')), 'odd');
  writeFileSync(odd, 'odd');
  const link = { address: '10.3.0.1', port: 7001, peerPort: 7002 };
  for (const [changes, name, message] of [
    [{ sharedMemory: 'relative' }, 'TypeError', /'sharedMemory' must be an absolute path .* got 'relative'/],
    [{ sharedMemory: '/none' }, 'RangeError', /'sharedMemory' must be a file of whole pages .* got none: '\/none'/],
    [{ sharedMemory: odd }, 'RangeError', /'sharedMemory' must be .* got one of 3 bytes/],
    [{ link: { ...link, address: 'here' } }, 'TypeError', /'link.address' must be an address .* got 'here'/],
    [{ link: { ...link, port: 0 } }, 'RangeError', /'link.port' must be a port .* got 0/],
    [{ link: { ...link, peerPort: '1' } }, 'TypeError', /'link.peerPort' .* got '1'/],
    [{ link: { ...link, more: 1 } }, 'TypeError', /'link' has no property 'more'/],
  ] as const) {
    await assert.rejects(start({ kind: 'uml', ...changes } as never), { name, message });
  }
  rmSync(dirname(odd), { recursive: true });
});
