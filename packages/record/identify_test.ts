import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { identify } from './identify.ts';
import { checkIdentity, identityId } from './identity.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Puts this package's sources at a path of their own, and identifies from there in a new process. */
function identifyFrom(folder: string, env: NodeJS.ProcessEnv = {}): ReturnType<typeof identify> {
  fs.mkdirSync(folder, { recursive: true });
  for (const file of fs.readdirSync(here).filter((name) => /^[^.]*(?<!_test)\.ts$|^package\.json$/.test(name))) {
    fs.copyFileSync(join(here, file), join(folder, file));
  }
  fs.symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  const script = `import { identify } from ${JSON.stringify(join(folder, 'identify.ts'))};
    console.log(JSON.stringify(identify({ kind: 'native' })));`;
  fs.writeFileSync(join(folder, 'main.ts'), script);
  const output = execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), join(folder, 'main.ts')], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

function git(cwd: string, ...args: string[]): string {
  const settings = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return execFileSync('git', [...settings, ...args], { cwd, env, encoding: 'utf8' }).trim();
}

test('an identity is whole, equal for equal facts, and different for different ones', () => {
  const identity = identify({ kind: 'uml', memTotalBytes: 256 * 2 ** 20, swap: true });
  checkIdentity(identity);
  assert.match(identity.id, /^[0-9a-f]{16}$/);
  assert.equal(identity.packages['@paratune/record'], '0.0.0');
  assert.ok(identity.machine.cpus > 0 && identity.machine.memoryBytes > 0);
  assert.equal(identify({ swap: true, memTotalBytes: 256 * 2 ** 20, kind: 'uml' }).id, identity.id);
  assert.notEqual(identify({ kind: 'uml', memTotalBytes: 756 * 2 ** 20, swap: true }).id, identity.id);
  assert.equal(identityId(JSON.parse(JSON.stringify(identity))), identity.id);
});

test('facts that JSON cannot carry are refused by name', () => {
  assert.throws(
    () => identify({ kind: 'native', swap: Number.NaN }),
    /^TypeError: 'identity\.environment\.swap' must be/,
  );
  assert.throws(
    () => identify({ kind: 1 } as never),
    /^TypeError: 'identity\.environment\.kind' must be string, got 1/,
  );
  assert.throws(() => identify({} as never), TypeError);
  assert.throws(() => identify({ kind: 'native', cpus: [0] } as never), TypeError);
});

test('a checkout gives its commit and whether tracked files differ; a hook of git does not mislead it', (t) => {
  const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'paratune-identify-')));
  t.after(() => fs.rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'packages', 'record');
  git(root, 'init', '-q');
  assert.deepEqual([identifyFrom(folder).commit, identifyFrom(`${folder}2`).dirty], [null, false], 'no commit yet');
  git(root, 'add', 'packages/record/package.json');
  git(root, 'commit', '-q', '-m', 'first');
  fs.rmSync(folder, { recursive: true });
  const clean = identifyFrom(folder, { GIT_DIR: '/nowhere', GIT_WORK_TREE: '/nowhere' });
  assert.deepEqual([clean.commit, clean.dirty], [git(root, 'rev-parse', 'HEAD'), false]);
  fs.rmSync(folder, { recursive: true });
  git(root, 'rm', '-q', '--cached', 'packages/record/package.json');
  assert.equal(identifyFrom(folder).dirty, true);

  const installed = identifyFrom(join(root, 'app', 'node_modules', '@paratune', 'record'));
  assert.equal(installed.commit, null, 'installed inside another repository it does not take that one for its own');
  assert.deepEqual(installed.packages, { '@paratune/record': '0.0.0' });
});
