import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '@paratune/record';
import * as v from 'valibot';
import { format } from './_format.ts';
import { machineSchema } from './machine.ts';
import { probeRecords } from './probe_records.ts';

const CLI = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./cli.ts', import.meta.url))];
const run = (...args: string[]) => spawnSync(process.execPath, [...CLI, ...args], { encoding: 'utf8' });
const skip = process.platform !== 'linux' || process.arch !== 'x64' ? 'machine code is for Linux on x86-64' : false;

test('a probe of this machine is a Machine, kept as records, and shown', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paratune-probe-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { status, stdout, stderr } = run('--quick', '--json', '--records', folder);
  assert.equal(status, 0, stderr);
  const machine = v.parse(machineSchema, JSON.parse(stdout));

  const { records, identities } = openStore(folder).read();
  assert.equal(identities.length, 1);
  const again = probeRecords(machine, { environment: 'native', run: 0, identity: identities[0]!.id });
  assert.deepEqual(records, JSON.parse(JSON.stringify(again)));

  // What hangs on no other program's load: the system's page, and what the code itself decides.
  assert.equal(machine.pageBytes.reported, 4096);
  assert.equal(machine.rates.length % 2, 0);
  for (const { repetitions } of machine.rates) assert.equal(repetitions.length, 20);
  const names = new Set(machine.curves.map(({ name }) => name));
  for (const name of ['loadCycles', 'bandwidth', 'translationCycles', 'chainMflops', 'spillCycles']) {
    assert.ok(names.has(name), name);
  }
  const shown = format(machine);
  assert.match(shown, /^level 1 data cache +\S.*\n/m);
  assert.match(shown, /^cache line /m);
});

test('an unknown option and a CPU that is not there are bad usage', { skip }, () => {
  assert.equal(run('--sideways').status, 2);
  const { status, stderr } = run('--cpu', '8000');
  assert.equal(status, 2);
  assert.match(stderr, /^paratune-probe: 'cpus' must name CPUs/);
  assert.equal(run('--help').status, 0);
});
