import { countVerdicts } from './_claims_text.ts';
import type { EnvironmentView } from './_environments.ts';
import { enumerate } from './_format.ts';
import type { View } from './_view.ts';
import type { JudgedClaim } from './claims/_claim.ts';
import { fallDimension } from './fall_dimension.ts';
import { plateauRate } from './plateau_rate.ts';
import { type Summary, summarize } from './summarize.ts';

/** A question that a report is opened with, and what the records answer. */
export interface Answer {
  question: string;
  answer: string;
}

interface Driven {
  environment: EnvironmentView;
  rows: Summary[];
  plateau: number | undefined;
}

/** The answers that people look for first, from the driver's records (Figure 8) and the claims. */
export function glance(view: View, claims: readonly JudgedClaim[]): Answer[] {
  const summaries = summarize(view.records, 'mflops');
  const driven = view.environments.flatMap((environment): Driven[] => {
    const rows = summaries.filter((row) => row.environment === environment.name);
    return rows.some(({ values }) => values)
      ? [{ environment, rows, plateau: plateauRate(rows, environment.threshold) }]
      : [];
  });
  return [
    { question: 'What does a guest cost?', answer: costs(driven) },
    { question: 'Where does memory start to hurt?', answer: falls(driven) },
    { question: 'Which of the paper’s claims hold here?', answer: capitalized(`${countVerdicts(claims)}.`) },
  ];
}

/** Rates on the plateau, each beside that of native Linux with as much memory, or of the machine as it is. */
function costs(driven: readonly Driven[]): string {
  const parts = driven.flatMap(({ environment, plateau }) => {
    const native = driven.filter((one) => one.environment.role === 'native' && isBeside(one.environment, environment));
    const reference =
      native.find((one) => one.environment.memoryMiB === environment.memoryMiB) ??
      native.find((one) => one.environment.memoryMiB === undefined);
    if (environment.role === 'native' || plateau === undefined || reference?.plateau === undefined) return [];
    const part = (100 * plateau) / reference.plateau;
    return [`${environment.name} reaches ${part.toFixed(1)} % of the rate of ${reference.environment.name}`];
  });
  if (parts.length === 0) return 'No guest was measured beside native Linux with the DGEMM driver.';
  return `Where memory suffices, ${enumerate(parts)} (Figure 8, means without a test; claims 2 to 8 test it).`;
}

const isBeside = (one: EnvironmentView, other: EnvironmentView) => one.machine === other.machine;

function falls(driven: readonly Driven[]): string {
  const held = driven.filter(
    ({ environment, plateau }) => environment.memoryMiB !== undefined && plateau !== undefined,
  );
  const sentences = held.map(({ environment: { name, threshold }, rows, plateau }) => {
    const dimension = fallDimension(rows, plateau!);
    const predicted = threshold === undefined ? '' : ` (its memory predicts ${threshold})`;
    const last = Math.max(...rows.map(({ n }) => n));
    return dimension === undefined
      ? `${name} not up to n = ${last}${predicted}`
      : `${name} from n = ${dimension} on${predicted}`;
  });
  if (sentences.length === 0) return 'No environment held to some memory was measured with the DGEMM driver.';
  return `The rate of one multiplication falls in ${enumerate(sentences)}.`;
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
