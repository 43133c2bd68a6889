import type { CacheSizes } from '@paratune/codegen';
import type { Processor } from '@paratune/native';

const KIB = 1024;
const MIB = 1024 * KIB;

interface KnownCaches extends CacheSizes {
  readonly vendor: string;
  readonly family: number;
  /** Ranges of model numbers, both ends included. */
  readonly models: readonly (readonly [number, number])[];
}

/**
 * Caches of processors whose hypervisor may hide them, from the makers' optimization guides (AMD: Software Optimization
 * Guides 56305, 56665, 57647 and 58455; Intel: Optimization Reference Manual 248966). The last level is what a core complex or
 * a slice for two cores has, since the rest belongs to others.
 */
const known: readonly KnownCaches[] = [
  // Zen 5
  row('AuthenticAMD', 0x1a, [[0x00, 0xff]], 48, 1024, 32),
  // Zen 4
  row(
    'AuthenticAMD',
    0x19,
    [
      [0x10, 0x1f],
      [0x60, 0x7f],
      [0xa0, 0xaf],
    ],
    32,
    1024,
    32,
  ),
  // Zen 3
  row(
    'AuthenticAMD',
    0x19,
    [
      [0x00, 0x0f],
      [0x20, 0x5f],
    ],
    32,
    512,
    32,
  ),
  // Zen and Zen 2
  row('AuthenticAMD', 0x17, [[0x00, 0xff]], 32, 512, 8),
  // Sapphire, Emerald and Granite Rapids
  row(
    'GenuineIntel',
    6,
    [
      [143, 143],
      [207, 207],
      [173, 174],
    ],
    48,
    2048,
    4,
  ),
  // Ice Lake and Tiger Lake
  row(
    'GenuineIntel',
    6,
    [
      [106, 106],
      [108, 108],
      [140, 141],
    ],
    48,
    1280,
    3,
  ),
  // Skylake, Cascade Lake and Cooper Lake servers
  row('GenuineIntel', 6, [[85, 85]], 32, 1024, 2.75),
];

function row(
  vendor: string,
  family: number,
  models: KnownCaches['models'],
  l1KiB: number,
  l2KiB: number,
  lastMiB: number,
): KnownCaches {
  return { vendor, family, models, l1DataBytes: l1KiB * KIB, l2Bytes: l2KiB * KIB, lastLevelBytes: lastMiB * MIB };
}

/** Caches of a processor that nothing is known of: small ones, which no processor with x86-64 undercuts by much. */
const unknown: CacheSizes = { l1DataBytes: 32 * KIB, l2Bytes: 256 * KIB, lastLevelBytes: 2 * MIB };

/** The sizes of a processor's caches: as it tells them, else as they are known of its model. */
export function cacheSizes({ vendor, family, model, caches }: Processor): CacheSizes {
  const row =
    known.find(
      (each) =>
        each.vendor === vendor &&
        each.family === family &&
        each.models.some(([first, last]) => first <= model && model <= last),
    ) ?? unknown;
  const bytesOf = (level: number) =>
    caches.find((cache) => cache.level === level && cache.kind !== 'instruction')?.bytes;
  const l2Bytes = bytesOf(2) ?? row.l2Bytes;
  return {
    l1DataBytes: bytesOf(1) ?? row.l1DataBytes,
    l2Bytes,
    lastLevelBytes: bytesOf(3) ?? Math.max(l2Bytes, row.lastLevelBytes),
  };
}
