/**
 * The library's WebAssembly beside what the engine could do, and what else multiplies matrices there: `npx --yes pnpm bench:wasm`.
 *
 * In one process, on one thread, in turn, round after round, by its time on the processor: a loop of 128-bit multiply-adds in registers (the peak), our gemm, and the
 * packages of npm that are installed; `npm i --no-save @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm` adds TensorFlow.js.
 *
 *     npx tsx benchmarks/wasm.ts --n 1000 --rounds 31 --json
 */
import { configure } from '@paratune/blas';
import { Command, InvalidArgumentError } from 'commander';
import { exitCodeOf } from './_exit_code.ts';
import { byRows, checkProduct, randomElements } from './_peers_matrix.ts';
import { peerPackages } from './_peers_packages.ts';
import { ourGemm } from './_peers_products.ts';
import type { Precision } from './_peers_suite.ts';
import { peakLoop } from './_wasm_peak.ts';

/** Who computes, and how much. */
interface Contender {
  readonly name: string;
  readonly flops: number;
  run(): void;
}

/** JavaScript would take minutes at large sizes to say the same rate again. */
const MOST_ROWS_OF_JAVASCRIPT = 200;

const ours = '@paratune/blas';
const peak = 'multiply-add peak';

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** All that compute in a precision; each product is checked before it is timed. */
async function contendersOf(precision: Precision, n: number): Promise<Contender[]> {
  const used = configure({ backend: 'wasm', threads: 1 });
  const muladd = used.backend === 'wasm' ? used.muladd : 'separate';
  const contenders: Contender[] = [8, 10, 12].map((accumulators) => ({
    name: peak,
    ...peakLoop(precision, muladd, accumulators),
  }));
  const gemm = ourGemm(precision);
  const operands = (rows: number) =>
    (['A', 'B', 'C'] as const).map((name) => randomElements(name, precision, rows * rows)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  const [A, B, C] = operands(n);
  contenders.push({
    name: ours,
    flops: 2 * n ** 3,
    run: () => void gemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A, n, B, n, 0, C, n),
  });
  for (const { name, version, precisions, mostRows = n, load } of peerPackages()) {
    if (version === undefined || !precisions.includes(precision) || mostRows < MOST_ROWS_OF_JAVASCRIPT) continue;
    const rows = Math.min(n, mostRows, name.includes('wasm') ? n : MOST_ROWS_OF_JAVASCRIPT);
    const [a, b, c] = operands(rows);
    const { call, result } = (await load())(rows, rows, rows, a, b, c);
    call();
    const product = { ...byRows(c, rows, rows), data: result?.() ?? c };
    checkProduct(name, product, byRows(a, rows, rows), byRows(b, rows, rows));
    contenders.push({ name: `${name} ${version}, n = ${rows}`, flops: 2 * rows ** 3, run: call });
  }
  return contenders;
}

/** Gflops of each in each round, the best where several go by one name. */
function measure(contenders: readonly Contender[], rounds: number): Map<string, number[]> {
  const seen = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (const { run } of contenders) run();
  for (let round = 0; round < rounds; round++) {
    for (const { name, flops, run } of contenders) {
      // Time on the processor, all of it in this thread: what others run beside takes none of it.
      const began = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(began);
      const rate = flops / Math.max(user + system, 1) / 1e3;
      const rates = seen.get(name)!;
      rates[round] = Math.max(rates[round] ?? 0, rate);
    }
  }
  return seen;
}

function integer(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError(`'${text}' is no integer from 1 to 9999.`);
  return Number(text);
}

try {
  const { n, rounds, json } = new Command()
    .name('bench:wasm')
    .description("The library's WebAssembly beside the engine's peak and the packages of npm.")
    .option('--n <number>', 'rows and columns of the matrices', integer, 500)
    .option('--rounds <number>', 'how often each is timed', integer, 15)
    .option('--json', 'print one JSON document')
    .allowExcessArguments(false)
    .exitOverride()
    .parse()
    .opts<{ n: number; rounds: number; json?: boolean }>();
  for (const precision of ['double', 'single'] as const) {
    const seen = measure(await contendersOf(precision, n), rounds);
    const own = seen.get(ours)!;
    const rows = [...seen].map(([name, rates]) => ({
      name,
      gflops: median(rates),
      // Of the same round, since the rate of a machine that others share changes.
      times: median(own.map((rate, round) => rate / rates[round]!)),
    }));
    if (json) console.log(JSON.stringify({ precision, n, rounds, rows }));
    else {
      console.log(`${precision} precision, n = ${n}, Node ${process.version}, medians of ${rounds} rounds`);
      for (const { name, gflops, times } of rows) {
        console.log(
          `  ${name.padEnd(44)} ${gflops.toFixed(2).padStart(7)} Gflops, ours is ${times.toFixed(2)} times that`,
        );
      }
    }
  }
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
