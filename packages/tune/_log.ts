import { type Tuning, tuningPath } from '@paratune/blas';
import { identify, openStore, type Store, StoreError } from '@paratune/record';
import { candidateOf, candidateRecord, experiment, type TuneContext, tuneRecords } from './tune_records.ts';
import type { Candidate, TuneResult } from './tune_result.ts';

/** The log of a search. */
interface Log {
  /** The candidates of a search that was broken off, with which this one goes on. */
  readonly known: readonly Candidate[];
  readonly candidate: (candidate: Candidate) => void;
  readonly finish: (result: TuneResult) => void;
}

/** Beside the tunings, a folder for each of them. */
function defaultFolder(isa: Tuning['isa']): string {
  return tuningPath(isa)
    .replace('/tunings/', '/tuning-logs/')
    .replace(/\.json$/, '');
}

/** The last run of a store, and its candidates, if it was broken off and is of the same code and machine; else the next run. */
function brokenOff(
  store: Store,
  { environment, identity }: Pick<TuneContext, 'environment' | 'identity'>,
  isa: Tuning['isa'],
) {
  const records = store
    .read()
    .records.filter((record) => record.experiment === experiment && record.environment === environment);
  const last = records.reduce((most, { run }) => Math.max(most, run), -1);
  const ofLast = records.filter(({ run }) => run === last);
  const known = ofLast.flatMap((record) => candidateOf(record) ?? []);
  const goesOn =
    known.length > 0 &&
    ofLast.every((record) => record.metric !== 'seconds' && record.identity === identity) &&
    known.every((candidate) => candidate.isa === isa);
  return goesOn ? { run: last, known } : { run: last + 1, known: [] };
}

/**
 * Opens the log in a folder. One that was not named is not worth failing for: where it cannot be written `warn` is told, and nothing is kept.
 * @throws {StoreError} When the folder that was named cannot be used.
 */
export function openLog(
  folder: string | undefined,
  environment: string,
  isa: Tuning['isa'],
  warn: (message: string) => void,
): Log {
  let store: Store | undefined;
  const guarded = <Result>(act: (store: Store) => Result): Result | undefined => {
    try {
      return store && act(store);
    } catch (error) {
      if (folder !== undefined || !(error instanceof StoreError)) throw error;
      warn(`no log is kept: ${error.message}`);
      store = undefined;
      return undefined;
    }
  };
  store = openStore(folder ?? defaultFolder(isa));
  const identity = store.addIdentity(identify({ kind: environment.replace(/-.*/, '') }));
  const { run, known } = guarded((open) => brokenOff(open, { environment, identity }, isa)) ?? { run: 0, known: [] };
  const context = (): TuneContext => ({ environment, run, identity, time: new Date().toISOString() });
  let order = known.length;
  return {
    known,
    candidate: (candidate) => guarded((open) => open.append([candidateRecord(candidate, order++, context())])),
    finish: (result) =>
      guarded((open) => {
        open.append(tuneRecords(result, context()));
        open.close();
      }),
  };
}
