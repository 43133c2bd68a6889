import type { X64InstructionSet } from '@paratune/codegen';
import { environment } from './_node.ts';
import { readSavedTuning } from './_read_saved_tuning.ts';
import { isTuning, type TuningChoice } from './_tuning_choice.ts';
import type { GemmTuning } from './configure.ts';
import type { TuningInfo } from './info.ts';

import type { Tuning } from './tuning.ts';
import { TuningError } from './tuning_error.ts';
import { tuningPath } from './tuning_path.ts';

/** The parameters of machine code, and where they are from. */
export interface TuningInUse {
  /** Those of a whole tuning, or some by hand in place of the defaults. */
  readonly tuning: Readonly<GemmTuning> | Tuning;
  readonly info: TuningInfo;
}

const defaults: TuningInUse = { tuning: {}, info: { from: 'defaults' } };

/** The file of this machine's tuning, or the one that the environment names; a mistake in it is told and costs the tuning only. */
function fromFile(isa: X64InstructionSet): TuningInUse {
  const named = environment('PARATUNE_TUNING') || undefined;
  if (named === 'off') return defaults;
  const path = named ?? tuningPath(isa);
  try {
    const tuning = readSavedTuning(path);
    if (tuning.isa !== isa) throw new TuningError('foreign', path, `is for isa '${tuning.isa}', in use is '${isa}'`);
    return { tuning, info: { from: 'file', path, time: tuning.time } };
  } catch (error) {
    if (!(error instanceof TuningError)) throw error;
    if (error.kind === 'missing' && named === undefined) return defaults;
    return { tuning: {}, info: { from: 'defaults', refused: error.message } };
  }
}

/**
 * Finds the parameters for machine code of an instruction set.
 * @throws {RangeError} When a tuning was chosen that is for another.
 */
export function tuningInUse(choice: TuningChoice, isa: X64InstructionSet): TuningInUse {
  if (choice === 'auto') return fromFile(isa);
  if (choice === 'default') return defaults;
  if (isTuning(choice) && choice.isa !== isa) {
    throw new RangeError(`'tuning' must be for isa '${isa}', which is in use, got one for '${choice.isa}'`);
  }
  return { tuning: choice, info: { from: 'configure' } };
}
