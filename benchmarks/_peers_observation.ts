import type { Identity, Record as Observation } from '@paratune/record';
import { peersExperiment } from '@paratune/report';

type Observed =
  | { status: 'measured'; metric: string; unit: string; repetition: number; value: number }
  | { status: 'failed' | 'skipped'; metric: string; unit: string; repetition: number; reason: string };

/** A record of this experiment, made now. */
export function observation(identity: Identity, factors: Observation['factors'], observed: Observed): Observation {
  return {
    version: 1,
    experiment: peersExperiment,
    environment: 'native',
    factors,
    run: 0,
    time: new Date().toISOString(),
    identity: identity.id,
    ...observed,
  };
}
