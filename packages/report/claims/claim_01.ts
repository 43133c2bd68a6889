import { frequencies, sizeOf } from '../_samples.ts';
import { groupBy } from '../_statistics.ts';
import { factorOf } from '../_view.ts';
import { type Claim, figure } from './_claim.ts';
import { pairsOf } from './_environments.ts';

/** The characteristics of Table 3; the pipeline in whole cycles. */
const characteristics: { readonly [metric: string]: string } = {
  l1DataBytes: 'level 1 data cache',
  integerRegisters: 'nreg',
  fmaCycles: 'FPU pipeline',
  fpRegisters: 'FPU registers',
};

export const claim01: Claim = {
  number: 1,
  statement: 'The probe finds the same characteristics in every environment.',
  section: '4.1',
  exhibits: ['table-03'],
  needs: 'probe: l1DataBytes, integerRegisters, fmaCycles, fpRegisters, measured',
  test: 'equality of what most probings found',
  margin: null,
  judge(view) {
    const pairs = Object.keys(characteristics).flatMap((metric) =>
      pairsOf(
        view,
        view.values('probe', metric).filter((record) => factorOf(record, 'source') === 'measured'),
        metric,
      ),
    );
    return [...groupBy(pairs, ({ environment }) => environment)].map(([environment, own]) => {
      const found = own.map(({ what, values, others }) => ({ what: what!, own: mode(values), other: mode(others) }));
      const others = found.filter(({ own, other }) => own !== other);
      const reference = own[0]!.reference;
      const text =
        others.length === 0
          ? `the same as ${reference}: ${found.map(({ what, own }) => `${characteristics[what]} ${inWords(what, own)}`).join(', ')}`
          : `other than ${reference}: ${others.map(({ what, own, other }) => `${characteristics[what]} ${inWords(what, own)} for ${inWords(what, other)}`).join(', ')}`;
      return figure(
        others.length === 0 ? 'holds' : 'does not hold',
        [environment, reference],
        text,
        Object.fromEntries(found.map(({ what, own }) => [what, own])),
      );
    });
  },
};

const inWords = (metric: string, value: number) => (metric.endsWith('Bytes') ? sizeOf(value) : `${value}`);
const mode = (values: readonly number[]) => frequencies(values.map(Math.round))[0]!.value;
