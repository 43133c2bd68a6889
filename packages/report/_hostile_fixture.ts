import { identityId, type Record, type StoreContents } from '@paratune/record';
import { paperLike } from './_fixture.ts';
import { tuningLike } from './_tuning_fixture.ts';

/** What a machine may call itself. */
export const hostile = [
  '</title></style><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'; alert(1) //",
  '<b>INJECT</b>&amp;&lt;',
  'line\nbreak\r\n\u0000\u001b[31m\u0007',
  '\u202egnirts \ud800 \uffff',
  'datum.value + signal',
  'toString',
  'x'.repeat(5000),
];

/** Records with {@link hostile} texts wherever a record or an identity has room for text, for tests only. */
export function hostileContents(): StoreContents {
  const contents: StoreContents = { records: [], identities: [], dropped: [] };
  for (const text of hostile) {
    const { records, identities } = paperLike({ environments: ['uml-256'], dimensions: [1000, 3500], runs: 1 });
    const { id: _id, ...genuine } = identities[0]!;
    const rest = {
      ...genuine,
      commit: text,
      packages: { '@paratune/record': text, [text]: '1' },
      node: text,
      kernel: text,
      machine: { ...genuine.machine, processor: text, architecture: text },
      environment: { ...genuine.environment, kind: text, [text]: text },
    };
    const identity = { ...rest, id: identityId(rest) };
    const own = { identity: identity.id, environment: `${text}-256`, unit: text };
    const hostileFactors = (factors: Record['factors']) =>
      Object.fromEntries(
        Object.entries(factors).map(([name, value]) => [name, typeof value === 'string' ? text : value]),
      );
    const tuned = tuningLike({ environments: ['uml-256'], repetitions: 2 }).records.flatMap((record) => [
      { ...record, ...own },
      { ...record, ...own, factors: hostileFactors(record.factors) },
    ]);
    const measured = [...records.map((record) => ({ ...record, ...own })), ...tuned];
    const { value: _value, status: _status, ...common } = measured[0] as Extract<Record, { value: number }>;
    contents.identities.push(identity);
    contents.dropped.push({ file: text, line: 1, text });
    contents.records.push(
      ...measured,
      { ...common, run: 1, status: 'failed', reason: text },
      { ...common, environment: 'xen-dom0-256', run: 1, status: 'skipped', reason: text },
      {
        ...common,
        environment: text,
        experiment: text,
        factors: { [text]: text },
        metric: text,
        status: 'skipped',
        reason: text,
      },
      { ...common, ...own, experiment: 'probe', factors: { [text]: 1 }, metric: text, status: 'measured', value: 1 },
    );
  }
  return contents;
}
