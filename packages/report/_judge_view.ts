import { plural } from './_format.ts';
import type { View } from './_view.ts';
import { type Claim, type ClaimFigure, conclude, type JudgedClaim, type Verdict } from './claims/_claim.ts';
import { claim01 } from './claims/claim_01.ts';
import { claim02 } from './claims/claim_02.ts';
import { claim03 } from './claims/claim_03.ts';
import { claim04 } from './claims/claim_04.ts';
import { claim05 } from './claims/claim_05.ts';
import { claim06 } from './claims/claim_06.ts';
import { claim07 } from './claims/claim_07.ts';
import { claim08 } from './claims/claim_08.ts';
import { claim09 } from './claims/claim_09.ts';
import { claim10 } from './claims/claim_10.ts';
import { claim11 } from './claims/claim_11.ts';
import { claim12 } from './claims/claim_12.ts';
import { claim13 } from './claims/claim_13.ts';
import { claim14 } from './claims/claim_14.ts';
import { claim15 } from './claims/claim_15.ts';
import { claim16 } from './claims/claim_16.ts';
import { claim17 } from './claims/claim_17.ts';
import { claim18 } from './claims/claim_18.ts';

/** The paper's claims, in its order. */
const claims: readonly Claim[] = [
  claim01,
  claim02,
  claim03,
  claim04,
  claim05,
  claim06,
  claim07,
  claim08,
  claim09,
  claim10,
  claim11,
  claim12,
  claim13,
  claim14,
  claim15,
  claim16,
  claim17,
  claim18,
];

/** What the records of a view say of each claim. */
export function judgeView(view: View): JudgedClaim[] {
  return claims.map(({ judge, ...claim }) => {
    const figures = judge(view);
    const verdict = conclude(figures);
    const id = `claim-${String(claim.number).padStart(2, '0')}`;
    return { id, ...claim, verdict, reason: reasonOf(claim, verdict, figures), figures };
  });
}

/** The figure that decides, and how many others say the same; or what is missing. */
function reasonOf({ needs }: Pick<Claim, 'needs'>, verdict: Verdict, figures: readonly ClaimFigure[]): string {
  const deciding = figures.filter((figure) => figure.verdict === verdict);
  const [first, ...rest] = deciding;
  if (!first) return `nothing was measured that could tell; needed: ${needs}`;
  const others =
    rest.length === 0 ? '' : `; ${plural(rest.length, 'other figure')} ${rest.length === 1 ? 'says' : 'say'} the same`;
  return `${first.environments[0]}: ${first.text}${first.simulated ? ' (simulated)' : ''}${others}`;
}
