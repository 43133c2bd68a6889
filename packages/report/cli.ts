import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { plainLine } from './_format.ts';
import type { Finding } from './findings.ts';
import { type WrittenReport, writeReport } from './write_report.ts';

const program = new Command('paratune-report')
  .description('Write the report on a folder of results: report.html, every figure as SVG and PNG, and records.csv.')
  .argument('<results>', 'folder of the records, or one that holds them in a folder `records`, as bench:all makes it')
  .option('--out <folder>', 'folder to write into (default: <results>/report)')
  .option('--json', 'print what was found and written as JSON')
  .addHelpText('after', '\nExit codes: 0 written, 1 failed, 2 bad usage.')
  .exitOverride();

try {
  program.parse();
  const [results = ''] = program.args;
  const { out = join(results, 'report'), json } = program.opts<{ out?: string; json?: boolean }>();
  if (!statSync(results, { throwIfNoEntry: false })) throw new Error(`${results}: no such folder`);
  const within = join(results, 'records');
  const store = statSync(within, { throwIfNoEntry: false })?.isDirectory() ? within : results;
  const written = await writeReport({ store, output: out });
  console.log(json ? JSON.stringify(written, undefined, 2) : describe(written));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`paratune-report: ${(error as Error).message}`);
    process.exitCode = 1;
  }
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
