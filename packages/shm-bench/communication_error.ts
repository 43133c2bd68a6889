/**
 * Why two sides could not communicate.
 *
 * - `unavailable`: this machine has not what was asked for;
 * - `region-too-small`: the shared region has fewer bytes than the benchmark needs;
 * - `mismatch`: the region is none, or was made by another version or for another benchmark or size of message;
 * - `role-taken`: another side has this role already;
 * - `no-peer`: the other side did not come in time;
 * - `peer-lost`: the other side came and has ended, or gives no sign of life any more;
 * - `stalled`: both sides live and nothing goes on;
 * - `closed`: a side has closed the channel or the region of its own accord.
 */
export type CommunicationErrorKind =
  | 'unavailable'
  | 'region-too-small'
  | 'mismatch'
  | 'role-taken'
  | 'no-peer'
  | 'peer-lost'
  | 'stalled'
  | 'closed';

/**
 * Two sides that could not communicate; `kind` says why.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CommunicationError } from '@paratune/shm-bench';
 *
 * const error = new CommunicationError('no-peer', 'the other side did not come within 5 s');
 * assert.equal(error.kind, 'no-peer');
 * ```
 */
export class CommunicationError extends Error {
  override readonly name = 'CommunicationError';
  readonly kind: CommunicationErrorKind;

  /**
   * @param kind why
   * @param message in a sentence, with what would be right
   */
  constructor(kind: CommunicationErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
