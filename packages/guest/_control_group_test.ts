import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'tsup';
import { lacking } from './_test_support.ts';
import { start } from './start.ts';

const skip = await lacking('uml-128');

/** What runs in a guest, whose kernel has control groups of version 2: holds commands there to some memory. */
const program = `
import { mkdirSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { start } from './mod.js';

execFileSync('mount', ['-t', 'cgroup2', 'none', '/sys/fs/cgroup']);
const guest = await start({ kind: 'native', memory: '24M', swap: '24M' });
const fill = (mebibytes) => guest.run('perl', ['-e', 'vec(my $a, (' + mebibytes + ' << 20) - 1, 8) = 1']);
const results = {
  facts: guest.facts,
  group: (await guest.run('cat', ['/proc/self/cgroup'])).stdout,
  groups: readdirSync('/sys/fs/cgroup').filter((name) => name.startsWith('paratune-')).length,
  more: await fill(32),
  tooMuch: await fill(64),
};
await guest.stop();
results.groupsLeft = readdirSync('/sys/fs/cgroup').filter((name) => name.startsWith('paratune-')).length;
console.log(JSON.stringify(results));
`;

test('control groups of version 2 hold commands to some memory', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  await build({
    config: false,
    entry: {
      mod: new URL('./mod.ts', import.meta.url).pathname,
    },
    outDir: folder,
    outExtension: () => ({ js: '.js' }),
    format: 'esm',
    platform: 'node',
    silent: true,
  });
  const guest = await start({ kind: 'uml', memory: '128M', swap: '64M' });
  try {
    const { stdout, stderr } = await guest.run(
      'node',
      ['--input-type=module', '-e', program.replace('./mod.js', `${folder}/mod.js`)],
      {
        timeoutMs: 60_000,
      },
    );
    assert.equal(stderr, '');
    const { facts, group, groups, more, tooMuch, groupsLeft } = JSON.parse(stdout);
    assert.deepEqual([facts.memoryBytes, facts.swapTotalBytes], [24 * 1024 ** 2, 24 * 1024 ** 2]);
    assert.match(group, /^0::\/paratune-[\w-]+\n/);
    assert.equal(groups, 1);
    assert.equal(more.exitCode, 0);
    assert.deepEqual([tooMuch.signal, tooMuch.reason], ['SIGKILL', 'out-of-memory']);
    assert.equal(groupsLeft, 0);
  } finally {
    await guest.stop();
    rmSync(folder, { recursive: true });
  }
});
