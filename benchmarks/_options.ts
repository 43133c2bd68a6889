import { environmentName, parseEnvironment } from '@paratune/guest';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Experiment } from './_experiment.ts';
import { folderArgument } from './_results_folder.ts';
import { environments, profiles } from './profiles.ts';

/** What a bench run was asked for. */
export interface Options {
  profile: keyof typeof profiles;
  out?: string;
  environments: string[];
  only: string[];
  fresh?: boolean;
  dryRun?: boolean;
  list?: boolean;
}

function names(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))];
}

/** @throws {CommanderError} when the command line is not right; what is wrong was printed */
export function parseOptions(experiments: readonly Experiment[], argv: readonly string[]): Options {
  const known = experiments.map(({ id }) => id);
  const environmentList = (text: string) => {
    try {
      return [...new Set(names(text).map((name) => environmentName(parseEnvironment(name))))];
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
  const experimentList = (text: string) => {
    const stranger = names(text).find((name) => !known.includes(name));
    if (stranger !== undefined) throw new InvalidArgumentError(`'${stranger}' is none of ${known.join(', ')}.`);
    return names(text);
  };
  const sizes = Object.entries(profiles).map(([name, { description }]) => `  ${name.padEnd(6)} ${description}`);
  const program = new Command()
    .name(known.length === 1 ? known[0]! : 'bench:all')
    .description(experiments.map(({ id, section, title }) => `${id} (Section ${section}): ${title}`).join('\n'))
    .addOption(new Option('--profile <name>', 'how much to run').choices(Object.keys(profiles)).default('quick'))
    .option(
      '--out <folder>',
      'results folder (default: results/<profile>); what it holds already is not run again',
      folderArgument,
    )
    .option('--environments <list>', 'where to run', environmentList, [...environments])
    .option('--only <list>', 'these experiments only', experimentList, known)
    .addOption(new Option('--resume', 'go on where the results folder stands (the default)').conflicts('fresh'))
    .option('--fresh', 'begin again, in a new folder beside the one that is there')
    .option('--dry-run', 'say what would be run and how long it may take')
    .option('--list', 'list the experiments')
    .addHelpText(
      'after',
      `\nProfiles:\n${sizes.join('\n')}\n\nExit codes: 0; 1 when a run failed or nothing could be run; 2 for bad usage; 130 after Ctrl-C, with a report of what there is.`,
    )
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(argv, { from: 'user' });
  return program.opts<Options>();
}
