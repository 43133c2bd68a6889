import type { Identity, Record as Observation, ValueRecord } from '@paratune/record';
import { ask, type Environment, PeersProcessError } from './_peers_child.ts';
import type { PeerLibrary } from './_peers_libraries.ts';
import { observation } from './_peers_observation.ts';
import type { Answer, Request } from './_peers_process.ts';

/** A choice of kernels that a library offers, and how it did in a short trial. */
type Trial = { environment: Environment } & ({ detail: string; gflops: number } | { failure: string });

/** The only answer to a question, from a process of its own: an unfit choice may end it by an illegal instruction. */
async function answerTo(request: Request, environment: Environment): Promise<Answer | undefined> {
  let last: Answer | undefined;
  for await (const answer of ask(request, { environment, signal: AbortSignal.timeout(30_000) })) last = answer;
  return last;
}

/** Tries choices that a library offers on this processor, its own first: dgemm, n = 600, one thread. */
async function* trials(library: PeerLibrary, most: number): AsyncGenerator<Trial> {
  const choices = await answerTo({ kind: 'choices', library }, {});
  for (const environment of choices?.kind === 'choices' ? choices.environments.slice(0, most) : []) {
    try {
      const answer = await answerTo({ kind: 'trial', library }, environment);
      if (answer?.kind === 'trial') yield { environment, detail: answer.detail, gflops: answer.gflops };
    } catch (error) {
      if (!(error instanceof PeersProcessError)) throw error;
      yield { environment, failure: error.message };
    }
  }
}

/** The records of trying at most so many of a library's choices, those that failed too. */
export async function tryVariants(library: PeerLibrary, most: number, identity: Identity): Promise<Observation[]> {
  const records: Observation[] = [];
  for await (const trial of trials(library, most)) {
    const [variable = '', value = ''] = Object.entries(trial.environment)[0] ?? [];
    const factors = { suite: 'variants', contender: library.name, variable, value };
    const common = { metric: 'gflops', unit: 'Gflops', repetition: 0 };
    records.push(
      'failure' in trial
        ? observation(identity, factors, { ...common, status: 'failed', reason: trial.failure })
        : observation(
            identity,
            { ...factors, detail: trial.detail },
            { ...common, status: 'measured', value: trial.gflops },
          ),
    );
  }
  return records;
}

/** The choice of a library that was fastest when tried; undefined when it was not tried, or does not run here. */
export function bestVariant(records: readonly Observation[], name: PeerLibrary['name']): Environment | undefined {
  const tried = records.filter(
    (record): record is ValueRecord =>
      record.status === 'measured' && record.factors['suite'] === 'variants' && record.factors['contender'] === name,
  );
  if (tried.length === 0) return undefined;
  const { variable, value } = tried.reduce((one, other) => (other.value > one.value ? other : one)).factors;
  return variable === '' ? {} : { [String(variable)]: String(value) };
}
