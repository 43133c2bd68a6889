import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { layout, mapRegion, openRegion, Region, regionBytes } from './_region.ts';
import { processSeat } from './_seats.ts';
import type { SideJob } from './_side_job.ts';

const skip = process.platform === 'linux' && process.arch === 'x64' ? false : 'only Linux on x86-64 has it';
const scratch = mkdtempSync(join(tmpdir(), 'paratune-sides-'));
after(() => rmSync(scratch, { recursive: true }));

let regions = 0;

/** A region in a file of its own. */
function newRegion(messageBytes = 0): { file: string; region: Region } {
  const file = join(scratch, String(regions++));
  return { file, region: mapRegion(file, regionBytes(messageBytes)).initialize(messageBytes) };
}

function job(region: string, changes: Partial<SideJob> = {}): SideJob {
  return {
    ...{ role: 0, benchmark: 'sync', implementation: 'x64', fences: 'both', messageBytes: 0, iterations: 1e9 },
    ...{ warmUp: 0, runs: 1, yields: false, region, host: '127.0.0.1', patience: { joinMs: 200, peerMs: 200 } },
    ...changes,
  };
}

const run = (file: string, changes?: Partial<SideJob>, signal = new AbortController().signal) =>
  processSeat(file).run(job(file, changes), signal);

/** The command line of a process; nothing when it has ended. */
function commandOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const kindOf = async (outcome: ReturnType<typeof run>) => {
  const ended = await outcome;
  return ended.status === 'failed' ? ended.kind : ended;
};

test('a peer that never comes is waited for so long, and no longer', { skip, timeout: 30_000 }, async () => {
  for (const implementation of ['x64', 'js'] as const) {
    assert.equal(await kindOf(run(newRegion().file, { implementation })), 'no-peer');
  }
});

test('a role that is taken is refused', { skip, timeout: 30_000 }, async () => {
  const { file, region } = newRegion();
  region.join(1);
  assert.equal(await kindOf(run(file, { role: 1 })), 'role-taken');
});

test('a region that is too small, none, of another version or for other messages is refused', { skip }, () => {
  const small = join(scratch, 'small');
  writeFileSync(small, '');
  truncateSync(small, 1024);
  assert.throws(() => openRegion(small, 0), { kind: 'region-too-small', message: /has 1024 bytes, it must have 1280/ });
  assert.throws(() => new Region(new Int32Array(100)).check(0), { kind: 'region-too-small' });
  assert.throws(() => openRegion(join(scratch, 'none'), 0), { kind: 'mismatch', message: /there is no region/ });
  const { file, region } = newRegion(1000);
  assert.throws(() => openRegion(file, 8), { kind: 'mismatch', message: /messages of 1000 bytes, this one of 8/ });
  region.store(layout.version, 99);
  assert.throws(() => openRegion(file, 1000), { kind: 'mismatch', message: /has version 99/ });
  region.store(layout.magic, 0);
  assert.throws(() => openRegion(file, 1000), { kind: 'mismatch', message: /not initialized/ });
});

for (const implementation of ['x64', 'js'] as const) {
  test(`a peer that dies in the critical section is noticed: ${implementation}`, {
    skip,
    timeout: 30_000,
  }, async () => {
    const { file, region } = newRegion();
    // A peer that came, took the first number, entered, and gave no sign of life from then on.
    region.join(1);
    region.store(layout.tickets[1] + layout.number, 1);
    assert.equal(await kindOf(run(file, { implementation })), 'peer-lost');
  });
}

test('two sides that live and get nowhere stop', { skip, timeout: 60_000 }, async () => {
  const { file, region } = newRegion();
  region.join(1);
  region.store(layout.tickets[1] + layout.number, 1);
  const beating = setInterval(() => region.add(layout.sides[1] + layout.beat, 1), 5);
  // Six times this.
  const outcome = await kindOf(run(file, { patience: { joinMs: 1000, peerMs: 500 } }));
  clearInterval(beating);
  assert.equal(outcome, 'stalled');
});

for (const benchmark of ['raw', 'sync', 'tcp'] as const) {
  test(`a peer that is killed in the middle of ${benchmark} is noticed`, { skip, timeout: 60_000 }, async () => {
    const { file, region } = newRegion();
    const killing = new AbortController();
    const patience = { joinMs: 20_000, peerMs: 1000 };
    const sides = [
      run(file, { benchmark, patience }),
      run(file, { benchmark, patience, role: 1 }, killing.signal),
    ] as const;
    while (region.load(layout.sides[0]) === 0 || region.load(layout.sides[1]) === 0) await sleep(5);
    await sleep(50);
    killing.abort();
    assert.deepEqual(await Promise.all(sides.map(kindOf)), ['peer-lost', 'peer-lost']);
  });
}

test('sides end when the program that started them does', { skip, timeout: 60_000 }, async () => {
  const { file, region } = newRegion();
  const module = new URL('./_seats.ts', import.meta.url).href;
  const longJob = job(file, { patience: { joinMs: 60_000, peerMs: 60_000 } });
  const program = `
    import { processSeat } from ${JSON.stringify(module)};
    processSeat('').run(${JSON.stringify(longJob)}, new AbortController().signal);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000);`;
  const tsx = import.meta.resolve('tsx');
  assert.throws(() => execFileSync(process.execPath, ['--import', tsx, '--input-type=module', '-e', program]));
  // It has come; it goes without a word, since nobody is left to hear one.
  assert.equal(region.load(layout.sides[0]), 1);
  const left = () => readdirSync('/proc').some((name) => /^\d+$/.test(name) && commandOf(name).includes(`${file}"`));
  for (let tries = 0; left() && tries < 500; tries++) await sleep(20);
  assert.equal(left(), false);
});
