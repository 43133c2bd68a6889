import * as v from 'valibot';
import { programSweep } from './_program_sweep.ts';

const bytes = v.pipe(v.number(), v.integer(), v.gtValue(0));
const printedSchema = v.object({ kernel: v.object({ codeBytes: bytes, dataBytes: bytes }) });

/** The memory of every environment's kernel, for Figure 9. It is the same in every run: the image does not change. */
export const kernelMemory = programSweep('kernel-memory', (profile) => {
  if (!profile.kernelMemory) return undefined;
  const experiment = 'kernel-memory';
  return {
    ...{ experiment, metric: 'kernelCodeBytes', unit: 'bytes', factors: {}, runs: 1, seconds: 0, counted: true },
    commands: [['memstat', '--kernel', '--json']],
    records([printed], { environment, run, identity }) {
      const { kernel } = v.parse(printedSchema, printed);
      const time = new Date().toISOString();
      const common = { version: 1 as const, experiment, environment, factors: {}, run, repetition: 0, time, identity };
      const measured = { ...common, unit: 'bytes', status: 'measured' as const };
      return [
        { ...measured, metric: 'kernelCodeBytes', value: kernel.codeBytes },
        { ...measured, metric: 'kernelDataBytes', value: kernel.dataBytes },
      ];
    },
  };
});
