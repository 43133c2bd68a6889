/**
 * Our dgemm beside every other one this machine has, in turn, in one process, through the same foreign-function interface:
 * `pnpm bench:peers`. See `--help`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { affinity, processor } from '@paratune/native';
import { Command, InvalidArgumentError, Option } from 'commander';
import { findLibraries, type PeerLibrary, packages } from './_peers_libraries.ts';
import type { Answer, Request } from './_peers_measure.ts';
import { measureScript, type Variant, variantsOf, withThreads } from './_peers_variants.ts';

interface Options {
  n: number[];
  seconds: number;
  json: boolean;
  backend: 'auto' | 'x64' | 'js';
  isa: string;
  clock: 'wall' | 'cpu';
  threads: number;
  openblas?: string;
  blis?: string;
  atlas?: string;
}

function dimensions(text: string): number[] {
  const values = text.split(',').map(Number);
  if (!values.every((value) => Number.isInteger(value) && value >= 1 && value <= 20_000)) {
    throw new InvalidArgumentError(`must be integers from 1 to 20000 with commas between, got '${text}'`);
  }
  return values.sort((one, other) => one - other);
}

function file(text: string): string {
  if (!existsSync(text)) {
    throw new InvalidArgumentError(`must be a shared library, got '${text}'`);
  }
  return text;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError(`must be a positive number, got '${text}'`);
  }
  return value;
}

function threadCount(text: string): number {
  const value = Number(text);
  const most = affinity().length;
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new InvalidArgumentError(`must be an integer from 1 to ${most}, the CPUs of this machine, got '${text}'`);
  }
  return value;
}

const options = new Command('bench:peers')
  .description('Times dgemm (C = A B, n x n, row-major) of @paratune/blas and of its peers on this machine.')
  .option('--n <list>', 'dimensions', dimensions, [100, 500, 1000, 2000, 4000])
  .option('--seconds <number>', 'time to spend on measuring, about', positive, 60)
  .addOption(new Option('--backend <name>', 'our backend').choices(['auto', 'x64', 'js']).default('auto'))
  .addOption(
    new Option('--isa <name>', 'our instruction set')
      .choices(['auto', 'avx512', 'avx2', 'sse2', 'scalar'])
      .default('auto'),
  )
  .addOption(
    new Option('--clock <name>', 'time that passes, or time that the process computes (for a busy machine)')
      .choices(['wall', 'cpu'])
      .default('wall'),
  )
  .option('--threads <number>', 'threads of ours and of the libraries', threadCount, 1)
  .option('--openblas <path>', 'an OpenBLAS of your own', file)
  .option('--blis <path>', 'a BLIS of your own', file)
  .option('--atlas <path>', 'an ATLAS (with CBLAS) of your own', file)
  .option('--json', 'one JSON document instead of a table', false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>();

if (options.threads > 1 && options.clock === 'cpu') {
  console.error(
    "error: option '--clock cpu' adds up the time of all threads; with --threads 2 and more use '--clock wall'",
  );
  process.exit(2);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (at - below);
}

/** What a series of rates comes to: its median, and half the distance of its quartiles as spread. */
function summarise(gflops: readonly number[]) {
  const sorted = [...gflops].sort((one, other) => one - other);
  return {
    gflops: quantile(sorted, 0.5),
    spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2,
    samples: sorted.length,
  };
}

/** The fastest variant of each library found, tried in turn. */
function chooseVariants(libraries: PeerLibrary[]): { library: PeerLibrary; best: Variant; tried: Variant[] }[] {
  return libraries.flatMap((library) => {
    note(`trying ${library.name} (${library.path}) ...`);
    const tried = variantsOf(library);
    if (tried[0] === undefined) {
      note(`  ${library.name} does not run here`);
      return [];
    }
    return [{ library, best: tried[0], tried }];
  });
}

async function measure(request: Request, environment: Record<string, string>): Promise<Answer[]> {
  const child = spawn(process.execPath, [...process.execArgv, measureScript, JSON.stringify(request)], {
    env: { ...process.env, ...withThreads(options.threads), ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<string | undefined>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  const answers: Answer[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const answer = JSON.parse(line) as Answer;
    answers.push(answer);
    if (answer.kind === 'dimension') {
      note(`measured n = ${answer.n}`);
    }
  }
  const failure = await ended;
  if (failure !== undefined) {
    throw new Error(`the measuring process ${failure}`);
  }
  return answers;
}

const found = findLibraries({
  ...(options.openblas === undefined ? {} : { OpenBLAS: options.openblas }),
  ...(options.blis === undefined ? {} : { BLIS: options.blis }),
  ...(options.atlas === undefined ? {} : { ATLAS: options.atlas }),
});
const chosen = chooseVariants(found);
const answers = await measure(
  {
    kind: 'measure',
    libraries: chosen.map(({ library }) => library),
    dimensions: options.n,
    seconds: options.seconds,
    backend: options.backend,
    isa: options.isa,
    clock: options.clock,
    threads: options.threads,
  },
  Object.assign({}, ...chosen.map(({ best }) => best.environment)),
);

const contenders = answers.filter((answer) => answer.kind === 'contender');
const results = answers
  .filter((answer) => answer.kind === 'dimension')
  .map(({ n, peak, series }) => {
    const own = series[0]!.gflops;
    return {
      n,
      fmaPeak: peak.length === 0 ? undefined : summarise(peak),
      peers: series.map(({ name, gflops, skipped }) => ({
        name,
        ...(skipped === undefined ? summarise(gflops) : { skipped }),
        // Pairs of one round met the same disturbances, so their ratio is steadier than the ratio of the medians.
        ratio: skipped === undefined ? summarise(gflops.map((value, round) => own[round]! / value)).gflops : undefined,
      })),
    };
  });
const missing = (['OpenBLAS', 'BLIS', 'ATLAS'] as const).filter(
  (name) => !found.some((library) => library.name === name),
);

if (options.json) {
  const libraries = chosen.map(({ library, best, tried }) => ({ ...library, ...best, tried }));
  console.log(
    JSON.stringify(
      {
        processor: processor().name,
        clock: options.clock,
        threads: options.threads,
        contenders,
        libraries,
        missing,
        unit: 'Gflops',
        results,
      },
      null,
      2,
    ),
  );
} else {
  console.log(
    `\n${processor().name}; dgemm, C = A B, row-major, ${options.threads === 1 ? 'one thread' : `${options.threads} threads`}; Gflops by ${options.clock} time: median and half the distance of the quartiles`,
  );
  for (const { name, detail } of contenders) {
    const variant = chosen.find(({ library }) => library.name === name);
    const environment = Object.entries(variant?.best.environment ?? {}).map(([key, value]) => ` ${key}=${value}`);
    const tried = (variant?.tried ?? []).map((each) => `${each.detail.split(' ').at(-1)} ${each.gflops.toFixed(1)}`);
    const trials = tried.length > 1 ? `  (tried: ${tried.join(', ')})` : '';
    console.log(`  ${name}: ${detail}${environment.join('')}${trials}`);
  }
  const rows = [
    ['n', options.threads === 1 ? 'FMA peak' : 'FMA peak of one thread', ...contenders.map(({ name }) => name)],
    ...results.map(({ n, fmaPeak, peers }) => [
      String(n),
      fmaPeak === undefined ? '-' : `${fmaPeak.gflops.toFixed(1)} ±${fmaPeak.spread.toFixed(1)}`,
      ...peers.map((peer, index) => {
        if (!('gflops' in peer)) {
          return '-';
        }
        const rate = `${peer.gflops.toFixed(peer.gflops < 10 ? 2 : 1)} ±${peer.spread.toFixed(peer.gflops < 10 ? 2 : 1)}`;
        return index === 0 ? rate : `${rate} (${peer.ratio!.toFixed(2)}x)`;
      }),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log('');
  for (const row of rows) {
    console.log(row.map((cell, column) => cell.padStart(widths[column]!)).join('  '));
  }
  console.log('\n(1.05x: ours is 1.05 times as fast. -: a call would take more than 2 s.)');
  // A quarter of the samples off by this much is more than any cache or clock does.
  if (results.some(({ peers }) => 'gflops' in peers[0]! && peers[0].spread > 0.1 * peers[0].gflops)) {
    console.log('Rates vary by more than 10 %: this machine was busy. --clock cpu, or a quiet machine, tells more.');
  }
  for (const name of missing) {
    console.log(`${name} was not found: apt-get install ${packages[name]}, or --${name.toLowerCase()} PATH`);
  }
}
