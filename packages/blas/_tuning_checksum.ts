import type { Tuning } from './tuning.ts';

/**
 * A number that changes when anything in a tuning does, to tell a file that was edited: FNV-1a of 32 bits over its JSON. (Node's own
 * hashes take longer to load than the library.)
 */
export function tuningChecksum(tuning: Tuning): string {
  let hash = 0x811c9dc5;
  const text = JSON.stringify(tuning);
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
