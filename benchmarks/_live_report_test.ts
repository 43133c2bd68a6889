import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore } from '@paratune/record';
import { ReportError } from '@paratune/report';
import type { Measurement, Setting } from './_experiment.ts';
import { LiveReport } from './_live_report.ts';
import { profiles } from './profiles.ts';

/** A measurement of which so many observations are missing. */
function measurement(name: string, missing: number, total = 4): Measurement {
  return { name, plan: () => ({ total, missing, seconds: missing }), run: () => Promise.reject(new Error('not run')) };
}

function liveReport(t: TestContext, measurements: Measurement[]) {
  const folder = mkdtempSync(join(tmpdir(), 'paratune-live-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const output = join(folder, 'report');
  const store = openStore(join(folder, 'records'));
  const setting = { store, profile: profiles.tiny, environments: ['native'] } as unknown as Setting;
  return { output, live: new LiveReport({ setting, measurements, output, command: 'bench' }) };
}

test('it says what is complete and what is to come, without PNGs; at the end nothing of that', async (t) => {
  const { live, output } = liveReport(t, [measurement('probe', 0), measurement('tune', 3), measurement('none', 0, 0)]);
  await live.refresh();
  const page = () => readFileSync(join(output, 'report.html'), 'utf8');
  assert.ok(page().includes('The run goes on: 5 of 8 observations are there. Complete: probe. To come: tune.'));
  assert.ok(!existsSync(join(output, 'figure-08.png')));
  const before = page();
  rmSync(join(output, 'report.html'));
  await live.refresh();
  assert.ok(!existsSync(join(output, 'report.html')), 'not again at once');
  await live.refresh(true);
  assert.equal(page(), before);

  await live.finish(true);
  assert.ok(page().includes('The run was stopped before its end: 5 of 8 observations are there.'));
  const { page: file } = await live.finish(false);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /The run (goes on|was stopped)/);
  assert.ok(existsSync(join(output, 'figure-08.png')));
});

test('a folder that cannot be written to is no end of the measuring, but of the run', async (t) => {
  const { live, output } = liveReport(t, [measurement('probe', 1)]);
  writeFileSync(output, '');
  await live.refresh();
  await assert.rejects(live.finish(false), ReportError);
});
