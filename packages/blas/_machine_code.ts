import type { X64InstructionSet } from '@paratune/codegen';
import { type InstructionSet, processor, UnsupportedError } from '@paratune/native';
import type { Backend, Settings } from './_backend.ts';
import { usableThreads } from './_thread_team.ts';
import { isTuning } from './_tuning_choice.ts';
import { tuningInUse } from './_tuning_in_use.ts';
import { makeX64Backend } from './_x64_backend.ts';

export { usableThreads } from './_thread_team.ts';

/**
 * The instruction set to generate for, of those that can be used here (narrow to wide).
 * @throws {UnsupportedError} When it is asked for by name and is none of them.
 */
export function chooseInstructionSet(isa: Settings['isa'], usable: readonly InstructionSet[]): X64InstructionSet {
  const widest = usable.at(-1)!;
  if (isa === 'auto') {
    return widest;
  }
  // One number at a time is SSE2 too.
  if (isa !== 'scalar' && !usable.includes(isa)) {
    throw new UnsupportedError(`instruction set '${isa}'`, `this processor and its system have ${usable.join(', ')}`, {
      remedy: `configure({ isa: '${widest}' }) works`,
    });
  }
  return isa;
}

/** Machine code. @throws {UnsupportedError} When there is none on this platform, or not for the instruction set that is asked for. */
export function makeMachineCode({ isa, threads, tuning }: Settings): Backend {
  const usable = usableThreads();
  // The thread may have been pinned to fewer CPUs since it was configured.
  const most = Math.min(threads ?? usable, usable);
  const wanted = isa === 'auto' && isTuning(tuning) ? tuning.isa : isa;
  const used = chooseInstructionSet(wanted, processor().instructionSets);
  return makeX64Backend(used, tuningInUse(tuning, used), most);
}
