import {
  lastErrno,
  libc,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from './_libc.ts';
import { SystemError } from './system_error.ts';

/** What it takes to give an allocation back: the whole mapping, and the pages within it that hold data. */
export interface Mapping {
  readonly address: number;
  readonly bytes: number;
  readonly dataAddress: number;
  readonly dataBytes: number;
}

const FEATURE = 'memory mapping';

const mappings = new WeakMap<ArrayBufferLike, Mapping>();

function unmap({ address, bytes }: Mapping): void {
  if (libc('munmap', FEATURE)(address, bytes) !== 0) {
    throw new SystemError('munmap', lastErrno(), `cannot unmap ${bytes} bytes at 0x${address.toString(16)}`);
  }
}

const collected = new FinalizationRegistry(unmap);

function refuseTransfer(): never {
  throw new TypeError('memory from allocate cannot be transferred to another buffer; use free to give it back');
}

// Node 22 and later can take the memory out of an ArrayBuffer, which leaves it without any view. Node 20 has no way to.
type Transfer = (this: ArrayBufferLike, byteLength: number) => ArrayBuffer;
const transfer = (ArrayBuffer.prototype as { transfer?: Transfer }).transfer;

/** Ties a mapping to the buffer over it: it is unmapped when the buffer is collected, or by {@linkcode release}. */
export function own(buffer: ArrayBuffer, mapping: Mapping): void {
  mappings.set(buffer, mapping);
  collected.register(buffer, mapping, buffer);
  // A transferred buffer would outlive the one whose collection unmaps the memory.
  for (const name of ['transfer', 'transferToFixedLength']) {
    if (name in buffer) Object.defineProperty(buffer, name, { value: refuseTransfer });
  }
}

/** Gives the memory of a buffer back, leaving no way to touch freed memory through a view; false if it has none. */
export function release(buffer: ArrayBufferLike): boolean {
  const mapping = mappings.get(buffer);
  if (mapping === undefined) return false;
  if (transfer !== undefined) {
    transfer.call(buffer, 0);
    collected.unregister(buffer);
    unmap(mapping);
  } else {
    // The views stay valid, so the addresses must: empty pages take the place of the data until the buffer is collected.
    const { dataAddress, dataBytes } = mapping;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    if (libc('mmap', FEATURE)(dataAddress, dataBytes, PROT_READ | PROT_WRITE, flags, -1, 0) === -1) {
      throw new SystemError('mmap', lastErrno(), `cannot free ${dataBytes} bytes at 0x${dataAddress.toString(16)}`);
    }
  }
  mappings.delete(buffer);
  return true;
}
