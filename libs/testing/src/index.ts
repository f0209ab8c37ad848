export * from './nats.js';
export * from './postgres.js';
export { reapAtExit, removeFolder, temporaryFolder } from './reaper.js';
