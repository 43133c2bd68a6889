import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { claimsText } from './_claims_text.ts';
import { comparisonText } from './_comparison_text.ts';
import { plainLine } from './_format.ts';
import { defaultResults, folderOf, readResults, readRun } from './_results.ts';
import { compareRuns } from './compare_runs.ts';
import type { Finding } from './findings.ts';
import { judgeClaims } from './judge_claims.ts';
import { printPdf } from './print_pdf.ts';
import { type WrittenReport, writeReport } from './write_report.ts';

/** Where a command prints. */
export interface Terminal {
  print(text: string): void;
  complain(text: string): void;
  columns?: number | undefined;
}

const folders =
  'folders of records, or ones that hold them in a folder `records`, as bench:all makes them; `name=folder` names its machine';

/** Runs `paratune-report` with these arguments. @returns its exit code */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await parse(argv, terminal);
  } catch (error) {
    // What is wrong with a command line was printed.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.complain(`paratune-report: ${(error as Error).message}`);
    return error instanceof Unreadable ? 2 : 1;
  }
}

/** What is to be compared cannot be read: other than a regression. */
class Unreadable extends Error {}

async function parse(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const print = (output: string | object) =>
    terminal.print(typeof output === 'string' ? output : JSON.stringify(output, undefined, 2));
  const program = new Command('paratune-report')
    .description(
      'What the records of the laboratory say: the report, the paper’s claims, and what moved between two runs.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    });

  program
    .command('write', { isDefault: true })
    .description('write the report: report.html, report.md, every figure as SVG and PNG, and records.csv')
    .argument('<results...>', `${folders}; of several machines, one report with all of them`)
    .option('--out <folder>', 'folder to write into (default: <results>/report, of the first)')
    .option('--json', 'print what was found and written as JSON')
    .addHelpText('after', '\nExit codes: 0 written, 1 failed, 2 bad usage.')
    .action(async (results: string[], { out, json }: { out?: string; json?: boolean }) => {
      const store = readResults(results);
      const written = await writeReport({ store, output: out ?? reportOf(results) });
      print(json ? written : describe(written));
    });

  program
    .command('pdf')
    .description('write the report, and print it as report.pdf with Chromium')
    .argument('<results...>', `${folders}; of several machines, one report with all of them`)
    .option('--out <folder>', 'folder to write into (default: <results>/report, of the first)')
    .addHelpText('after', '\nExit codes: 0 printed; 1 failed, or there is no Chromium; 2 bad usage.')
    .action(async (results: string[], { out }: { out?: string }) => {
      const { page } = await writeReport({ store: readResults(results), output: out ?? reportOf(results) });
      print(await printPdf(page));
    });

  program
    .command('claims')
    .description('say of each of the paper’s eighteen claims whether it holds')
    .argument('[results...]', `${folders} (default: the newest of results/)`)
    .option('--json', 'print them as JSON: an array of { id, statement, verdict, reason, figures, ... }')
    .addHelpText('after', '\nExit codes: 0 judged, whatever the verdicts; 1 failed, 2 bad usage.')
    .action((results: string[], { json }: { json?: boolean }) => {
      const { records, identities } = readResults(results.length > 0 ? results : [defaultResults()]);
      const claims = judgeClaims(records, identities);
      print(json ? claims : claimsText(claims, terminal.columns));
    });

  program
    .command('compare')
    .description('say which metrics moved from the first run to each of the others, by how much, and how sure that is')
    .argument('<base>', folders)
    .argument('<others...>', 'the runs that are compared with it')
    .option(
      '--fail-on-regression <part>',
      'exit with 1 when a rate is surely worse by more than this, such as 5%',
      readPart,
    )
    .option('--all', 'also what did not move')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 compared; 1 a regression, when asked to fail on one; 2 bad usage, or a run cannot be read.',
    )
    .action((base: string, others: string[], options: { failOnRegression?: number; all?: boolean; json?: boolean }) => {
      const { failOnRegression, all = false, json } = options;
      let comparison: ReturnType<typeof compareRuns>;
      try {
        const [first, ...rest] = [base, ...others].map(readRun);
        comparison = compareRuns(first!, rest, failOnRegression === undefined ? {} : { threshold: failOnRegression });
      } catch (error) {
        throw new Unreadable((error as Error).message, { cause: error });
      }
      print(json ? comparison : comparisonText(comparison, { all }));
      if (failOnRegression !== undefined && comparison.regressions.length > 0) exitCode = 1;
    });

  await program.parseAsync(argv, { from: 'user' });
  return exitCode;
}

/** Where the report goes unless it is said: beside the first of the results. */
function reportOf(results: readonly string[]): string {
  return join(folderOf(results[0]!), 'report');
}

/** "5%", "5 %" and "0.05" are the same. */
function readPart(text: string): number {
  const [, digits, sign] = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text) ?? [];
  const part = Number(digits) / (sign === '%' ? 100 : 1);
  if (!(part >= 0 && part < 1)) throw new InvalidArgumentError('It must be a part such as 5% or 0.05.');
  return part;
}

function describe({ page, records, dropped, findings }: WrittenReport): string {
  const width = Math.max(0, ...findings.map(({ environment }) => plainLine(environment).length));
  const line = ({ exhibit, environment, sentence }: Finding) =>
    `${exhibit}  ${plainLine(environment).padEnd(width)}  ${sentence}`;
  return [
    ...findings.map(line),
    ...dropped.map(({ file, line }) => `dropped: ${file}:${line} was cut short`),
    `${records} records; report: ${page}`,
  ].join('\n');
}
