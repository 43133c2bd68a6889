import { addressOf, adviseHuge } from '@paratune/native';

/** What the memory of buffers is made of where the system allows it; a buffer begins at such a page. */
const HUGE_PAGE_BYTES = 2 ** 21;

/** The memory of one buffer. */
interface Buffer {
  readonly bytes: number;
  readonly address: number;
  /** Kept, so that the memory stays. */
  readonly array: Float64Array;
}

/**
 * Packing buffers of this thread, one for each piece that a call is cut into, all kernels sharing them. Ordinary arrays, since
 * those go with their worker thread; their pages come only when they are written.
 */
const buffers: Buffer[] = [];

/** The address of the packing buffer of a piece, at least as large as asked for; the same one as long as it is large enough. */
export function packingOf(piece: number, bytes: number): number {
  const buffer = buffers[piece];
  if (buffer !== undefined && buffer.bytes >= bytes) {
    return buffer.address;
  }
  const array = new Float64Array(Math.ceil((bytes + HUGE_PAGE_BYTES) / 8));
  adviseHuge(array);
  const address = Math.ceil(addressOf(array) / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
  buffers[piece] = { bytes, address, array };
  return address;
}
