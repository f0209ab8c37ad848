export * from './docker.js';
export * from './kubernetes.js';
export * from './nats.js';
export * from './platform.js';
export * from './postgres.js';
export { reapAtExit, removeFolder, temporaryFolder } from './reaper.js';
export * from './proxy/toxic-proxy.js';
export type { Direction, Toxics } from './proxy/toxics.js';
