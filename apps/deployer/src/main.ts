import { readEnv, runService } from '#slipway/platform';
import { AppModule } from './app.module.js';
import { deployerEnv } from './env.js';
import { schema } from './schema.js';

const env = readEnv(deployerEnv);
await runService({ name: 'deployer', env, schema, module: AppModule.of(env) });
