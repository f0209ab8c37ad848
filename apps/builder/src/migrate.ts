import { runMigrations } from '#slipway/platform';
import { schema } from './schema.js';

await runMigrations('builder', schema);
