import { missingTlbRuns, paperTlb, sweepTlb, type TlbGeometry } from '@paratune/dgemm-driver';
import type { Measurement, PlanSetting } from './_experiment.ts';

/** Walking a product's pages, on a core of a server of 2024, for each n³; asking an environment how it multiplies. */
const secondsPerCube = 1e-10;
const secondsToAsk = 1;

/** The TLBs of this machine as its probe found them, if it ran: in the machine as it is, else where it ran first. */
function machineTlb({ store }: PlanSetting): TlbGeometry | undefined {
  const records = store.read().records.filter(({ experiment }) => experiment === 'probe');
  const entriesOf = (metric: string): number | undefined => {
    const values = records.flatMap((record) =>
      record.metric === metric && record.status === 'measured' ? [record] : [],
    );
    const rank = (record: (typeof values)[number]) =>
      (record.factors['source'] === 'measured' ? 0 : 2) + (record.environment === 'native' ? 0 : 1);
    return values.sort((a, b) => rank(a) - rank(b) || a.run - b.run)[0]?.value;
  };
  const [dataEntries, secondLevelEntries] = [entriesOf('dtlbEntries'), entriesOf('stlbEntries')];
  if (dataEntries === undefined) return undefined;
  // The probe does not find those for instructions. A kernel's code needs fewer than the paper's machine has, which no later one is below.
  const { instructionEntries } = paperTlb;
  return { name: 'machine', dataEntries, secondLevelEntries, instructionEntries };
}

function optionsOf(setting: PlanSetting) {
  const { store, profile, environments } = setting;
  const machine = machineTlb(setting);
  return {
    ...{ store, environments, geometries: [paperTlb, ...(machine ? [machine] : [])] },
    dimensions: profile.tlbModel ? profile.driver.flatMap(({ dimensions }) => dimensions).sort((a, b) => a - b) : [],
  };
}

/**
 * The TLB misses of Section 5's driver by a model, for Figures 14 and 15: with the paper's TLBs, and with this machine's when it was probed.
 * Where the hardware counts them, the driver's own records have them.
 */
export const tlbSweep: Measurement = {
  name: 'tlb',

  plan(setting) {
    const options = optionsOf(setting);
    const missing = missingTlbRuns(options);
    // What is computed alike is simulated once.
    const cubes = [...new Set(missing.map(({ n }) => n))].reduce((sum, n) => sum + n ** 3, 0);
    const asked = new Set(missing.map(({ environment }) => environment)).size;
    return {
      total: options.environments.length * options.dimensions.length,
      missing: missing.length,
      seconds: secondsPerCube * cubes + secondsToAsk * asked,
    };
  },

  async run(setting, { signal, onProgress }) {
    const { seconds } = this.plan(setting);
    const started = performance.now();
    const { simulated, skipped } = await sweepTlb({
      ...optionsOf(setting),
      store: setting.store,
      ...{ pool: setting.pool, signal },
      onProgress({ done, total, environment, n }) {
        const secondsLeft = Math.max(1, seconds - (performance.now() - started) / 1000);
        onProgress({ done, total, secondsLeft, text: `${environment} n = ${n}` });
      },
    });
    return { measured: simulated, failed: 0, skipped };
  },
};
