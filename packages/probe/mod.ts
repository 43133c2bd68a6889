/**
 * The processor measured by timing generated code: caches, TLBs, pipelines, registers, rates.
 *
 * @module
 */
export { type Machine, type MachineCurve, machineSchema } from './machine.ts';
export { type ProbeOptions, probe } from './probe.ts';
export { experiment, type ProbeContext, probeRecords } from './probe_records.ts';
