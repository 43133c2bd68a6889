import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '@paratune/record';
import { processStart } from './process_start.ts';

test('an experiment of one’s own ends with its figure on the page, in fewer than 40 lines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paratune-example-'));
  try {
    const page = readFileSync(await processStart([{ kind: 'native' }], folder), 'utf8');
    assert.match(page, /process-start: milliseconds/);
    const { records } = openStore(folder).read();
    assert.equal(records.length, 20);
    assert.ok(records.every((record) => record.status === 'measured' && record.value > 0));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const source = readFileSync(fileURLToPath(new URL('./process_start.ts', import.meta.url)), 'utf8');
  assert.ok(source.trimEnd().split('\n').length < 40);
});
