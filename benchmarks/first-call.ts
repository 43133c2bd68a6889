/**
 * What a program waits for before its first result: `npx --yes pnpm bench:first-call`.
 *
 * Each program runs in a process of its own, in turn with a process that does nothing, round after round. Of the first calls
 * the time to import the library and the time of the call are shown, and how much longer the whole process takes than the one
 * that does nothing; of the kernels how long it takes to generate one, in a process that has generated none and in one that
 * has generated 200.
 *
 *     npx tsx benchmarks/first-call.ts --rounds 31 --json
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { exitCodeOf } from './_exit_code.ts';
import { empty, firstCalls, kernels, n, type Program } from './_first_call_programs.ts';

/** Numbers of one program, each the median over the rounds, in milliseconds and bytes. */
type Measured = Readonly<Record<string, number>>;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** Runs a program in a process of its own; `process` is how long that took. */
function run(file: string): Measured {
  const started = performance.now();
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  return { process: performance.now() - started, ...JSON.parse(output) };
}

/** The medians of each program over so many rounds; `beyond` is what its process takes beyond the one that does nothing. */
function measure(programs: readonly Program[], rounds: number): Map<string, Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'paratune-first-call-'));
  try {
    const files = [empty, ...programs].map(({ name, type, text }, index) => {
      const file = join(folder, `${index}.${type}`);
      writeFileSync(file, text);
      return { name, file, seen: [] as Measured[] };
    });
    for (const { file } of files) run(file); // what comes from the disk does so now
    for (let round = 0; round < rounds; round++) {
      for (const { file, seen } of files) seen.push(run(file));
    }
    const own = files[0]!.seen;
    return new Map(
      files.map(({ name, seen }) => {
        const beyond = median(seen.map((one, round) => one['process']! - own[round]!['process']!));
        const medians = Object.keys(seen[0]!).map((key) => [key, median(seen.map((one) => one[key]!))]);
        return [name, { ...Object.fromEntries(medians), beyond }];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function table(measured: ReadonlyMap<string, Measured>, programs: readonly Program[], columns: Record<string, string>) {
  const lines = programs.map(({ name }) => {
    const numbers = Object.keys(columns).map((key) => measured.get(name)![key]!.toFixed(key === 'bytes' ? 0 : 2));
    return [name.padEnd(16), ...numbers.map((text, i) => text.padStart(Object.values(columns)[i]!.length))].join('  ');
  });
  return [`${''.padEnd(16)}  ${Object.values(columns).join('  ')}`, ...lines].join('\n');
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError(`'${text}' is no integer from 1 to 9999.`);
  return Number(text);
}

try {
  const { rounds, json } = new Command()
    .name('bench:first-call')
    .description('How long a program waits for its first result.')
    .option('--rounds <number>', 'how often each program is run', positiveInteger, 15)
    .option('--json', 'print one JSON document')
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ rounds: number; json?: boolean }>();
  const built = (name: string, file: string) =>
    fileURLToPath(new URL(`../packages/${name}/dist/${file}`, import.meta.url));
  const calls = firstCalls({ mjs: built('blas', 'mod.js'), cjs: built('blas', 'mod.cjs') });
  const generated = kernels(built('codegen', 'mod.js'));
  const measured = measure([...calls, ...generated], rounds);
  if (json) console.log(JSON.stringify({ rounds, n, milliseconds: Object.fromEntries(measured) }, undefined, 2));
  else {
    const own = measured.get(empty.name)!['process']!.toFixed(1);
    console.log(
      `Node ${process.version}: a process that does nothing takes ${own} ms. Medians of ${rounds} rounds, in ms.\n`,
    );
    const whole = { load: '  import', call: 'first call', beyond: 'beyond Node' };
    console.log(`First call, n = ${n}\n${table(measured, calls, whole)}\n`);
    const parts = { cold: '   first', warm: '  later', bytes: '  bytes' };
    console.log(`Generating one kernel\n${table(measured, generated, parts)}`);
  }
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
