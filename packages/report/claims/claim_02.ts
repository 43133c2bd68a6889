import { valuesByEnvironment } from '../_samples.ts';
import { groupBy, mean } from '../_statistics.ts';
import { factorOf } from '../_view.ts';
import type { Claim } from './_claim.ts';
import { pairsOf } from './_environments.ts';
import { equivalenceFigures } from './_equivalent.ts';

export const claim02: Claim = {
  number: 2,
  statement: 'The register-to-register rate of the FPU is equivalent in every environment.',
  section: '4.1',
  exhibits: ['figure-02'],
  needs: 'probe: registerMflops, double precision',
  test: 'two one-sided tests of the means (Welch), of the fastest instruction set of the environment compared with',
  margin: '5 %',
  judge(view) {
    const double = view
      .values('probe', 'registerMflops')
      .filter((record) => factorOf(record, 'precision') === 'double');
    const sets = [...groupBy(double, (record) => factorOf(record, 'isa'))].map(([isa, records]) => {
      const values = valuesByEnvironment(view, records)[0]?.values ?? [];
      return { isa, records, rate: values.length === 0 ? 0 : mean(values) };
    });
    const [fastest] = sets.sort((a, b) => b.rate - a.rate);
    return fastest ? equivalenceFigures(pairsOf(view, fastest.records, fastest.isa)) : [];
  },
};
