import { formatBytes } from '../_format.ts';
import { valuesByEnvironment } from '../_samples.ts';
import { median } from '../_statistics.ts';
import { referenceOf } from '../_view.ts';
import { type Claim, figure } from './_claim.ts';

export const claim13: Claim = {
  number: 13,
  statement: 'A guest’s kernel is smaller than the host’s.',
  section: '5.2',
  exhibits: ['figure-09'],
  needs: 'kernel-memory: kernelCodeBytes, kernelDataBytes, of a guest and of the machine as it is',
  test: 'comparison of code and data together: sizes do not vary',
  margin: null,
  judge(view) {
    const sizes = (metric: string) => valuesByEnvironment(view, view.values('kernel-memory', metric));
    const data = sizes('kernelDataBytes');
    const all = sizes('kernelCodeBytes').flatMap(({ environment, values }) => {
      const own = data.find((other) => other.environment === environment);
      return own ? [{ environment, code: median(values), data: median(own.values) }] : [];
    });
    return all.flatMap((guest) => {
      const reference = referenceOf(
        guest.environment,
        all.map(({ environment }) => environment),
      );
      if (guest.environment.role !== 'guest' || reference.role !== 'native') return [];
      const host = all.find(({ environment }) => environment === reference)!;
      const [own, other] = [guest, host].map(({ code, data }) => code + data) as [number, number];
      const each = ({ code, data }: typeof guest) => `${formatBytes(code)} code and ${formatBytes(data)} data`;
      return [
        figure(
          own < other ? 'holds' : 'does not hold',
          [guest.environment.name, reference.name],
          `${each(guest)}, ${reference.name} ${each(host)}`,
          { guestBytes: own, hostBytes: other, ratio: own / other },
        ),
      ];
    });
  },
};
