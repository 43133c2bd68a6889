import { existsSync } from 'node:fs';
import { affinity, UnsupportedError } from '@paratune/native';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PeerLibrary } from './_peers_libraries.ts';
import type { OwnConfiguration, Thoroughness } from './_peers_process.ts';
import type { Plan, Precision, ProfileName } from './_peers_suite.ts';
import { suites } from './_peers_suites.ts';
import { folderArgument } from './_results_folder.ts';

/** What `bench:peers` was asked for. */
export interface PeersOptions extends OwnConfiguration {
  plan: Plan;
  /** Names of the suites. */
  only: string[];
  thoroughness: Thoroughness;
  /** Choices of kernels that each library is tried with. */
  mostVariants: number;
  clock: 'wall' | 'cpu';
  out: string;
  fresh: boolean;
  list: boolean;
  json: boolean;
  /** Libraries that were named by their path. */
  given: Partial<Record<PeerLibrary['name'], string>>;
}

interface Profile extends Pick<PeersOptions, 'thoroughness' | 'mostVariants'> {
  description: string;
}

const profiles: { [name in ProfileName]: Profile } = {
  tiny: {
    description: 'for tests of the bench itself, seconds: nothing that means anything',
    thoroughness: { leastRounds: 2, seconds: 0, sampleSeconds: 1e-5, warmUpSeconds: 0 },
    mostVariants: 1,
  },
  quick: {
    description: 'a few minutes: every suite, with few sizes of large matrices',
    thoroughness: { leastRounds: 5, seconds: 0.3, sampleSeconds: 0.001, warmUpSeconds: 0.01 },
    mostVariants: 100,
  },
  full: {
    description: 'half an hour: every size, more rounds',
    thoroughness: { leastRounds: 5, seconds: 0.5, sampleSeconds: 0.004, warmUpSeconds: 0.02 },
    mostVariants: 100,
  },
};

/** The CPUs that this process may run on. */
function cpus(): number {
  try {
    return affinity().length;
  } catch (error) {
    if (error instanceof UnsupportedError) return 1;
    throw error;
  }
}

function list<Item>(parse: (text: string) => Item): (text: string) => Item[] {
  return (text) => [...new Set(text.split(',').map((item) => parse(item.trim())))];
}

function oneOf<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((known) => known === text);
    if (choice === undefined) throw new InvalidArgumentError(`'${text}' is none of ${choices.join(', ')}.`);
    return choice;
  };
}

function whole(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new InvalidArgumentError(`'${text}' is no integer from 1 to ${most}.`);
    }
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError(`'${text}' is no positive number.`);
  return value;
}

function file(text: string): string {
  if (!existsSync(text)) throw new InvalidArgumentError(`There is no file '${text}'.`);
  return text;
}

const rising = (numbers: number[]) => numbers.sort((one, other) => one - other);

/** @throws {CommanderError} when the command line is not right; what is wrong was printed */
export function parsePeersOptions(argv: readonly string[]): PeersOptions {
  const names = suites.map(({ name }) => name);
  const most = cpus();
  const lines = (rows: [string, string][]) => rows.map(([name, text]) => `  ${name.padEnd(12)} ${text}`).join('\n');
  const program = new Command('bench:peers')
    .description(
      'Times @paratune/blas beside the libraries and packages that this machine has, in turn, in one process, and says what was asked of it and what was reached.',
    )
    .addOption(new Option('--profile <name>', 'how much to measure').choices(Object.keys(profiles)).default('quick'))
    .option('--only <list>', 'these suites only', list(oneOf(names)), names)
    .option('--threads <list>', 'numbers of threads', list(whole(most)), [...new Set([1, most])])
    .option('--precisions <list>', 'double, single', list(oneOf(['double', 'single'])), ['double', 'single'])
    .option('--n <list>', "dimensions of square matrices, instead of the profile's", list(whole(20_000)))
    .option('--seconds <number>', 'how long each case is measured at least (default: by profile)', positive)
    .option('--rounds <number>', 'how often each case is measured at least (default: by profile)', whole(1000))
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
    .option('--openblas <path>', 'an OpenBLAS of your own', file)
    .option('--blis <path>', 'a BLIS of your own', file)
    .option('--atlas <path>', 'an ATLAS (with CBLAS) of your own', file)
    .option(
      '--out <folder>',
      'results folder (default: results/peers/<profile>); what it holds is not measured again',
      folderArgument,
    )
    .option('--fresh', 'begin again, in a new folder beside the one that is there', false)
    .option('--list', 'list the suites', false)
    .option('--json', 'print one JSON document instead of tables', false)
    .addHelpText(
      'after',
      `\nSuites:\n${lines(suites.map(({ name, title }) => [name, title]))}
\nProfiles:\n${lines(Object.entries(profiles).map(([name, { description }]) => [name, description]))}
\nExit codes: 0, whether or not the speed is reached; 1 when something could not be measured; 2 for bad usage; 130 after Ctrl-C, with a report of what there is.`,
    )
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(argv, { from: 'user' });
  const options = program.opts<{
    profile: ProfileName;
    only: string[];
    threads: number[];
    precisions: Precision[];
    n?: number[];
    seconds?: number;
    rounds?: number;
    backend: OwnConfiguration['backend'];
    isa: OwnConfiguration['isa'];
    clock: 'wall' | 'cpu';
    openblas?: string;
    blis?: string;
    atlas?: string;
    out?: string;
    fresh: boolean;
    list: boolean;
    json: boolean;
  }>();
  const { profile, precisions, seconds, rounds, openblas, blis, atlas } = options;
  if (options.clock === 'cpu' && options.threads.some((count) => count > 1)) {
    program.error("error: option '--clock cpu' adds up the time of all threads: it goes with '--threads 1'");
  }
  const { thoroughness, mostVariants } = profiles[profile];
  return {
    ...options,
    plan: {
      profile,
      precisions,
      threads: rising(options.threads),
      dimensions: options.n === undefined ? undefined : rising(options.n),
    },
    thoroughness: {
      ...thoroughness,
      seconds: seconds ?? thoroughness.seconds,
      leastRounds: rounds ?? thoroughness.leastRounds,
    },
    mostVariants,
    out: options.out ?? `results/peers/${profile}`,
    given: {
      ...(openblas === undefined ? {} : { OpenBLAS: openblas }),
      ...(blis === undefined ? {} : { BLIS: blis }),
      ...(atlas === undefined ? {} : { ATLAS: atlas }),
    },
  };
}
