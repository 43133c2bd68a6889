import { bytesPerElement } from '../_driver.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { type Driven, drivenBy, type Fall, fallOf } from './_driver.ts';

/** How far from the predicted dimension, as a part of it. */
const tolerance = 0.05;

/** Dimensions further apart than this part of the predicted one do not say where between them it falls. */
const widest = 0.2;

export const claim10: Claim = {
  number: 10,
  statement:
    'With less memory than 3 n² doubles and the rest need the rate falls, at the dimension that memory predicts, the same for native and guest.',
  section: '5.1',
  exhibits: ['figure-08'],
  needs: 'dgemm-driver: mflops, baselineBytes',
  test: 'the fall (from there on every mean is below 80 % of the plateau) lies between the measured dimensions around the predicted one; without a predicted one there is none',
  margin: '5 % of n',
  judge(view) {
    const driven = drivenBy(view, 'mflops').filter(({ environment }) => environment.threshold !== undefined);
    const limited = driven.filter(({ environment, rows }) => environment.threshold! <= rows.at(-1)!.n);
    // That nothing falls where memory suffices says nothing of where it does not.
    if (limited.length === 0) return [];
    return [...driven.map(againstPrediction), ...betweenRoles(limited)];
  },
};

function againstPrediction(own: Driven): ClaimFigure {
  const { name, threshold, memoryBytes } = own.environment;
  const predicted = threshold!;
  const fall = fallOf(own);
  const last = own.rows.at(-1)!.n;
  if (predicted > last) {
    const text = fall
      ? `falls from n = ${fall.at} on, though memory suffices to ${predicted}`
      : `holds up to n = ${last}; memory predicts ${predicted}`;
    return figure(fall ? 'does not hold' : 'holds', [name], text, { predicted, last });
  }
  if (!fall) {
    const over = (bytesPerElement * last ** 2) / memoryBytes!;
    return figure(
      'does not hold',
      [name],
      `does not fall up to n = ${last}, where the matrices are ${over.toFixed(2)} of the memory; predicted ${predicted}`,
      { predicted, last },
    );
  }
  const text = `falls between n = ${fall.after} and ${fall.at}; memory predicts ${predicted}`;
  const numbers = { predicted, ...fall };
  const near = fall.after < predicted * (1 + tolerance) && fall.at >= predicted * (1 - tolerance);
  if (!near) return figure('does not hold', [name], text, numbers);
  const vague = fall.at - fall.after > widest * predicted;
  return figure(
    vague ? 'not enough data' : 'holds',
    [name],
    vague ? `${text}: too far apart to say where` : text,
    numbers,
  );
}

/** Each guest beside the native environment of as much memory. */
function betweenRoles(limited: readonly Driven[]): ClaimFigure[] {
  const falls = limited.flatMap((own) => {
    const fall = fallOf(own);
    return fall ? [{ environment: own.environment, fall }] : [];
  });
  return falls.flatMap(({ environment, fall }) => {
    if (environment.role === 'native') return [];
    const native = falls.find(
      ({ environment: { role, memoryMiB, machine } }) =>
        role === 'native' && memoryMiB === environment.memoryMiB && machine === environment.machine,
    );
    if (!native) return [];
    const text = `falls between n = ${fall.after} and ${fall.at}, ${native.environment.name} between ${native.fall.after} and ${native.fall.at}`;
    const names = [environment.name, native.environment.name];
    return [
      figure(overlap(fall, native.fall) ? 'holds' : 'does not hold', names, text, {
        at: fall.at,
        reference: native.fall.at,
      }),
    ];
  });
}

/** Whether both may have fallen at the same dimension, as far as the tolerance goes. */
function overlap(one: Fall, other: Fall): boolean {
  return one.after < other.at * (1 + tolerance) && other.after < one.at * (1 + tolerance);
}
