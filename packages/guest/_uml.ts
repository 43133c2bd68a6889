import type { Kind } from './_kind.ts';
import type { Environment } from './environment.ts';

type Uml = Extract<Environment, { kind: 'uml' }>;

/** User-mode Linux. */
export const uml: Kind<Uml> = {
  lacks: async () => [{ missing: 'not yet', remedy: 'wait' }],
  start: async () => {
    throw new Error('not yet');
  },
};
