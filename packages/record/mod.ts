/**
 * One observation as one record, the identity of code and machine, and an append-only store that survives a kill.
 *
 * @module
 */
export * from './identify.ts';
export * from './identity.ts';
export * from './observation_key.ts';
export * from './open_store.ts';
export * from './record.ts';
export * from './store_error.ts';
