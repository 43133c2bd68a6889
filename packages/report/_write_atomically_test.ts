import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeAtomically } from './_write_atomically.ts';
import { ReportError } from './report_error.ts';

test('killed at any moment, the old file or the new one is there, whole', async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-atomic-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'report.html');
  const script = `
    import { writeAtomically } from ${JSON.stringify(import.meta.resolve('./_write_atomically.ts'))};
    for (let i = 0; ; i++) { writeAtomically(${JSON.stringify(file)}, 'ab'[i % 2].repeat(4e6)); process.stdout.write('.'); }`;
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await sleep(Math.random() * 30);
    child.kill('SIGKILL');
    await once(child, 'close');
    const text = fs.readFileSync(file, 'utf8');
    assert.equal(text.length, 4e6);
    assert.match(text, /^(a+|b+)$/);
  }
});

test('what cannot be written is an error that names the file, and leaves nothing behind', (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-atomic-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const taken = join(folder, 'taken');
  fs.mkdirSync(taken);
  assert.throws(
    () => writeAtomically(taken, 'text'),
    (error) => error instanceof ReportError && error.file === taken,
  );
  assert.throws(() => writeAtomically(join(folder, 'missing', 'a'), 'text'), ReportError);
  assert.deepEqual(fs.readdirSync(folder), ['taken']);
});
