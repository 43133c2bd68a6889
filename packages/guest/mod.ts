/**
 * Environments to run a program in: this machine, the same held to some memory, a paravirtualized guest. One interface,
 * whatever the kind.
 *
 * @module
 */
export * from './available.ts';
export * from './environment.ts';
export * from './environment_name.ts';
export * from './guest.ts';
export * from './guest_error.ts';
export * from './guest_pool.ts';
export * from './parse_environment.ts';
export * from './start.ts';
export * from './why_failed.ts';
