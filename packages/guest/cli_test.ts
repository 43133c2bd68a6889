import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lacking, processesWith, remainsInTheEnd, tracesOf } from './_test_support.ts';

const CLI = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./cli.ts', import.meta.url))];

function begin(args: string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, [...CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, ...output }));
  return { child, ended };
}

const guest = (...args: string[]) => begin(args).ended;

test('lists what this machine can run, and how to get the rest', async () => {
  const { exitCode, stdout, stderr } = await guest('list');
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^native {8}available\nnative-256 {4}(available|missing: .+\n +to mend it: .+)\numl-256 /);
  const json = JSON.parse((await guest('list', '--json', 'native', 'native-99999999')).stdout);
  assert.deepEqual(json[0], { name: 'native', kind: 'native', available: true });
  assert.deepEqual([json[1].available, typeof json[1].missing, typeof json[1].remedy], [false, 'string', 'string']);
});

test('lists what is missing where there are neither packages nor memory', async () => {
  // An empty cache, and no kernel installed in it.
  const { stdout } = await begin(['list', '--json', 'uml-99999999'], { ...process.env, XDG_CACHE_HOME: '/dev/null' })
    .ended;
  const [{ missing, remedy }] = JSON.parse(stdout);
  if (process.platform === 'linux' && process.arch === 'x64') {
    assert.match(missing, /no \d+ MiB of memory left/);
    assert.match(remedy, /less memory/);
    assert.match(missing, /cache folder .* cannot be written/);
    assert.match(remedy, /XDG_CACHE_HOME/);
  }
});

test('passes on output and exit code', async () => {
  const script = 'console.log(process.argv[1]); console.error("err"); process.exit(7)';
  const { exitCode, stdout, stderr } = await guest('run', 'native', '--', 'node', '-e', script, '--', '--json');
  assert.deepEqual([exitCode, stdout, stderr], [7, '--json\n', 'err\n']);
  assert.equal((await guest('run', 'native', '--', 'sh', '-c', 'kill -TERM $$')).exitCode, 143);
  assert.equal((await guest('run', 'native', '--', 'no-such-program')).exitCode, 127);
  const late = await guest('run', 'native', '--cpus', '0', '--timeout', '0.3s', '--', 'sleep', '1000');
  assert.deepEqual([late.exitCode, late.stdout], [137, '']);
  assert.match(late.stderr, /^paratune-guest: native: sleep: .* time limit of 0\.3 s\n$/);
});

test('refuses bad usage with exit code 2', async () => {
  const wrong = [
    ['run', 'native'],
    ['run', 'native', '--', ''],
    ['run', 'xen', '--', 'true'],
    ['run', 'uml', '--memory', '12Q', '--', 'true'],
    ['run', 'native', '--cpus', '-1', '--', 'true'],
    ['run', 'native', '--timeout', '0s', '--', 'true'],
    ['run', 'native', '--unknown', '--', 'true'],
    ['list', 'native-x'],
    ['unknown'],
  ];
  const ends = await Promise.all(wrong.map((args) => guest(...args)));
  for (const [index, { exitCode, stdout, stderr }] of ends.entries()) {
    assert.deepEqual([exitCode, stdout], [2, ''], wrong[index]!.join(' '));
    assert.notEqual(stderr, '', wrong[index]!.join(' '));
  }
  const help = await guest('run', '--help');
  assert.equal(help.exitCode, 0);
  assert.match(help.stdout, /Exit codes/);
});

test('says why an environment is not to be had, with exit code 1', async () => {
  const { exitCode, stderr } = await guest('run', 'native-99999999', '--', 'true');
  assert.equal(exitCode, 1);
  assert.match(stderr, /^paratune-guest: native-99999999: .* \(to mend it: .*\)\n$/);
});

test('ends the command when it is interrupted itself', async () => {
  const { child, ended } = begin(['run', 'native', '--', 'sh', '-c', 'echo; sleep 14142.6; true']);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  assert.equal((await ended).exitCode, 143);
  assert.deepEqual(processesWith('14142.6'), []);
});

const skip = await lacking('uml-40');

test('runs a command in a guest', { skip }, async () => {
  const command = ['node', '-e', 'console.log(1)'];
  assert.deepEqual(await guest('run', 'uml', '--memory', '64M', '--swap', '0', '--', ...command), {
    exitCode: 0,
    stdout: '1\n',
    stderr: '',
  });
});

test('shows the end of the console of a guest that dies', { skip }, async () => {
  const died = await guest('run', 'uml-40', '--swap', '0', '--', 'sh', '-c', 'echo c >/proc/sysrq-trigger');
  assert.equal(died.exitCode, 1);
  assert.match(died.stderr, /^paratune-guest: uml-40: its kernel panicked.*\nthe end of its console:\n( {2}\| .*\n)+$/);
});

test('leaves nothing of a guest when it is interrupted', { skip }, async () => {
  const { child, ended } = begin(['run', 'uml-40', '--swap', '16M', '--', 'sh', '-c', 'echo; sleep 1000']);
  await once(child.stdout, 'data');
  const traces = tracesOf(child.pid!);
  child.kill('SIGINT');
  assert.equal((await ended).exitCode, 130);
  assert.deepEqual(await remainsInTheEnd(traces), []);
});
