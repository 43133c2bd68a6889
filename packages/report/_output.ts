import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './_write_atomically.ts';
import { ReportError } from './report_error.ts';

/** A folder that a report is written into. */
export class Output {
  /** Paths of what was written. */
  readonly files: string[] = [];
  readonly #folder: string;

  /** @throws {TypeError} {ReportError} when it is not the path of a folder, or of one that can be made */
  constructor(folder: string) {
    if (typeof folder !== 'string' || folder === '') {
      throw new TypeError(`'output' must be the path of a folder, got ${JSON.stringify(folder) ?? typeof folder}`);
    }
    this.#folder = folder;
  }

  /** Replaces a file of the folder at once, unless it holds just this already. @returns its path */
  write(name: string, text: string | Uint8Array): string {
    if (this.files.length === 0) this.#make();
    const file = join(this.#folder, name);
    if (!holds(file, text)) writeAtomically(file, text);
    this.files.push(file);
    return file;
  }

  #make(): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
    } catch (cause) {
      throw new ReportError(this.#folder, `cannot be used as a folder: ${(cause as Error).message}`, { cause });
    }
  }
}

function holds(file: string, text: string | Uint8Array): boolean {
  try {
    return readFileSync(file).equals(typeof text === 'string' ? Buffer.from(text) : text);
  } catch {
    return false;
  }
}
