import { readEnv, runService } from '#slipway/platform';
import { AppModule } from './app.module.js';
import { registryEnv } from './env.js';
import { schema } from './schema.js';

const env = readEnv(registryEnv);
await runService({ name: 'registry', env, schema, module: AppModule.of(env), streamedPaths: '/v2/' });
