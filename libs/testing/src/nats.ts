import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildNatsConfig,
  type BusUser,
  chooseStablePort,
  findProgram,
  natsAnswers,
  natsServerProgram,
  newSeed,
  publicKeyOf,
  spawnDetached,
  type Spawned,
  stopProcess,
  waitFor,
} from '#slipway/supervisor';
import { testEnv } from './env.js';
import { reapAtExit, removeFolder, temporaryFolder } from './reaper.js';

/** A user of the bus and its rights; `natsPermissions()` of the platform gives these. */
export interface TestBusUser extends BusUser {
  service: string;
}

export interface TestNats {
  url: string;
  port: number;
  pid(): number;
  /** Seed file of the administrator, who may do everything; undefined on a server without users. */
  adminCreds: string | undefined;
  /** Seed file of a service's user. */
  creds(service: string): string;
  start(): Promise<void>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Folder of the streams, for tests that wipe it while the server is stopped. */
  storeDir: string;
  /** Stops the server and removes its files. */
  close(): Promise<void>;
}

/**
 * Starts a nats-server of its own with JetStream on a free port. It ends with this process, however that ends.
 * Without `permissions` everybody may do everything; with them each service has a user of its own.
 */
export async function startNats(options: { permissions?: readonly TestBusUser[] } = {}): Promise<TestNats> {
  const folder = temporaryFolder('nats');
  const port = await chooseStablePort();
  const serverName = path.basename(folder);
  const storeDir = path.join(folder, 'store');
  const [configFile, logFile] = [path.join(folder, 'nats.conf'), path.join(folder, 'nats.log')];
  mkdirSync(storeDir);

  const files = new Map<string, string>();
  const users = new Map<string, BusUser | 'all'>();
  const addUser = (name: string, rights: BusUser | 'all'): void => {
    const seed = newSeed();
    const file = path.join(folder, `${name}.nk`);
    writeFileSync(file, seed, { mode: 0o600 });
    files.set(name, file);
    users.set(publicKeyOf(seed), rights);
  };
  if (options.permissions) {
    addUser('admin', 'all');
    for (const user of options.permissions) addUser(user.service, user);
  }
  writeFileSync(configFile, buildNatsConfig({ serverName, port, storeDir, durable: false, users }), { mode: 0o600 });

  let running: Spawned | undefined;
  const start = async (): Promise<void> => {
    running = await spawnDetached({
      file: findProgram(natsServerProgram, testEnv),
      args: ['--config', configFile],
      env: {},
      logFile,
    });
    reapAtExit(running.identity.pid, folder);
    let ended = false;
    void running.exited.then(() => (ended = true));
    const answered = await waitFor(async () => ended || (await natsAnswers(port, serverName)), 30_000);
    if (ended || !answered) throw new Error(`the test's nats-server did not start; its log is ${logFile}`);
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    if (running)
      await stopProcess(running.identity, [
        { signal, waitMs: 10_000 },
        { signal: 'SIGKILL', waitMs: 5_000 },
      ]);
    running = undefined;
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    pid: () => running?.identity.pid ?? 0,
    adminCreds: files.get('admin'),
    creds: (service) => {
      const file = files.get(service);
      if (!file) throw new Error(`the test's nats-server has no user '${service}'`);
      return file;
    },
    start,
    stop,
    restart: async (signal) => {
      await stop(signal);
      await start();
    },
    close: async () => {
      await stop();
      removeFolder(folder);
    },
  };
}
