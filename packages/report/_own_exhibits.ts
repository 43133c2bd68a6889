import type { ValueRecord } from '@paratune/record';
import { drawBars } from './_bars.ts';
import { paperExperiments } from './_environments.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { enumerate } from './_format.ts';
import { barGroups, besideNative, describeSamples, notMeasured, samplesOf, sampleTable } from './_samples.ts';
import { groupBy } from './_statistics.ts';
import type { View } from './_view.ts';
import { peersExperiment } from './compare_peers.ts';

/** More bars than this are a table only. */
const MOST_GROUPS = 16;

/** A figure for each metric of an experiment that the paper does not have: a user's own. */
export function ownExhibits(view: View): Exhibit[] {
  const measured = view.records.filter(
    (record): record is ValueRecord =>
      record.status === 'measured' && !paperExperiments.has(record.experiment) && record.experiment !== peersExperiment,
  );
  return [...groupBy(measured, ({ experiment, metric }) => JSON.stringify([experiment, metric])).values()].map(
    (records, index) => ownExhibit(view, records, `own-${String(index + 1).padStart(2, '0')}`),
  );
}

function ownExhibit(view: View, records: readonly ValueRecord[], name: string): Exhibit {
  const { experiment, metric, unit } = records[0]!;
  const groups = [...groupBy(records, ({ factors }) => factorsText(factors))].map(([title, own]) => ({
    title,
    samples: samplesOf(view, own),
  }));
  const heading = `${experiment}: ${metric}`;
  const subtitle = 'Means with the 95 % confidence interval of the mean.';
  const few = groups.length <= MOST_GROUPS;
  const factors = [...new Set(records.flatMap((record) => Object.keys(record.factors)))];
  const chart = {
    ...{
      heading,
      subtitle,
      axis: unit === '' ? metric : unit,
      empty: few ? notMeasured : 'too much for bars: see the table',
    },
    groups: few ? barGroups(view, groups) : [],
  };
  return {
    kind: 'figure',
    name,
    title: heading,
    paper: undefined,
    findings: (few ? groups : []).flatMap(({ title, samples }) =>
      samples.flatMap((sample) => {
        const beside = besideNative(view, sample, samples);
        if (beside === '') return [];
        return [{ exhibit: name, environment: sample.environment, sentence: `${title}${beside}` }];
      }),
    ),
    measured: describeSamples(groups),
    notes: [
      subtitle,
      factors.length === 0 ? 'Nothing was varied but the environment.' : `Varied: ${enumerate(factors)}.`,
    ],
    drawing: drawing((width) => drawBars(chart, width)),
    data: sampleTable(groups, factors.join(', ') || metric, unit),
  };
}

/** "n 100, routine dger"; of a measurement without factors "all". */
function factorsText(factors: ValueRecord['factors']): string {
  const names = Object.keys(factors).sort();
  return names.length === 0 ? 'all' : names.map((name) => `${name} ${factors[name]}`).join(', ');
}
