import { readEnv, runService } from '#slipway/platform';
import { AppModule } from './app.module.js';
import { configure } from './configure.js';
import { gatewayEnv } from './env.js';
import { schema } from './schema.js';

const env = readEnv(gatewayEnv);
await runService({ name: 'gateway', env, schema, module: AppModule.of(env), guarded: false, configure });
