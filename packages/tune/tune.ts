import { configure, defaultTuning, info, type Tuning } from '@paratune/blas';
import { UnsupportedError } from '@paratune/native';
import type { Machine } from '@paratune/probe';
import { cachesSubjects } from './_caches_subject.ts';
import { gemmSubject } from './_gemm_subject.ts';
import { nameOf, type Subject, type TimedLine } from './_subject.ts';
import { gemvSubjects, gerSubjects } from './_vector_subjects.ts';
import { install, type Precision, timeWorks, type Work, warmUp, workOf } from './_work.ts';
import { compareTimes, type PairOfTimes } from './compare_times.ts';
import { lineSearch, type Outcome } from './line_search.ts';
import { machineFacts } from './machine_facts.ts';
import type { Candidate, Confirmation, Parameters, TuneResult } from './tune_result.ts';

/** The routines that can be tuned. */
export const tunedRoutines = ['dgemm', 'sgemm', 'dgemv', 'sgemv', 'dger', 'sger'] as const;

/** A routine that can be tuned. */
export type TunedRoutine = (typeof tunedRoutines)[number];

/** How far a search is. */
export interface TuneProgress {
  /** What is searched, such as `'dgemv N, private'`. */
  readonly subject: string;
  /** What is varied now. */
  readonly line: string;
  /** Candidates that were tried. */
  readonly tried: number;
  /** The best rate so far, and how many times that of the library's own parameters it is. */
  readonly mflops: number;
  readonly gain: number;
  readonly secondsLeft: number;
  /** Whether this subject is done. */
  readonly done: boolean;
}

/** What is searched, and for how long. */
export interface TuneOptions {
  /** Seconds that it may take; by default {@linkcode defaultBudget}. */
  readonly budgetSeconds?: number | undefined;
  /** Which routines; all by default. The others keep the parameters that the library has for them. */
  readonly only?: readonly TunedRoutine[] | undefined;
  /** The instruction set; by default the widest that can be used. */
  readonly isa?: Tuning['isa'] | undefined;
  /** What a probe found of this machine; without one the library's own knowledge of its caches must do. */
  readonly machine?: Machine | undefined;
  /** Where to begin, and what to compare with at the end; by default what the library has, of `isa`. */
  readonly start?: Tuning | undefined;
  /** Candidates of an earlier search that was broken off: they are not timed again. */
  readonly known?: readonly Candidate[] | undefined;
  /** Called with each candidate as soon as it was timed. */
  readonly onCandidate?: ((candidate: Candidate) => void) | undefined;
  readonly onProgress?: ((progress: TuneProgress) => void) | undefined;
}

/**
 * Seconds that a search finds most in: 25 for a routine of matrices, 8 for one of a matrix and vectors.
 *
 * @param only The routines; all by default.
 * @example
 * ```ts
 * import { defaultBudget, tunedRoutines } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(defaultBudget(['dgemm', 'dger']), 33);
 * assert.equal(defaultBudget(tunedRoutines), defaultBudget());
 * ```
 */
export function defaultBudget(only: readonly TunedRoutine[] = tunedRoutines): number {
  return only.reduce((sum, routine) => sum + (routine.endsWith('gemm') ? 25 : 8), 0);
}

/** The part of a subject's time that is left for comparing the result with the library's own parameters. */
const CONFIRMING = 0.25;

/** Pairs of tuned and untuned times; tuned is slower when it was so in so many, and by more than 1 % in the middle. */
const CONFIRMING_PAIRS = 8;
const SLOWER_PAIRS = 7;
const MOST_LOSS = 0.01;

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.round((sorted.length - 1) * part)]!;
}

const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Rates and their spread from times of several works. */
function rateOf(works: readonly Work[], times: readonly (readonly number[])[]): Pick<Candidate, 'mflops' | 'spread'> {
  const medians = works.map((_, index) =>
    quantile(
      times.map((each) => each[index]!),
      0.5,
    ),
  );
  const totals = times.map((each) => each.reduce((sum, time, index) => sum + time / medians[index]!, 0));
  return {
    mflops: geometricMean(works.map(({ operations }, index) => operations / medians[index]! / 1e6)),
    spread: (quantile(totals, 0.75) - quantile(totals, 0.25)) / 2 / quantile(totals, 0.5),
  };
}

const now = () => performance.now() / 1000;

/** Times two tunings on the same works in turn until told to stop. */
function* pairsOf(incumbent: Tuning, challenger: Tuning, works: readonly Work[]): Generator<PairOfTimes> {
  const time = (tuning: Tuning) => {
    install(tuning);
    return timeWorks(works);
  };
  for (const tuning of [incumbent, challenger]) {
    install(tuning);
    warmUp(works);
  }
  for (let pair = 0; ; pair++) {
    if (pair % 2 === 0) {
      const first = time(incumbent);
      yield { incumbent: first, challenger: time(challenger) };
    } else {
      const first = time(challenger);
      yield { incumbent: time(incumbent), challenger: first };
    }
  }
}

/** One search: what it was told, and what it has so far. */
class Search {
  readonly candidates: Candidate[] = [];
  readonly confirmations: Confirmation[] = [];
  readonly unfinished: string[] = [];
  readonly #untuned: Tuning;
  readonly #options: TuneOptions;
  readonly #known: Map<string, Candidate>;
  readonly #end: number;

  constructor(untuned: Tuning, options: TuneOptions, end: number) {
    this.#untuned = untuned;
    this.#options = options;
    this.#end = end;
    this.#known = new Map(options.known?.map((candidate) => [this.#keyOf(candidate, candidate.parameters), candidate]));
  }

  #keyOf(
    { routine, precision, source, isa }: Pick<Candidate, 'routine' | 'precision' | 'source' | 'isa'>,
    parameters: Parameters,
  ) {
    return JSON.stringify([routine, precision, source, isa, Object.entries(parameters).sort()]);
  }

  #note(candidate: Candidate, isNew: boolean): void {
    this.candidates.push(candidate);
    if (isNew) this.#options.onCandidate?.(candidate);
  }

  /** Searches a subject until its time is up, and returns the tuning with what was found in place. */
  run(tuning: Tuning, subject: Subject, seconds: number): Tuning {
    const { routine, precision, source, isa } = subject;
    const identity = { routine, precision, source, isa };
    const start = subject.of(tuning);
    const began = now();
    const end = began + seconds * (1 - CONFIRMING);
    const chain = [start];
    let gain = 1;
    let best = this.#first(tuning, subject, start, end);
    const report = (line: string, done = false) =>
      this.#options.onProgress?.({
        subject: nameOf(subject),
        line,
        tried: this.candidates.length,
        mflops: best,
        gain,
        secondsLeft: Math.max(0, this.#end - now()),
        done,
      });
    const challenge = (incumbent: Parameters, challenger: Parameters, line: TimedLine): Outcome => {
      report(line.name);
      let candidate = this.#known.get(this.#keyOf(identity, challenger));
      const isNew = candidate === undefined;
      if (candidate === undefined) {
        const pairs: PairOfTimes[] = [];
        for (const pair of pairsOf(subject.into(tuning, incumbent), subject.into(tuning, challenger), line.works)) {
          if (now() > end) return 'out of time';
          pairs.push(pair);
          const { verdict, ratio, why } = compareTimes(pairs);
          if (verdict === 'undecided') continue;
          const rate = rateOf(
            line.works,
            pairs.map((each) => each.challenger),
          );
          candidate = { ...identity, parameters: challenger, ...rate, ratio, kept: verdict === 'wins', why };
          break;
        }
      }
      this.#note(candidate!, isNew);
      if (!candidate!.kept) return 'dropped';
      chain.push(challenger);
      gain *= candidate!.ratio;
      best = candidate!.mflops;
      return 'kept';
    };
    const { finished } = lineSearch<Parameters>(start, subject.lines, (incumbent, challenger, line) =>
      challenge(incumbent, challenger, line as TimedLine),
    );
    if (!finished) this.unfinished.push(nameOf(subject));
    const found = this.#confirm(tuning, subject, chain, began + seconds);
    if (found === start) gain = 1;
    report('', true);
    return subject.into(tuning, found);
  }

  /** The rate that a search begins with. */
  #first(tuning: Tuning, subject: Subject, start: Parameters, end: number): number {
    const { routine, precision, source, isa, lines } = subject;
    const { works } = lines[0]!;
    let candidate = this.#known.get(this.#keyOf(subject, start));
    const isNew = candidate === undefined;
    if (candidate === undefined) {
      install(tuning);
      warmUp(works);
      const times: number[][] = [];
      do times.push(timeWorks(works));
      while (times.length < 5 && now() < end);
      const why = "the library's own";
      candidate = {
        routine,
        precision,
        source,
        isa,
        parameters: start,
        ...rateOf(works, times),
        ratio: 1,
        kept: true,
        why,
      };
    }
    this.#note(candidate, isNew);
    return candidate.mflops;
  }

  /** Times a tuning and none in turn: how many times as fast it is at each size, and whether it is slower by more than the noise. */
  #beside(tuning: Tuning, works: readonly Work[], end: number): { n: number; gain: number; lost: boolean }[] {
    const pairs: PairOfTimes[] = [];
    for (const pair of pairsOf(this.#untuned, tuning, works)) {
      pairs.push(pair);
      if (pairs.length === CONFIRMING_PAIRS || (pairs.length >= 3 && now() > end)) break;
    }
    return works.map(({ n }, size) => {
      const ratios = pairs.map((pair) => pair.incumbent[size]! / pair.challenger[size]!);
      const slower = ratios.filter((ratio) => ratio < 1).length;
      const gain = quantile(ratios, 0.5);
      return { n, gain, lost: gain < 1 - MOST_LOSS && slower >= Math.min(SLOWER_PAIRS, pairs.length) };
    });
  }

  /**
   * Goes back from the best along what was kept, to parameters that are faster than the library's own over all sizes and slower at none. Without
   * time to find that out nothing is kept.
   */
  #confirm(tuning: Tuning, subject: Subject, chain: readonly Parameters[], end: number): Parameters {
    const { routine, precision, source, confirmed } = subject;
    for (let index = chain.length - 1; index > 0; index--) {
      const parameters = chain[index]!;
      const beside = (works: readonly Work[]) => this.#beside(subject.into(tuning, parameters), works, end);
      const first = beside(confirmed);
      const doubtful = confirmed.filter((_, size) => first[size]!.lost);
      // Of many sizes one may well be slower by chance: what is so must be so twice.
      const again = doubtful.length === 0 || now() > end ? undefined : beside(doubtful);
      const outcomes = first.map((outcome, size) => again?.[doubtful.indexOf(confirmed[size]!)] ?? outcome);
      const lost = outcomes.filter((outcome) => outcome.lost);
      const faster = geometricMean(outcomes.map(({ gain }) => gain)) > 1;
      const taken = lost.length === 0 && faster;
      const why = taken
        ? 'tuned'
        : lost.length === 0
          ? 'not taken: no faster than untuned over all sizes'
          : `not taken: slower than untuned at n = ${lost.map(({ n }) => n).join(', ')} in nearly all pairs`;
      this.confirmations.push(...outcomes.map(({ n, gain }) => ({ routine, precision, source, n, gain, why })));
      if (taken) return parameters;
      if (now() > end) break;
    }
    return chain[0]!;
  }
}

/** About what GEMM runs at untuned. */
function rateOfGemm(untuned: Tuning, precision: Precision): number {
  const work = workOf('gemm NN', precision, 240);
  install(untuned);
  return work.operations / timeWorks([work])[0]! / 1e6;
}

/**
 * Finds the parameters that the routines of `@paratune/blas` run fastest with on this machine, by timing them.
 *
 * The search begins with the library's own parameters and goes along one parameter at a time, the weightiest first, from the best so far, as
 * ATLAS does: of GEMM the register block, fused or separate multiplication and addition, unrolling, the sizes of blocks, prefetching; of
 * GEMV and GER the lines taken in at once, unrolling and prefetching, for matrices from each kind of cache and from memory. What cannot fit
 * registers or caches is not tried. A challenger takes the incumbent's place by the rule of {@linkcode compareTimes}. Time is that of the processor,
 * not the clock's, so other programs disturb it little. At the end tuned and untuned are timed in turn at several sizes: where
 * the tuning is slower, or no faster over all sizes, the search goes back to what it had before, in the end to the library's own parameters.
 *
 * It computes in this thread alone, and leaves the library configured as it is by itself. Save the result with `saveTuning`.
 *
 * @param options What is searched, and for how long.
 * @returns The tuning, all that was tried, and how it fares.
 * @throws {TypeError} {RangeError} When an option is not what it must be.
 * @throws {UnsupportedError} (of `@paratune/native`) Where there is no machine code.
 * @example
 * ```ts
 * import { info } from '@paratune/blas';
 * import { tune } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * if (info().backend === 'x64') {
 *   const { tuning, candidates } = tune({ budgetSeconds: 0.3, only: ['dger'] });
 *   assert.ok(tuning.dger.private.xUnroll >= 1);
 *   assert.ok(candidates.length > 0);
 * }
 * ```
 */
export function tune(options: TuneOptions = {}): TuneResult {
  const { only = tunedRoutines } = options;
  for (const routine of only) {
    if (!tunedRoutines.includes(routine)) {
      throw new RangeError(`'only' must name some of ${tunedRoutines.join(', ')}, got ${String(routine)}`);
    }
  }
  if (only.length === 0) throw new RangeError("'only' must name at least one routine, got none");
  const { budgetSeconds = defaultBudget(only) } = options;
  if (typeof budgetSeconds !== 'number') {
    throw new TypeError(`'budgetSeconds' must be a number of seconds, got ${String(budgetSeconds)}`);
  }
  if (!(budgetSeconds > 0)) throw new RangeError(`'budgetSeconds' must be more than 0, got ${budgetSeconds}`);
  const used = info();
  if (used.backend !== 'x64') throw new UnsupportedError('tuning', used.reason);

  const time = new Date().toISOString();
  const began = now();
  const untuned = options.start ?? defaultTuning(options.isa);
  const facts = machineFacts(untuned.caches, options.machine);
  try {
    const { isa } = configure({ backend: 'x64', isa: untuned.isa, tuning: 'default', threads: 1 }) as {
      isa: Tuning['isa'];
    };
    const routines = only.flatMap((routine): Subject[] => {
      const precision = routine.startsWith('d') ? 'double' : 'single';
      if (routine.endsWith('gemm')) return [gemmSubject(untuned, precision, facts, rateOfGemm(untuned, precision))];
      return (routine.endsWith('gemv') ? gemvSubjects : gerSubjects)(isa, precision, facts);
    });
    const subjects = [...cachesSubjects(untuned, facts), ...routines];
    const search = new Search(untuned, options, began + budgetSeconds);
    let tuning = untuned;
    for (const [index, subject] of subjects.entries()) {
      const weights = subjects.slice(index).reduce((sum, { weight }) => sum + weight, 0);
      const left = Math.max(0, began + budgetSeconds - now());
      tuning = search.run(tuning, subject, (left * subject.weight) / weights);
    }
    const { candidates, confirmations, unfinished } = search;
    return {
      version: 1,
      time,
      seconds: now() - began,
      tuning: { ...tuning, time },
      candidates,
      confirmations,
      unfinished,
    };
  } finally {
    configure({ backend: 'auto', isa: 'auto', tuning: 'auto', threads: 'all' });
  }
}
