import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { test } from 'node:test';
import { programsOf, quickStart } from './_installs.ts';

test('a quick start is the first block of TypeScript, and runs in both module systems', () => {
  const page =
    '# a\n```sh\nnpm i a\n```\n```ts\nimport { join } from "node:path";\nconst path: string = await join("a", "b");\nconsole.log(path);\n```\n```ts\nlater\n```\n';
  const code = quickStart(page)!;
  assert.match(code, /^import.*\n.*\nconsole.log\(path\);$/);
  assert.equal(quickStart('# none\n```js\n1\n```\n'), undefined);
  const folder = mkdtempSync(join(tmpdir(), 'paratune-start-'));
  try {
    for (const [file, program] of Object.entries(programsOf(code))) {
      writeFileSync(join(folder, file), program);
      assert.equal(spawnSync(execPath, [file], { cwd: folder, encoding: 'utf8' }).stdout, 'a/b\n', file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
