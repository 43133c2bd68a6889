import { cacheEdgeExhibits } from './_cachedge_exhibits.ts';
import { communicationExhibits } from './_communication_exhibits.ts';
import { concurrentExhibits } from './_concurrent_exhibits.ts';
import { driverFigures } from './_driver_figures.ts';
import { emulatedExhibit } from './_emulated_exhibit.ts';
import type { Exhibit } from './_exhibit.ts';
import { kernelMemoryExhibit } from './_kernel_memory_exhibit.ts';
import { kernelsExhibit } from './_kernels_exhibit.ts';
import { ownExhibits } from './_own_exhibits.ts';
import { paperOrder } from './_paper.ts';
import { probeExhibits } from './_probe_exhibits.ts';
import { tlbExhibits } from './_tlb_exhibits.ts';
import { tuneExhibits } from './_tune_exhibits.ts';
import type { View } from './_view.ts';

/** What draws the tables and figures, each from the same view of the records; a new one is a file of its own and a row here. */
const sources: readonly ((view: View) => Exhibit | Exhibit[])[] = [
  probeExhibits,
  cacheEdgeExhibits,
  kernelsExhibit,
  tuneExhibits,
  driverFigures,
  kernelMemoryExhibit,
  tlbExhibits,
  concurrentExhibits,
  communicationExhibits,
  emulatedExhibit,
  ownExhibits,
];

/** All tables and figures, in the paper's order; what the paper does not have stands where its source put it. */
export function exhibitsOf(view: View): Exhibit[] {
  let rank = 0;
  return sources
    .flatMap((source) => source(view))
    .map((exhibit) => {
      const own = paperOrder.indexOf(exhibit.name);
      if (own !== -1) rank = own;
      return { exhibit, rank };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ exhibit }) => exhibit);
}
