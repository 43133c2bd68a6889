import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder asked for; when it has to be `fresh`, the first of its name, numbered, that is not there. */
export function resultsFolder(folder: string, fresh: boolean): string {
  const path = resolve(folder);
  if (!fresh || !existsSync(path)) return path;
  let number = 2;
  while (existsSync(`${path}-${number}`)) number++;
  return `${path}-${number}`;
}
