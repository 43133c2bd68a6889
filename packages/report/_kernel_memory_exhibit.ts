import { type Bar, drawBars } from './_bars.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { enumerate } from './_format.ts';
import { html } from './_html.ts';
import { ink } from './_palette.ts';
import { headingOf, paper } from './_paper.ts';
import { figure9 } from './_paper_tables.ts';
import { notMeasured } from './_samples.ts';
import { median } from './_statistics.ts';
import { nativeOf, type View } from './_view.ts';

/** The experiment's name in its records. */
const experiment = 'kernel-memory';

/** What the kernel of an environment takes, in bytes. */
interface KernelMemory {
  environment: string;
  code: number;
  data: number;
}

/** Two digits: the paper tells 0.52 from 1.05. */
const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(2);

/** Figure 9: code and data of every environment's kernel, beside what the paper says of its three. */
export function kernelMemoryExhibit(view: View): Exhibit {
  const name = 'figure-09';
  const [codes, datas] = [view.values(experiment, 'kernelCodeBytes'), view.values(experiment, 'kernelDataBytes')];
  const kernels = view.environments.flatMap(({ name }): KernelMemory[] => {
    const [code, data] = [codes, datas].map((records) =>
      records.filter(({ environment }) => environment === name).map(({ value }) => value),
    ) as [number[], number[]];
    if (code.length === 0 || data.length === 0) return [];
    return [{ environment: name, code: median(code), data: median(data) }];
  });
  const heading = headingOf(name);
  const subtitle = 'Filled: code. Open: data, initialized and zero.';
  const measured = kernels.map(({ environment, code, data }): Bar => {
    const value = (code + data) / 2 ** 20;
    const text = `${megabytes(code)} + ${megabytes(data)}`;
    const style = view.styles.get(environment)!;
    return { label: environment, value, first: code / 2 ** 20, low: value, high: value, text, style };
  });
  const ofPaper = figure9.map(({ kernel, dataBytes }): Bar => {
    const value = dataBytes / 2 ** 20;
    const style = { colour: ink.reference, dash: [1, 0], shape: 'square', filled: false };
    return { label: kernel, value, low: value, high: value, text: `data ${megabytes(dataBytes)}`, style };
  });
  const groups = [
    { title: 'here: code + data', bars: measured },
    { title: 'the paper: data (2008, Linux 2.6)', bars: ofPaper },
  ];
  const chart = { heading, subtitle, axis: 'MB (2²⁰ bytes)', groups: measured.length > 0 ? groups : [] };
  return {
    kind: 'figure',
    name,
    title: heading,
    paper: paper[name].finding,
    findings: kernels.map((kernel) => ({
      exhibit: name,
      environment: kernel.environment,
      sentence: `${megabytes(kernel.code)} MB of code, ${megabytes(kernel.data)} MB of data${besideNative(view, kernel, kernels)}`,
    })),
    measured:
      kernels.length === 0
        ? undefined
        : `The kernels of ${enumerate(kernels.map(({ environment }) => environment))}, each as its boot log or /proc/iomem says it.`,
    notes: [
      subtitle,
      'The image that a kernel is started from: modules, data that never change and what it allocates are not in it.',
      'Environments of kind native have this machine’s own kernel, whatever they are held to.',
      'The code of the paper’s kernels is in its figure only, not in its text: their bars are their data.',
    ],
    drawing: drawing((width) => drawBars({ ...chart, empty: notMeasured }, width)),
    data:
      kernels.length === 0
        ? undefined
        : html`<div class="scroll"><table class="figures">
<caption>MB of 2²⁰ bytes.</caption>
<thead><tr><th scope="col">environment</th><th scope="col">code</th><th scope="col">data</th></tr></thead>
<tbody>${kernels.map(
            ({ environment, code, data }) =>
              html`<tr><th scope="row">${environment}</th><td>${megabytes(code)}</td><td>${megabytes(data)}</td></tr>
`,
          )}</tbody></table></div>`,
  };
}

/** A guest's kernel beside that of the machine: "45 % and 68 % of native's". */
function besideNative(view: View, kernel: KernelMemory, kernels: readonly KernelMemory[]): string {
  const native = nativeOf(view, kernel.environment);
  const own = kernels.find(({ environment }) => environment === native);
  const role = view.environments.find(({ name }) => name === kernel.environment)?.role;
  if (own === undefined || role === 'native') return '';
  const part = (what: 'code' | 'data') => `${Math.round((100 * kernel[what]) / own[what])} %`;
  return `: ${part('code')} and ${part('data')} of what ${own.environment} has`;
}
