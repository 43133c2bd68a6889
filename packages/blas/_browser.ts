/**
 * The face of this package in a browser: the same, with what `browserStandIns` lists in place of what only Node has.
 */
export * from './mod.ts';
