import { spawn } from 'node:child_process';
import { relative, resolve, sep } from 'node:path';
import { argv, cwd, execPath, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { readUnits, repository } from './_workspace.ts';

/** The repository's test files, relative to it; only those at or below one of `paths` (relative to the repository) when any are given. */
export function testFiles(root: string = repository, paths: string[] = []): string[] {
  const inside = (file: string) =>
    paths.length === 0 || paths.some((path) => path === '' || file === path || file.startsWith(`${path}/`));
  return readUnits(root)
    .flatMap(({ folder, files }) =>
      files.filter((file) => file.endsWith('_test.ts')).map((file) => `${folder}/${file}`),
    )
    .filter(inside);
}

/** A file that takes longer hangs. */
const fileTimeoutMs = 600_000;

/** The command line of Node for these files. One at a time: several start guests and fill the memory they are given. */
export function runnerArguments(files: string[], options: string[] = []): string[] {
  return [
    ...['--import', 'tsx', '--test', '--test-concurrency=1', `--test-timeout=${fileTimeoutMs}`, '--test-reporter=spec'],
    ...options,
    ...files,
  ];
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const words = argv.slice(2).filter((word) => word !== '--');
  const paths = words
    .filter((word) => !word.startsWith('-'))
    .map((word) => relative(repository, resolve(cwd(), word)).split(sep).join('/'));
  const files = testFiles(repository, paths);
  if (files.length === 0) {
    stderr.write(`no test file (*_test.ts) in ${paths.join(', ') || 'the repository'}\n`);
    process.exitCode = 1;
  } else {
    const options = words.filter((word) => word.startsWith('-'));
    const runner = spawn(execPath, runnerArguments(files, options), {
      cwd: repository,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
    runner.on('close', (code) => {
      process.exitCode = code ?? 1;
    });
  }
}
