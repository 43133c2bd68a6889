import { packageConfig } from '../../tsup.config.base.ts';
import { instructions } from './_x64_instructions.ts';

/** Leaves of the instruction table its compiled form alone. */
const compiledTable = {
  name: 'compiled-table',
  setup({ onLoad }: { onLoad: (on: { filter: RegExp }, load: () => { contents: string }) => void }) {
    onLoad({ filter: /_x64_instructions\.ts$/ }, () => ({
      contents: `export const instructions = ${JSON.stringify(instructions)};`,
    }));
  },
};

export default packageConfig({ plugins: [compiledTable] });
