export * from './nats.js';
export * from './postgres.js';
export { removeFolder, temporaryFolder } from './reaper.js';
