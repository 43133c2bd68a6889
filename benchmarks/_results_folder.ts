import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** Reads the path of a folder from a command line. */
export function folderArgument(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must be the path of a folder.');
  return text;
}

/** The folder asked for; when it has to be `fresh`, the first of its name, numbered, that is not there. */
export function resultsFolder(folder: string, fresh: boolean): string {
  const path = resolve(folder);
  if (!fresh || !existsSync(path)) return path;
  let number = 2;
  while (existsSync(`${path}-${number}`)) number++;
  return `${path}-${number}`;
}
