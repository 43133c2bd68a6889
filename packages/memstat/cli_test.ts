import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLI = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./cli.ts', import.meta.url))];

function start(...args: string[]) {
  const child = spawn(process.execPath, [...CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number, ...output }));
  return { child, ended };
}

const memstat = (...args: string[]) => start(...args).ended;

test('a process is shown as a table and as JSON', async () => {
  const shown = await memstat(String(process.pid));
  assert.equal(shown.exitCode, 0, shown.stderr);
  assert.match(shown.stdout, /^process +\S.* \(\d+\)\nresident +\d+\.\d MiB\n/);
  const { stdout } = await memstat(String(process.pid), '--json');
  const { pid, process: memory, system } = JSON.parse(stdout);
  assert.equal(pid, process.pid);
  assert.ok(memory.residentBytes > 2 ** 20 && system.totalBytes > memory.residentBytes);
});

test('a command runs, and its exit code and output are passed on', async () => {
  const shown = await memstat('--', process.execPath, '-e', 'console.log("its own"); process.exitCode = 7');
  assert.equal(shown.exitCode, 7, shown.stderr);
  assert.match(shown.stdout, /^its own\ncommand .*: exit code 7\nprocess .*\nsamples /);
});

test('with --json the output is one document, and arguments after -- are the command’s', async () => {
  const script = 'console.log(process.argv.slice(1).join()); setTimeout(() => {}, 200)';
  const shown = await memstat('--json', '--interval', '20', '--', process.execPath, '-e', script, '--', '--json', '-x');
  assert.equal(shown.exitCode, 0, shown.stderr);
  const report = JSON.parse(shown.stdout);
  assert.equal(shown.stderr, '--json,-x\n');
  assert.equal(report.exitCode, 0);
  assert.equal(report.intervalMilliseconds, 20);
  assert.ok(report.samples.length >= 1 && report.peaks.residentBytes > 0);
  assert.equal(report.command[0], process.execPath);
});

test('a command ended by a signal gives 128 and the signal', async () => {
  const { exitCode, stdout } = await memstat('--', 'sh', '-c', 'kill -KILL $$');
  assert.equal(exitCode, 128 + 9);
  assert.match(stdout, /sh: SIGKILL/);
});

test('signals are passed on to the command', async () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const script = `process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')`;
    const { child, ended } = start('--', process.execPath, '-e', script);
    await once(child.stdout, 'data');
    child.kill(signal);
    assert.equal((await ended).exitCode, 42, signal);
  }
});

test('a process is watched until it ends', async () => {
  // The watcher may still be starting when the process ends, and then rightly finds it gone: give it longer.
  for (let wait = 1; ; wait *= 2) {
    const child = spawn('sleep', [String(wait)]);
    const { exitCode, stdout } = await memstat('--interval', '10', '--json', String(child.pid));
    if (exitCode === 1 && wait < 20) continue;
    assert.equal(exitCode, 0);
    const { ended, name, samples } = JSON.parse(stdout);
    assert.equal(ended, 'exit');
    assert.equal(name, 'sleep');
    assert.ok(samples.length >= 1);
    return;
  }
});

test('bad usage is 2, what cannot be measured 1, what cannot be run 126 or 127', async () => {
  const codes = await Promise.all(
    [
      [],
      ['--'],
      ['1', '--', 'true'],
      ['abc'],
      ['0'],
      ['-1'],
      ['1.5'],
      ['1', '2'],
      ['--nothing', '1'],
      ['--interval', '0', '1'],
      ['--interval', 'x', '--', 'true'],
      ['2147483647'],
      ['--', '/nothing/of/this/name'],
      ['--', '/etc/passwd'],
      ['--help'],
    ].map(async (args) => [args.join(' '), (await memstat(...args)).exitCode]),
  );
  assert.deepEqual(Object.fromEntries(codes), {
    '': 2,
    '--': 2,
    '1 -- true': 2,
    abc: 2,
    '0': 2,
    '-1': 2,
    '1.5': 2,
    '1 2': 2,
    '--nothing 1': 2,
    '--interval 0 1': 2,
    '--interval x -- true': 2,
    '2147483647': 1,
    '-- /nothing/of/this/name': 127,
    '-- /etc/passwd': 126,
    '--help': 0,
  });
});

test('help tells both forms and the exit codes', async () => {
  const { stdout } = await memstat('--help');
  assert.match(stdout, /paratune-memstat \[options\] -- COMMAND/);
  assert.match(stdout, /Exit codes/);
});
