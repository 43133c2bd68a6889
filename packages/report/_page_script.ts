/**
 * What the page does besides being read: hides environments, shows what a mark stands for (by pointer, touch and arrow keys), and
 * lists raw records, a page of them at a time. Without it all but the raw records is there. It makes elements and sets their text; it
 * never makes markup of a text.
 */
export const script = `'use strict';
const main = document.querySelector('main');
const names = [...document.querySelectorAll('#filter input')].map((box) => box.value);

// Columns and rows of tables that an environment names.
const tag = (cell, index) => { if (index !== -1) cell.dataset.e = index; };
for (const table of document.querySelectorAll('section:not(#records):not(#claims) table')) {
  const heads = table.tHead ? [...table.tHead.rows[0].cells] : [];
  const columns = heads.map((head) => names.indexOf(head.textContent));
  heads.forEach((head, column) => tag(head, columns[column]));
  const firsts = heads.length > 0 && heads[0].textContent === 'environment';
  for (const row of table.tBodies[0]?.rows ?? []) {
    [...row.cells].forEach((cell, column) => tag(cell, columns[column] ?? -1));
    const name = row.querySelector('th[scope=row]') ?? (firsts ? row.cells[0] : null);
    if (name) tag(row, names.indexOf(name.textContent));
  }
}

const shown = (environment) => {
  const index = names.indexOf(environment);
  return index === -1 || !main.classList.contains('off-' + index);
};
const filter = document.querySelector('#filter');
if (names.length > 1) filter.hidden = false;
filter.addEventListener('change', () => {
  document.querySelectorAll('#filter input').forEach((box, index) => main.classList.toggle('off-' + index, !box.checked));
  list(0);
});

// Tables that are wider than the page can be moved by the keyboard.
const scrollers = [...document.querySelectorAll('.scroll')];
const reach = () => scrollers.forEach((box) => { box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1; });
document.addEventListener('toggle', reach, true);
reach();

const tip = document.querySelector('#tip');
let held;
const show = (mark) => {
  if (held === mark) return;
  held?.classList.remove('held');
  held = mark;
  tip.hidden = !mark;
  if (!mark) return;
  mark.classList.add('held');
  tip.textContent = mark.dataset.tip;
  const at = mark.getBoundingClientRect();
  const left = Math.min(Math.max(at.left + at.width / 2 - tip.offsetWidth / 2, 4), innerWidth - tip.offsetWidth - 4);
  const top = at.top > tip.offsetHeight + 10 ? at.top - tip.offsetHeight - 6 : at.bottom + 6;
  tip.style.left = left + scrollX + 'px';
  tip.style.top = top + scrollY + 'px';
};
const marksOf = (figure) => [...figure.querySelectorAll('[data-tip]')].filter((mark) => mark.getClientRects().length > 0);
// The nearest mark within a finger's width.
const nearest = (figure, x, y) => {
  let best; let least = 14;
  for (const mark of marksOf(figure)) {
    const at = mark.getBoundingClientRect();
    const distance = Math.hypot(Math.max(at.left - x, 0, x - at.right), Math.max(at.top - y, 0, y - at.bottom));
    if (distance < least) [best, least] = [mark, distance];
  }
  return best;
};
for (const figure of document.querySelectorAll('.drawing')) {
  let waiting = false;
  const point = (event) => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; show(nearest(figure, event.clientX, event.clientY)); });
  };
  figure.addEventListener('pointermove', point);
  figure.addEventListener('pointerdown', point);
  figure.addEventListener('pointerleave', (event) => { if (event.pointerType === 'mouse') show(); });
  figure.addEventListener('blur', () => show());
  figure.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === 'Escape') show();
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    const marks = marksOf(figure);
    if (marks.length === 0) return;
    event.preventDefault();
    const from = marks.indexOf(held);
    const to = from === -1 && Number.isFinite(step) ? (step > 0 ? 0 : marks.length - 1) : Math.min(Math.max(from + step, 0), marks.length - 1);
    show(marks[to]);
  });
}
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') show(); });

const view = document.querySelector('#records-view');
const pageLength = 100;
let records; let found = []; let first = 0;
const unpack = () => {
  const { since, texts, series, rows } = JSON.parse(document.querySelector('#records-data').textContent);
  records = { since: Date.parse(since), texts, rows, series: series.map((places) => places.map((place) => texts[place])) };
  records.lower = records.series.map((words) => words.join('\\n').toLowerCase());
};
const hasValue = (words) => words[5] === 'measured' || words[5] === 'simulated';
const search = () => {
  if (!records) unpack();
  const wanted = document.querySelector('#records-search').value.toLowerCase().split(' ').filter(Boolean);
  const visible = records.series.map((words) => shown(words[0]));
  found = [];
  for (let at = 0; at < records.rows.length; at += 5) {
    const own = records.rows[at];
    if (!visible[own]) continue;
    const words = records.series[own];
    const said = hasValue(words) ? '' : records.texts[records.rows[at + 4]].toLowerCase();
    if (wanted.every((word) => records.lower[own].includes(word) || said.includes(word))) found.push(at);
  }
};
const list = (from) => {
  if (!view?.open) return;
  if (from === 0) search();
  first = Math.max(0, Math.min(from, found.length - 1));
  const rows = document.querySelector('#records-rows');
  rows.replaceChildren(...found.slice(first, first + pageLength).map((at) => {
    const [own, run, repetition, time, value] = records.rows.slice(at, at + 5);
    const words = records.series[own];
    const [environment, experiment, factors, metric, unit, status, identity] = words;
    const said = hasValue(words) ? String(value) : records.texts[value];
    const row = document.createElement('tr');
    for (const text of [experiment, environment, factors, metric, said, unit, run, repetition, status, new Date(records.since + time).toISOString(), identity]) {
      row.insertCell().textContent = text;
    }
    return row;
  }));
  const last = Math.min(first + pageLength, found.length);
  document.querySelector('#records-count').textContent = found.length === 0 ? 'none' : first + 1 + ' to ' + last + ' of ' + found.length;
  document.querySelector('#records-back').disabled = first === 0;
  document.querySelector('#records-on').disabled = last >= found.length;
  reach();
};
if (view) {
  view.addEventListener('toggle', () => list(0));
  document.querySelector('#records-search').addEventListener('input', () => list(0));
  document.querySelector('#records-back').addEventListener('click', () => list(Math.max(0, first - pageLength)));
  document.querySelector('#records-on').addEventListener('click', () => list(first + pageLength));
}
`;
