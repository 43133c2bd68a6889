import { argv, stderr, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Problem } from './_workspace.ts';

/** What a check prints when all is well, and the problems when it is not. */
export interface Outcome {
  problems: Problem[];
  /** One line: what was looked at. */
  summary: string;
}

/** Prints an outcome; true when there was no problem. */
export function printOutcome(name: string, { problems, summary }: Outcome): boolean {
  for (const { where, what } of problems) stderr.write(`${where}: ${what}\n`);
  stdout.write(
    problems.length === 0
      ? `${name}: ${summary}\n`
      : `${name}: ${problems.length} problem${problems.length === 1 ? '' : 's'} (${summary})\n`,
  );
  return problems.length === 0;
}

/** Runs `check` when the module at `url` is the program, with `--write` allowing it to mend what it can. */
export async function runAsScript(
  url: string,
  name: string,
  check: (options: { write: boolean }) => Outcome | Promise<Outcome>,
): Promise<void> {
  if (argv[1] !== fileURLToPath(url)) return;
  if (!printOutcome(name, await check({ write: argv.includes('--write') }))) process.exitCode = 1;
}
