import { compileTable } from './_x64_compile_table.ts';
import { table } from './_x64_table.ts';

/**
 * The instruction table, compiled. The build of this package leaves only the value of this file (`tsup.config.ts`): to make
 * the table at each start took longer than to generate a kernel.
 */
export const instructions: string = compileTable(table);
