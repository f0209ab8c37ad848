import { runMigrations } from '#slipway/platform';
import { schema } from './schema.js';

await runMigrations('gateway', schema);
