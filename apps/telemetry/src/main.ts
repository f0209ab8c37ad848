import { readEnv, runService } from '#slipway/platform';
import { AppModule } from './app.module.js';
import { telemetryEnv } from './env.js';
import { schema } from './schema.js';

const env = readEnv(telemetryEnv);
await runService({ name: 'telemetry', env, schema, module: AppModule.of(env) });
