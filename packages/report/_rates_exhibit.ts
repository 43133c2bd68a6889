import { drawBars } from './_bars.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { headingOf, type PaperExhibit, paper } from './_paper.ts';
import { barGroups, describeSamples, notMeasured, type SampleGroup, sampleTable } from './_samples.ts';
import type { View } from './_view.ts';
import type { Finding } from './findings.ts';

/** How every figure of rates is to be read. */
export const howToReadRates = 'Means of the repetitions with the 95 % confidence interval of the mean.';

/** A figure of rates in Mflops: bars in groups, one for each environment. */
export function ratesExhibit(
  view: View,
  name: PaperExhibit,
  groups: readonly SampleGroup[],
  {
    findings,
    column,
    before = '',
    note,
  }: { findings: Omit<Finding, 'exhibit'>[]; column: string; before?: string; note: string },
): Exhibit {
  const heading = headingOf(name);
  const subtitle = before + howToReadRates;
  const chart = { heading, subtitle, axis: 'Mflops', groups: barGroups(view, groups), empty: notMeasured };
  return {
    kind: 'figure',
    name,
    title: heading,
    paper: paper[name].finding,
    findings: findings.map((finding) => ({ exhibit: name, ...finding })),
    measured: describeSamples(groups),
    notes: [subtitle, note],
    drawing: drawing((width) => drawBars(chart, width)),
    data: sampleTable(groups, column, 'Mflops'),
  };
}
