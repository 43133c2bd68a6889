/**
 * Events of the kernel's perf_event_open, and how they are asked for: include/uapi/linux/perf_event.h.
 */

const [HARDWARE, SOFTWARE, HARDWARE_CACHE] = [0, 1, 3];

/** Misses of a TLB: the cache's number, the operation on it, and its result. */
const tlbMiss = (cache: 'data' | 'instruction', operation: 'read' | 'write') =>
  [HARDWARE_CACHE, (cache === 'data' ? 3 : 4) | ((operation === 'read' ? 0 : 1) << 8) | (1 << 16)] as const;

/** Type and number of each event. */
export const countedEvents = {
  cycles: [HARDWARE, 0],
  instructions: [HARDWARE, 1],
  dataTlbLoadMisses: tlbMiss('data', 'read'),
  dataTlbStoreMisses: tlbMiss('data', 'write'),
  instructionTlbMisses: tlbMiss('instruction', 'read'),
  pageFaults: [SOFTWARE, 2],
  contextSwitches: [SOFTWARE, 3],
  minorFaults: [SOFTWARE, 5],
  majorFaults: [SOFTWARE, 6],
} as const;

/** The first published size of the attribute, which every kernel takes. */
const ATTRIBUTE_BYTES = 64;

/** Also tell for how long the event was to be counted, and for how long it was. */
const READ_FORMAT = 1 | 2;

const DISABLED = 1 << 0;
const EXCLUDE_KERNEL = 1 << 5;
const EXCLUDE_HYPERVISOR = 1 << 6;

/** The attribute that asks for an event of this thread in user mode, at rest. */
export function attributeOf(event: keyof typeof countedEvents): Uint8Array {
  const [type, number] = countedEvents[event];
  const attribute = new Uint8Array(ATTRIBUTE_BYTES);
  const view = new DataView(attribute.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, ATTRIBUTE_BYTES, true);
  view.setBigUint64(8, BigInt(number), true);
  view.setBigUint64(32, BigInt(READ_FORMAT), true);
  // A switch to another thread happens in the kernel: without it none would be seen.
  const excluded = event === 'contextSwitches' ? 0 : EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR;
  view.setBigUint64(40, BigInt(DISABLED | excluded), true);
  return attribute;
}
