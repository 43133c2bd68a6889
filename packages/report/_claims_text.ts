import { plainLine, wrapLines } from './_format.ts';
import type { JudgedClaim } from './claims/_claim.ts';

/** The claims for a terminal: a line each with its verdict, and why below it. */
export function claimsText(claims: readonly JudgedClaim[], columns = 100): string {
  const lines = claims.flatMap(({ number, verdict, statement, reason }) => [
    ...hanging(`${String(number).padStart(2)}  ${verdict.padEnd(15)}  `, statement, columns),
    ...hanging(' '.repeat(21), reason, columns),
  ]);
  return [...lines, '', countVerdicts(claims)].join('\n');
}

/** "9 hold, 2 do not hold, 7 have not enough data". */
export function countVerdicts(claims: readonly JudgedClaim[]): string {
  const count = (verdict: JudgedClaim['verdict']) => claims.filter((claim) => claim.verdict === verdict).length;
  return `of ${claims.length} claims ${count('holds')} hold, ${count('does not hold')} do not hold, for ${count('not enough data')} there is not enough data`;
}

function hanging(head: string, text: string, columns: number): string[] {
  const indent = ' '.repeat(21);
  return wrapLines(plainLine(text), columns - indent.length).map((line, index) => (index === 0 ? head : indent) + line);
}
