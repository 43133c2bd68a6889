import { type GemmBlocking, type GemmSpec, gemmSpec, gemvSpec, gerSpec } from '@paratune/codegen';
import { handWritten } from '@paratune/kernels/hand_written';
import { describe } from './_arguments.ts';
import { gemmParameters, gemvParameters, gerParameters, lines, pick, sources } from './_tuning_parameters.ts';
import { fingerprint } from './fingerprint.ts';
import type { GemmParameters, GemvParameters, GerParameters, Tuning } from './tuning.ts';

/** No tuning needs more for packing; a mistaken one should not take the machine's memory. */
const MOST_PACKING_BYTES = 2 ** 30;

const tuningKeys = [
  ...[
    'version',
    'time',
    'fingerprint',
    'isa',
    'caches',
    'cacheEdge',
    'dgemm',
    'sgemm',
    'dgemv',
    'sgemv',
    'dger',
    'sger',
  ],
];

/** Checks that a value is an object of just these properties, some of which may be left out. */
export function checkKeys(
  name: string,
  value: unknown,
  known: readonly string[],
  required: readonly string[] = known,
): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`'${name}' must be an object, got ${describe(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new TypeError(`'${name}' must have only the options ${known.join(', ')}, got '${key}'`);
    }
  }
  for (const key of required) {
    if ((value as Record<string, unknown>)[key] === undefined) {
      throw new TypeError(`'${name}' must have the option '${key}', which is missing`);
    }
  }
}

/** Checks the sizes of packed blocks for a kernel. @throws {RangeError} When they are no multiples, or too large. */
export function checkBlocking(name: string, { mu, nu }: GemmSpec, { mc, kc, nc }: GemmBlocking): void {
  for (const [size, value, unit] of [
    ['mc', mc, mu],
    ['kc', kc, 1],
    ['nc', nc, nu],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1 || value % unit !== 0) {
      throw new RangeError(`'${name}.${size}' must be a multiple of ${unit} for a ${mu} x ${nu} kernel, got ${value}`);
    }
  }
  if ((mc + nc) * kc * 8 > MOST_PACKING_BYTES) {
    throw new RangeError(`'${name}.mc', 'kc' and 'nc' must need at most 1 GiB for packing, got ${mc}, ${kc} and ${nc}`);
  }
}

/** Checks that somebody wrote a kernel for a specification that asks for one written by hand. @throws {RangeError} When nobody did. */
export function checkHandWritten(name: string, { kernel, isa, precision, mu, nu }: GemmSpec): void {
  if (kernel === 'generated') return;
  const written = handWritten(isa, precision);
  if (written === undefined || written.mu !== mu || written.nu !== nu) {
    const which =
      written === undefined ? `'generated' with isa '${isa}'` : `of a ${written.mu} x ${written.nu} register block`;
    throw new RangeError(`'${name}.kernel' must be ${which}, got '${kernel}' of ${mu} x ${nu}`);
  }
}

/** Runs a check of a specification; what it refuses is told with the name of the parameters. */
function checkSpec<Spec>(name: string, make: () => Spec): Spec {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) error.message = `'${name}': ${error.message}`;
    throw error;
  }
}

/**
 * Checks that a value is a tuning for this machine that kernels can be generated for. By hand, since a library for checks takes longer to
 * load than this one has for its first call.
 * @throws {TypeError} When something is missing, unknown or of the wrong type.
 * @throws {RangeError} When it is for another machine or version, or has a value that cannot be generated.
 */
export function checkTuning(tuning: unknown): asserts tuning is Tuning {
  checkKeys('tuning', tuning, tuningKeys);
  const { version, time, isa, caches, cacheEdge } = tuning as unknown as Tuning;
  if (version !== 1) throw new RangeError(`'tuning.version' must be 1, got ${describe(version)}`);
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) {
    throw new TypeError(`'tuning.time' must be a time in ISO 8601, got ${describe(time)}`);
  }
  if (tuning['fingerprint'] !== fingerprint()) {
    throw new RangeError(
      `'tuning.fingerprint' must be that of this machine, ${fingerprint()}, got ${String(tuning['fingerprint'])}`,
    );
  }
  checkKeys('tuning.caches', caches, ['l1DataBytes', 'l2Bytes', 'lastLevelBytes']);
  for (const [name, bytes] of [...Object.entries(caches), ['cacheEdge', cacheEdge ?? 1]] as const) {
    if (!(typeof bytes === 'number' && Number.isFinite(bytes) && bytes >= (name === 'cacheEdge' ? 0 : 1))) {
      throw new RangeError(`'tuning' must have a number of bytes as '${name}', got ${describe(bytes)}`);
    }
  }
  for (const [letter, precision] of [
    ['d', 'double'],
    ['s', 'single'],
  ] as const) {
    const gemm = tuning[`${letter}gemm`] as GemmParameters;
    checkKeys(`tuning.${letter}gemm`, gemm, [...gemmParameters, 'mc', 'kc', 'nc']);
    const spec = checkSpec(`tuning.${letter}gemm`, () => gemmSpec({ isa, precision, ...pick(gemm, gemmParameters) }));
    checkHandWritten(`tuning.${letter}gemm`, spec);
    checkBlocking(`tuning.${letter}gemm`, spec, gemm);
    const [gemv, ger]: unknown[] = [tuning[`${letter}gemv`], tuning[`${letter}ger`]];
    checkKeys(`tuning.${letter}gemv`, gemv, lines);
    checkKeys(`tuning.${letter}ger`, ger, sources);
    for (const line of lines) checkKeys(`tuning.${letter}gemv.${line}`, gemv[line], sources);
    for (const source of sources) {
      for (const layout of lines) {
        const name = `tuning.${letter}gemv.${layout}.${source}`;
        const given = (gemv[layout] as Record<string, unknown>)[source] as GemvParameters;
        checkKeys(name, given, gemvParameters);
        checkSpec(name, () => gemvSpec({ isa, precision, layout, source, ...pick(given, gemvParameters) }));
      }
      const name = `tuning.${letter}ger.${source}`;
      const given = ger[source] as GerParameters;
      checkKeys(name, given, gerParameters);
      checkSpec(name, () => gerSpec({ isa, precision, source, ...pick(given, gerParameters) }));
    }
  }
}
