import { show } from './_check.ts';
import { HUGE_PAGE_BYTES, libc, MADV_HUGEPAGE } from './_libc.ts';
import { addressOf } from './address_of.ts';

/**
 * Asks the system to back an array's memory with huge pages (2 MiB), so that walking through it needs fewer entries of the TLB.
 *
 * Only the part of the memory that covers whole huge pages counts; pages that are resident already may stay small. It is a hint:
 * the system may be set to give none (`/sys/kernel/mm/transparent_hugepage/enabled` says `never`), or have none at hand.
 *
 * @param view The array, which is best not touched yet.
 * @returns Whether the system took the advice for at least one page.
 * @throws {TypeError} If `view` is no typed array or DataView.
 * @throws {RangeError} If it is empty or detached.
 * @throws {UnsupportedError} On another platform than Linux on x86-64.
 * @example
 * ```ts
 * import { adviseHuge, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   assert.equal(typeof adviseHuge(new Float64Array(2 ** 20)), 'boolean'); // 8 MiB
 *   assert.equal(adviseHuge(new Float64Array(1)), false); // no whole page
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function adviseHuge(view: ArrayBufferView): boolean {
  if (!ArrayBuffer.isView(view)) throw new TypeError(`'view' must be a typed array or a DataView, got ${show(view)}`);
  const address = addressOf(view);
  const first = Math.ceil(address / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
  const end = Math.floor((address + view.byteLength) / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
  return end > first && libc('madvise', 'huge pages')(first, end - first, MADV_HUGEPAGE) === 0;
}
