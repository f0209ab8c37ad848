import { readEnv, runService } from '#slipway/platform';
import { gatewayEnv } from './env.js';
import { gateway } from './gateway.js';

await runService(gateway(readEnv(gatewayEnv)));
