import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openStore, type StoreContents } from '@paratune/record';
import { mergeStores } from './merge_stores.ts';

/** Where the bench leaves its results. */
const resultsFolder = 'results';

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Reads folders of results, `folder` or `machine=folder`, as one store. @throws {Error} {StoreError} when one is not there or is no store */
export function readResults(folders: readonly string[]): StoreContents {
  return mergeStores(
    folders.map((argument) => {
      const { folder, machine } = parse(argument);
      const contents = openStore(storeOf(folder)).read();
      return machine === undefined ? { contents } : { contents, machine };
    }),
  );
}

/** Reads one run to compare it with others: `name=folder` names the run, and leaves its environments as they are. */
export function readRun(argument: string): { name: string } & StoreContents {
  const { folder, machine } = parse(argument);
  return { name: machine ?? basename(folder), ...readResults([folder]) };
}

/** The folder of an argument. */
export function folderOf(argument: string): string {
  return parse(argument).folder;
}

/** Of the runs in `results`, the one written last. */
export function defaultResults(): string {
  const runs = isFolder(resultsFolder)
    ? readdirSync(resultsFolder)
        .map((name) => join(resultsFolder, name))
        .filter((path) => isFolder(join(path, 'records')))
    : [];
  const changed = (path: string) => statSync(join(path, 'records')).mtimeMs;
  return runs.sort((a, b) => changed(b) - changed(a))[0] ?? resultsFolder;
}

function parse(argument: string): { folder: string; machine?: string } {
  const [, machine, folder] = /^([^/=]+)=(.+)$/s.exec(argument) ?? [];
  return machine === undefined || folder === undefined || existsSync(argument)
    ? { folder: argument }
    : { folder, machine };
}

/** The records themselves, or a folder that holds them as `records`. */
function storeOf(folder: string): string {
  if (!existsSync(folder)) throw new Error(`${folder}: no such folder`);
  const within = join(folder, 'records');
  return isFolder(within) ? within : folder;
}
