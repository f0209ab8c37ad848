export { type ClientOptions, createClient, dataOf, type SlipwayClient } from './client.js';
export * from './errors.js';
export * from './operations.js';
export * from './streams.js';
export type { components, operations, paths } from './generated/api.js';
