import type { ValueRecord } from '@paratune/record';
import type { Exhibit } from './_exhibit.ts';
import { ratesExhibit } from './_rates_exhibit.ts';
import { byPrecisionAndIsa, ofLargest, type Sample, type SampleGroup, samplesOf } from './_samples.ts';
import { groupBy } from './_statistics.ts';
import { factorOf, type View } from './_view.ts';

/** The classes of Figure 6, as the records name them, in the order in which they are shown. */
const classes = ['generated scalar', 'generated', 'hand-written'];
const titles: { readonly [kernel: string]: string } = {
  'generated scalar': 'generated without vectors',
  generated: 'generated with vectors',
};

interface KernelGroup extends SampleGroup {
  kernel: string;
  precision: string;
}

/** Figure 6: the three classes of kernels. */
export function kernelsExhibit(view: View): Exhibit {
  const key = (record: ValueRecord) =>
    JSON.stringify(['precision', 'isa', 'kernel'].map((factor) => factorOf(record, factor)));
  const { n, records } = ofLargest(view.values('kernels', 'mflops'));
  const groups = [...groupBy(records, key).values()]
    .map((own): KernelGroup => {
      const [precision, isa, kernel] = ['precision', 'isa', 'kernel'].map((factor) => factorOf(own[0]!, factor)) as [
        string,
        string,
        string,
      ];
      const title = `${precision}, ${isa}: ${Object.hasOwn(titles, kernel) ? titles[kernel] : kernel}`;
      return { title, kernel, precision, samples: samplesOf(view, own) };
    })
    .sort((a, b) => byPrecisionAndIsa(a.title, b.title) || classes.indexOf(a.kernel) - classes.indexOf(b.kernel));
  return ratesExhibit(view, 'figure-06', groups, {
    column: 'kernel',
    before: n === undefined ? '' : `n = ${n}. `,
    note: 'Generated without vectors is what ATLAS’s generator made in 2008, generated with vectors what ours makes.',
    findings: view.environments.flatMap(({ name: environment }) => {
      const sentence = compare(groups, environment);
      return sentence === '' ? [] : [{ environment, sentence }];
    }),
  });
}

/** The best of each class beside each other, in both precisions. */
function compare(groups: readonly KernelGroup[], environment: string): string {
  return ['double', 'single']
    .flatMap((precision) => {
      const [scalar, vector, hand] = classes.map((kernel) => best(groups, { environment, precision, kernel })?.mean);
      if (hand === undefined) return [];
      const times = scalar === undefined ? [] : [`${(hand / scalar).toFixed(1)} times that without vectors`];
      const part = vector === undefined ? [] : [`generated with vectors ${(vector / hand).toFixed(2)} of hand-written`];
      const said = [...times.map((text) => `hand-written ${text}`), ...part];
      return said.length === 0 ? [] : [`${precision} precision: ${said.join(', ')}`];
    })
    .join('; ');
}

function best(
  groups: readonly KernelGroup[],
  { environment, precision, kernel }: { environment: string; precision: string; kernel: string },
): Sample | undefined {
  return groups
    .filter((group) => group.kernel === kernel && group.precision === precision)
    .flatMap(({ samples }) => samples.filter((sample) => sample.environment === environment))
    .sort((a, b) => b.mean - a.mean)[0];
}
