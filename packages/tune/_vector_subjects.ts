import type { BySource, GemvParameters, GerParameters, Tuning } from '@paratune/blas';
import { gemvSpec, gerSpec } from '@paratune/codegen';
import type { Subject } from './_subject.ts';
import { elementBytes, type Form, type Precision, workOf } from './_work.ts';
import type { MachineFacts } from './machine_facts.ts';
import type { Parameters } from './tune_result.ts';

type Source = keyof BySource<unknown>;

const sources: readonly Source[] = ['private', 'shared', 'memory'];

/** What a matrix has at most that comes from a shared cache, and at least that comes from memory (12 MiB, says the library). */
const SHARED_BYTES = 8 * 2 ** 20;
const MEMORY_BYTES = 14 * 2 ** 20;

const LINES = [1, 2, 3, 4, 6, 8];
const PREFETCHES = [0, 256, 512, 1024, 2048];

/** Sizes in bytes of matrices from a source: those that a search times, and others that it must not spoil. */
function sizesOf(
  source: Source,
  { caches: { l1DataBytes, l2Bytes } }: MachineFacts,
): { searched: number[]; confirmed: number[] } {
  switch (source) {
    case 'private':
      return {
        searched: [0.7 * l1DataBytes, 0.3 * l2Bytes],
        confirmed: [0.05 * l1DataBytes, 0.3 * l1DataBytes, 0.7 * l1DataBytes, 0.3 * l2Bytes, 0.6 * l2Bytes],
      };
    case 'shared':
      return l2Bytes >= SHARED_BYTES
        ? { searched: [], confirmed: [] }
        : { searched: [Math.min(3 * l2Bytes, SHARED_BYTES)], confirmed: [1.3 * l2Bytes, SHARED_BYTES] };
    case 'memory':
      return { searched: [1.4 * MEMORY_BYTES], confirmed: [MEMORY_BYTES, 2 * MEMORY_BYTES] };
  }
}

function isPossible(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function subject(
  form: Exclude<Form, `gemm ${string}`>,
  precision: Precision,
  source: Source,
  facts: MachineFacts,
  what: Pick<Subject, 'isa' | 'of' | 'into'> & {
    values: Record<string, readonly number[]>;
    check: (parameters: Parameters) => void;
  },
): Subject[] {
  const { searched, confirmed } = sizesOf(source, facts);
  if (searched.length === 0) return [];
  const works = (bytes: readonly number[]) =>
    bytes.map((each) => workOf(form, precision, Math.floor(Math.sqrt(each / elementBytes[precision]))));
  const searchedWorks = works(searched);
  const lines = Object.entries(what.values).map(([name, values]) => ({
    name,
    works: searchedWorks,
    from: (best: Parameters) =>
      values
        .map((value) => ({ ...best, [name]: value }))
        .filter((candidate) => isPossible(() => what.check(candidate))),
  }));
  const { isa, of, into } = what;
  return [{ routine: form, precision, source, isa, weight: 1, lines, confirmed: works(confirmed), of, into }];
}

function gemvSubject(
  form: 'gemv N' | 'gemv T',
  precision: Precision,
  source: Source,
  isa: Tuning['isa'],
  facts: MachineFacts,
) {
  const key = precision === 'double' ? 'dgemv' : 'sgemv';
  const layout = form === 'gemv N' ? 'columns' : 'rows';
  return subject(form, precision, source, facts, {
    isa,
    values: { [form === 'gemv N' ? 'xUnroll' : 'yUnroll']: LINES, unroll: [1, 2, 4, 8], prefetch: PREFETCHES },
    check: (parameters) => gemvSpec({ isa, precision, layout, source, ...(parameters as Partial<GemvParameters>) }),
    of: (tuning) => ({ ...tuning[key][layout][source] }),
    into: (tuning, parameters) => ({
      ...tuning,
      [key]: { ...tuning[key], [layout]: { ...tuning[key][layout], [source]: parameters } },
    }),
  });
}

function gerSubject(precision: Precision, source: Source, isa: Tuning['isa'], facts: MachineFacts) {
  const key = precision === 'double' ? 'dger' : 'sger';
  return subject('ger', precision, source, facts, {
    isa,
    values: { yUnroll: LINES, xUnroll: [1, 2, 3, 4, 8], prefetch: PREFETCHES },
    check: (parameters) => gerSpec({ isa, precision, source, ...(parameters as Partial<GerParameters>) }),
    of: (tuning) => ({ ...tuning[key][source] }),
    into: (tuning, parameters) => ({ ...tuning, [key]: { ...tuning[key], [source]: parameters } }),
  });
}

/** The subjects of a precision's GEMV and GER, one for each place where a matrix comes from. */
export function gemvSubjects(isa: Tuning['isa'], precision: Precision, facts: MachineFacts): Subject[] {
  return (['gemv N', 'gemv T'] as const).flatMap((form) =>
    sources.flatMap((source) => gemvSubject(form, precision, source, isa, facts)),
  );
}

export function gerSubjects(isa: Tuning['isa'], precision: Precision, facts: MachineFacts): Subject[] {
  return sources.flatMap((source) => gerSubject(precision, source, isa, facts));
}
