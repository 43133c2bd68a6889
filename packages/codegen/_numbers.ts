/** A number for each name. */
export type Numbers<Names extends readonly string[]> = { [Index in keyof Names]: number };
