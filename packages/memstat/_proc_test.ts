import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCounters, parseKilobytes, parseStat, readProc } from './_proc.ts';
import { MemstatError } from './memstat_error.ts';

const isMemstatError = (kind: string) => (error: unknown) => error instanceof MemstatError && error.kind === kind;

test('parseStat finds the fields behind any name', () => {
  const name = fc.oneof(
    fc.string({ maxLength: 15 }),
    fc.constantFrom('a b', ') R 1 2 3 (', '((', '))', '', ' ', 'x) S 0', 'line\nend', '(sd-pam)'),
  );
  const number = fc.nat();
  fc.assert(
    fc.property(name, number, number, number, (name, minorFaults, majorFaults, startTime) => {
      const between = (fields: number) => Array(fields).fill('-7').join(' ');
      const text = `4711 (${name}) S ${between(6)} ${minorFaults} 0 ${majorFaults} 0 ${between(8)} ${startTime} ${between(30)}\n`;
      assert.deepEqual(parseStat(text, 'stat'), { name, state: 'S', minorFaults, majorFaults, startTime });
    }),
  );
});

test('parseStat refuses what is no stat file', () => {
  for (const text of [
    '',
    '4711',
    '4711 (node',
    '4711 (node)',
    '4711 (node) S 1 2',
    ') 1 (',
    '1 (a) S x x x x x x x x x x',
  ]) {
    assert.throws(() => parseStat(text, '/proc/4711/stat'), isMemstatError('malformed'), text);
  }
});

test('sizes and counters are taken from lines of their form only', () => {
  const status =
    'Name:\tVmRSS:  77 kB\nVmHWM:\t   200 kB\nVmRSS:\t  100 kB\nThreads:\t7\nHugetlbPages:\t0 kB\nVmBad: -1 kB\n';
  assert.deepEqual(
    [...parseKilobytes(status)],
    [
      ['VmHWM', 204800],
      ['VmRSS', 102400],
      ['HugetlbPages', 0],
    ],
  );
  assert.deepEqual(
    [...parseCounters('pswpin 5\nbad line 7\npswpout 18446744\n')],
    [
      ['pswpin', 5],
      ['pswpout', 18446744],
    ],
  );
  assert.deepEqual([...parseKilobytes(''), ...parseCounters('')], []);
});

test('a file that is missing, and a system that is not Linux, are errors of their kind', () => {
  assert.throws(() => readProc('/proc/nothing-of-this-name', 'it'), isMemstatError('gone'));
  assert.throws(() => readProc('/proc', 'it'), isMemstatError('unsupported'));
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
  Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
  try {
    assert.throws(() => readProc('/proc/self/stat', 'it'), isMemstatError('unsupported'));
  } finally {
    Object.defineProperty(process, 'platform', platform);
  }
});

test('a file that may not be read is denied', (t) => {
  const path = '/proc/1/environ'; // of root's, readable by root alone
  const readable = () => {
    try {
      readFileSync(path);
      return true;
    } catch {
      return false;
    }
  };
  if (!readable()) {
    assert.throws(() => readProc(path, 'process 1'), isMemstatError('denied'));
    return;
  }
  if (process.getuid?.() !== 0) return t.skip(`${path} is readable without being root`);
  // Root gives up its rights in a process of its own, after loading the code.
  const script = `
    import { readProc } from ${JSON.stringify(new URL('./_proc.ts', import.meta.url).href)};
    process.setgroups([]); process.setgid(65534); process.setuid(65534);
    try { readProc(${JSON.stringify(path)}, 'process 1'); } catch (error) { process.stdout.write(error.kind); }`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  assert.equal(stdout, 'denied', stderr);
});
