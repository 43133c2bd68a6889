import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ReportError } from './report_error.ts';

/** Writes a file so that a kill at any moment leaves the old one or the new one, whole. */
export function writeAtomically(file: string, contents: string | Uint8Array): void {
  const partial = join(dirname(file), `.${basename(file)}.${process.pid}.partial`);
  try {
    const descriptor = openSync(partial, 'w');
    try {
      writeFileSync(descriptor, contents);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (cause) {
    rmSync(partial, { force: true });
    throw new ReportError(file, `cannot be written: ${(cause as Error).message}`, { cause });
  }
}
