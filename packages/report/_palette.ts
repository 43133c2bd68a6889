import type { EnvironmentView } from './_environments.ts';

/**
 * Every colour of a figure, on a light ground and on a dark one. Figures are drawn in the light colours; the page's style
 * sheet replaces each by its dark twin, so a colour may stand here once only.
 *
 * The hues of the kinds are apart for the colour-blind too (Okabe and Ito, Color Universal Design), with enough contrast for lines.
 */
export const palette = {
  ground: { light: '#ffffff', dark: '#14181d' },
  ink: { light: '#1c232b', dark: '#e8ebef' },
  faint: { light: '#5d6875', dark: '#a2adb9' },
  axis: { light: '#aab3bd', dark: '#515b66' },
  grid: { light: '#e6e9ed', dark: '#262d35' },
  reference: { light: '#87929e', dark: '#7d8894' },
  died: { light: '#b3261e', dark: '#ff8a80' },
  native: { light: '#0066b8', dark: '#5db3ff' },
  guest: { light: '#c04a00', dark: '#ff9d52' },
  dom0: { light: '#007a62', dark: '#35cfae' },
  domu: { light: '#98308e', dark: '#ee8fe2' },
  other: { light: '#7a6200', dark: '#dcc04a' },
} as const;

export const ink = Object.fromEntries(Object.entries(palette).map(([name, { light }]) => [name, light])) as {
  [name in keyof typeof palette]: string;
};

/** How an environment's line looks: the colour says the kind, dash and mark the memory. */
export interface LineStyle {
  colour: string;
  dash: number[];
  shape: string;
  filled: boolean;
  /** The environment that it is of, by its place among all, so that a page can hide it and a tooltip name it. */
  environment?: { index: number; name: string };
}

const colours: { [kind: string]: string } = {
  native: ink.native,
  uml: ink.guest,
  'xen-dom0': ink.dom0,
  'xen-domu': ink.domu,
};

const marks: Pick<LineStyle, 'dash' | 'shape' | 'filled'>[] = [
  { dash: [1, 0], shape: 'circle', filled: true },
  { dash: [7, 3], shape: 'square', filled: false },
  { dash: [2, 2], shape: 'triangle-up', filled: true },
  { dash: [9, 3, 2, 3], shape: 'diamond', filled: false },
];

/** A style for each environment, in their order. */
export function lineStyles(environments: readonly EnvironmentView[]): Map<string, LineStyle> {
  const seen = new Map<string, number>();
  return new Map(
    environments.map(({ name, kind, memoryMiB }, place) => {
      const environment = { index: place, name };
      if (memoryMiB === undefined) {
        return [name, { colour: ink.reference, dash: [1, 0], shape: 'cross', filled: true, environment }];
      }
      const index = seen.get(kind) ?? 0;
      seen.set(kind, index + 1);
      const colour = Object.hasOwn(colours, kind) ? colours[kind]! : ink.other;
      return [name, { colour, ...marks[index % marks.length]!, environment }];
    }),
  );
}
