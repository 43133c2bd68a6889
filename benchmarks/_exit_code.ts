import { StoreError } from '@paratune/record';
import { CommanderError } from 'commander';

/** The exit codes of the scripts here; 0 is for a run that measured what it was asked for. */
export const exitCodes = { failed: 1, usage: 2, interrupted: 130 } as const;

/** Says what ended a script, and gives the exit code for it. */
export function exitCodeOf(error: unknown): number {
  // What is wrong with a command line was printed.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  // A bug shows its stack; what the machine refuses shows its message.
  const refused = error instanceof Error && error.name !== 'Error' && !(error instanceof TypeError);
  console.error(refused ? error.message : error);
  return error instanceof StoreError && error.kind === 'folder' ? exitCodes.usage : exitCodes.failed;
}
