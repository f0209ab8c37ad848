import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  compiled,
  down,
  chooseStablePort,
  type PlatformInfo,
  type PlatformStatus,
  readSupervisorEnv,
  status,
  type UpOptions,
  upDetached,
} from '#slipway/supervisor';
import { testEnv } from './env.js';
import { removeFolder, runAtExit, temporaryFolder } from './reaper.js';

export interface TestPlatform extends PlatformInfo {
  /** The owner's token for the gateway. */
  token: string;
  /** Environment in which the `slipway` command and a script find this installation. */
  env: Record<string, string | undefined>;
  status(): Promise<PlatformStatus | undefined>;
  /** Starts a supervisor again, after `down()` or after the last one was killed. */
  up(options?: Pick<UpOptions, 'appSettings'>): Promise<void>;
  /** Ends everything, keeps the home. */
  down(): Promise<void>;
  /** Ends everything and removes the home. */
  close(): Promise<void>;
}

/**
 * Starts the whole of Slipway, as `npm run build` left it, in a home and on ports of its own. It ends with this process,
 * however that ends.
 * @param options settings of single apps, such as `{ appSettings: { registry: { SLIPWAY_FAILPOINTS: '…' } } }`.
 */
export async function startPlatform(options: Pick<UpOptions, 'appSettings' | 'appsFolder'> = {}): Promise<TestPlatform> {
  const home = path.join(temporaryFolder('platform'), 'home');
  const env: Record<string, string | undefined> = {
    ...testEnv,
    SLIPWAY_HOME: home,
    SLIPWAY_URL: undefined,
    SLIPWAY_TOKEN: undefined,
  };
  const supervisorEnv = readSupervisorEnv(env);
  const ports = { gateway: await chooseStablePort(), router: await chooseStablePort() };
  runAtExit([process.execPath, compiled('cli', 'src', 'main.js'), 'down'], { SLIPWAY_HOME: home }, path.dirname(home));
  const start = (more: Pick<UpOptions, 'appSettings'> = {}): Promise<PlatformInfo> =>
    upDetached({ env: supervisorEnv, ports, ...options, ...more });
  const stop = async (): Promise<void> => void (await down({ env: supervisorEnv }));
  const info = await start();
  const platform: TestPlatform = {
    ...info,
    token: readFileSync(info.ownerTokenFile, 'utf8').trim(),
    env,
    status: () => status(supervisorEnv),
    up: async (more) => {
      platform.pid = (await start(more)).pid;
    },
    down: stop,
    close: async () => {
      await stop();
      removeFolder(path.dirname(home));
    },
  };
  return platform;
}
