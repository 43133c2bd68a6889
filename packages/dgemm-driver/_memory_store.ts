import { checkIdentity, type Identity, type Record as Observation } from '@paratune/record';
import type { SweepStore } from './sweep.ts';

/** A store for a sweep whose records are shown and not kept. */
export function memoryStore(): SweepStore {
  const records: Observation[] = [];
  const identities = new Map<string, Identity>();
  return {
    addIdentity(identity) {
      checkIdentity(identity);
      identities.set(identity.id, identity);
      return identity.id;
    },
    append: (batch) => void records.push(...batch),
    read: () => ({ records, identities: [...identities.values()], dropped: [] }),
  };
}
