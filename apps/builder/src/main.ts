import { readEnv, runService } from '#slipway/platform';
import { AppModule } from './app.module.js';
import { builderEnv, readToolEnvironment } from './env.js';
import { schema } from './schema.js';

const env = readEnv(builderEnv);
await runService({ name: 'builder', env, schema, module: AppModule.of(env, readToolEnvironment()) });
