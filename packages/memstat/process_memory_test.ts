import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startChild } from './_child.ts';
import { MemstatError } from './memstat_error.ts';
import { processMemory } from './process_memory.ts';
import { systemMemory } from './system_memory.ts';

const MIB = 2 ** 20;

const isGone = (error: unknown) => error instanceof MemstatError && error.kind === 'gone';

test('a child that touches 64 MiB has 64 MiB more resident, and its faults say so', async () => {
  const child = await startChild();
  try {
    const before = processMemory(child.pid);
    await child.touch(64);
    const after = processMemory(child.pid);
    const grown = (after.residentBytes - before.residentBytes) / MIB;
    // V8 may take or return a few MiB of its own meanwhile.
    assert.ok(grown > 60 && grown < 80, `grown by ${grown} MiB`);
    assert.ok(after.peakResidentBytes - before.residentBytes > 60 * MIB);
    // A huge page takes the place of 512 faults where the kernel gives them unasked.
    const unasked = /\[always\]/.test(readOr('/sys/kernel/mm/transparent_hugepage/enabled', ''));
    const faults = after.minorFaults - before.minorFaults;
    assert.ok(faults >= (64 * MIB) / 4096 / (unasked ? 512 : 1), `${faults} minor faults`);
    assert.ok(after.majorFaults >= before.majorFaults);
  } finally {
    await child.end();
  }
  assert.throws(() => processMemory(child.pid), isGone);
});

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

test('this process is the default', () => {
  const own = processMemory();
  const byNumber = processMemory(process.pid);
  assert.ok(own.residentBytes > MIB && own.peakResidentBytes >= own.residentBytes / 2);
  assert.ok(byNumber.minorFaults >= own.minorFaults);
});

test('a process that has ended but was not waited for has no memory to tell of', async () => {
  // The shell's child ends while the shell has become a program that does not wait for it.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [text] = await once(parent.stdout!, 'data');
    const zombie = Number(String(text));
    const isZombie = () => /\) Z /.test(readOr(`/proc/${zombie}/stat`, ''));
    for (let waited = 0; waited < 10_000 && !isZombie(); waited += 20) await setTimeout(20);
    assert.ok(isZombie());
    assert.throws(() => processMemory(zombie), isGone);
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a program whose name holds spaces and parentheses is read', async () => {
  const child = await startChild(([node, ...args]) => [node!, '--title=a) R 1 (b', ...args]);
  try {
    assert.match(readFileSync(`/proc/${child.pid}/stat`, 'utf8'), /\(a\) R 1 \(b\)/);
    assert.ok(processMemory(child.pid).minorFaults > 100);
  } finally {
    await child.end();
  }
});

test('a kernel thread has no memory of its own', (t) => {
  if (!/\(kthreadd\)/.test(readOr('/proc/2/stat', ''))) return t.skip('no kernel threads are visible here');
  assert.equal(processMemory(2).residentBytes, 0);
  assert.equal(processMemory(2).swapBytes, 0);
});

test('what is no process number is refused', () => {
  for (const pid of ['1', null, {}, 1n, true, 'Self']) assert.throws(() => processMemory(pid as never), TypeError);
  for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
    assert.throws(() => processMemory(pid), { name: 'RangeError', message: /'pid'/ });
  }
});

/** A control group that holds its processes to so much memory, or why there is none. */
function memoryGroup(bytes: number): { procs: string; remove: () => void } | string {
  const [folder, limit] = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes')
    ? ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes']
    : ['/sys/fs/cgroup', 'memory.max'];
  const group = join(folder, `paratune-memstat-${process.pid}`);
  try {
    mkdirSync(group);
    try {
      writeFileSync(join(group, limit), String(bytes));
    } catch (error) {
      rmdirSync(group);
      throw error;
    }
  } catch (error) {
    return `no control group for memory: ${(error as Error).message}`;
  }
  return { procs: join(group, 'cgroup.procs'), remove: () => rmdirSync(group) };
}

/** Swap of a test's own, from a file, unless the system has some; or why there is none. */
function swapSpace(mebibytes: number): { remove: () => void } | string {
  const { swapTotalBytes, swapUsedBytes } = systemMemory();
  if (swapTotalBytes - swapUsedBytes > mebibytes * MIB) return { remove: () => {} };
  if (process.getuid?.() !== 0) return 'no swap, and only root can add some';
  const folder = mkdtempSync(join(tmpdir(), 'paratune-swap-'));
  const file = join(folder, 'swap');
  const remove = () => {
    spawnSync('swapoff', [file]);
    rmSync(folder, { recursive: true, force: true });
  };
  const steps = [
    ['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', `count=${mebibytes}`],
    ['chmod', '600', file],
    ['mkswap', file],
    ['swapon', file],
  ];
  for (const [command, ...args] of steps) {
    const { status, stderr, error } = spawnSync(command!, args, { encoding: 'utf8' });
    if (status !== 0) {
      remove();
      return `${command} fails: ${error?.message ?? stderr.trim()}`;
    }
  }
  return { remove };
}

test('a child that is held to less memory than it touches has the rest in swap', async (t) => {
  const swap = swapSpace(192);
  if (typeof swap === 'string') return t.skip(swap);
  const group = memoryGroup(96 * MIB);
  try {
    if (typeof group === 'string') return t.skip(group);
    const systemBefore = systemMemory();
    const child = await startChild((command) => ['sh', '-c', `echo $$ > ${group.procs}; exec "$0" "$@"`, ...command]);
    try {
      const before = processMemory(child.pid);
      assert.equal(before.swapBytes, 0);
      await child.touch(128);
      const { swapBytes, residentBytes, majorFaults } = processMemory(child.pid);
      assert.ok(swapBytes > 32 * MIB && swapBytes < 180 * MIB, `${swapBytes} bytes in swap`);
      // Pages of Node's own file are held by whichever group read them first, so the group's limit does not bound the whole.
      assert.ok(residentBytes - before.residentBytes < 96 * MIB, `${residentBytes} bytes resident`);
      const system = systemMemory();
      assert.ok(system.swapUsedBytes >= swapBytes / 2);
      assert.ok(system.pagesSwappedOut - systemBefore.pagesSwappedOut >= (32 * MIB) / 4096);

      await child.read();
      // One fault may bring several pages back (vm.page-cluster), yet not so many.
      assert.ok(processMemory(child.pid).majorFaults - majorFaults > 32);
      assert.ok(systemMemory().pagesSwappedIn - system.pagesSwappedIn >= (32 * MIB) / 4096);
    } finally {
      await child.end();
    }
  } finally {
    if (typeof group !== 'string') await removeSoon(group.remove);
    swap.remove();
  }
});

/** A control group can be removed once the kernel has parted with its last process, a moment after its end. */
async function removeSoon(remove: () => void): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return remove();
    } catch (error) {
      if (attempt === 100) throw error;
      await setTimeout(20);
    }
  }
}
