import { UnsupportedError } from '@paratune/native';
import { identify, openStore, StoreError } from '@paratune/record';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { format } from './_format.ts';
import { probe } from './probe.ts';
import { experiment, probeRecords } from './probe_records.ts';

const FAILED = 1;
const USAGE = 2;

interface Options {
  readonly json?: true;
  readonly quick?: true;
  readonly cpu?: number;
  readonly records?: string;
  readonly environment: string;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function parse(argv: readonly string[]): Options {
  const program = new Command('paratune-probe')
    .description('Measures caches, TLBs, pipelines, registers and rates of this machine by timing generated code.')
    .option('--json', 'print JSON, with the curves that the values were concluded from')
    .option('--quick', 'fewer samples, in half of the time')
    .option('--cpu <index>', 'CPU to measure (default: the first that may be used)', wholeNumber)
    .option('--records <folder>', 'append records to the store in this folder')
    .option('--environment <name>', 'what the records call this environment', 'native')
    .addHelpText('after', '\nExit codes: 0 when it was measured; 1 when it could not be; 2 for bad usage.')
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(argv, { from: 'user' });
  return program.opts();
}

function run({ json, quick, cpu, records, environment }: Options): void {
  const store = records === undefined ? undefined : openStore(records);
  const { stderr } = process;
  const machine = probe({
    quick: quick ?? false,
    ...(cpu !== undefined && { cpu }),
    onProgress: ({ step, done }) => {
      if (stderr.isTTY) stderr.write(done === 1 ? '\r\x1b[K' : `\r\x1b[K${Math.round(100 * done)} %  ${step}`);
    },
  });
  if (store !== undefined) {
    const identity = store.addIdentity(identify({ kind: environment.replace(/-.*/, '') }));
    const runs = store.read().records.filter((one) => one.experiment === experiment && one.environment === environment);
    store.append(
      probeRecords(machine, { environment, identity, run: 1 + Math.max(-1, ...runs.map((one) => one.run)) }),
    );
    store.close();
  }
  process.stdout.write(json ? `${JSON.stringify(machine, null, 2)}\n` : format(machine));
}

/** Runs the command line and returns its exit code. */
function main(argv: readonly string[]): number {
  try {
    run(parse(argv));
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const misused = error instanceof RangeError || (error instanceof StoreError && error.kind === 'folder');
    if (!misused && !(error instanceof StoreError) && !(error instanceof UnsupportedError)) throw error;
    process.stderr.write(`paratune-probe: ${error.message}\n`);
    return misused ? USAGE : FAILED;
  }
}

process.exitCode = main(process.argv.slice(2));
