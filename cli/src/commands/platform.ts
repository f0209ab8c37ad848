import type { Command } from 'commander';
import { CliError } from '../core/errors.js';
import { type CommonFlags, formatOf, print, type Shell } from '../core/shell.js';
import { integer, leaf } from './common.js';

/** `up`, `down`, `status` and `admin`: the local installation. The supervisor is loaded only here. */
export function addPlatformCommands(program: Command, shell: Shell): void {
  leaf(program, 'up', 'start the platform on this machine')
    .option('-d, --detach', 'return when it is ready and leave it running')
    .option('--port <port>', 'port of the gateway; the router takes the next one', integer(1, 65_534))
    .action(async (flags: CommonFlags & { detach?: boolean; port?: number }) => {
      const { up } = await supervisor();
      const platform = await guarded(() =>
        up({ home: shell.env.home, port: flags.port, onProgress: (text) => shell.progress.step(text) }),
      );
      shell.progress.note(
        platform.alreadyRunning
          ? `Slipway is already running at ${platform.url}`
          : `Slipway is running at ${platform.url} (page: ${platform.url}/docs)`,
      );
      if (flags.detach) {
        print(shell, flags, platform.summary, [
          ['Url', (row) => row.url],
          ['Router', (row) => row.routerUrl],
          ['Home', (row) => row.home],
        ]);
        await platform.release();
        return;
      }
      if (platform.alreadyRunning)
        throw new CliError(`Slipway is already running at ${platform.url}`, 1, [], 'use it, or stop it first: slipway down');
      shell.progress.note('Ctrl-C stops it.');
      await new Promise<void>((resolve) => shell.signal.addEventListener('abort', () => resolve(), { once: true }));
      shell.progress.step('stopping');
      await platform.stop();
    });

  leaf(program, 'down', 'stop the platform on this machine, replicas included').action(async () => {
    const { down } = await supervisor();
    const stopped = await guarded(() => down({ home: shell.env.home, onProgress: (text) => shell.progress.step(text) }));
    shell.progress.note(stopped ? 'Slipway is stopped.' : 'Slipway was not running.');
  });

  leaf(program, 'status', 'what runs on this machine').action(async (flags: CommonFlags) => {
    const { status } = await supervisor();
    const report = await guarded(() => status({ home: shell.env.home }));
    if (formatOf(shell, flags) !== 'table') {
      print(shell, flags, report, []);
      return;
    }
    print(shell, flags, report.parts, [
      ['Part', (part) => part.name],
      ['State', (part) => part.state],
      ['Pid', (part) => part.pid],
      ['Port', (part) => part.port],
    ]);
  });

  const admin = program.command('admin').description('work of the installation itself');
  leaf(admin, 'migrate', 'bring schemas, roles and the bus to this version').action(async () => {
    const { migrate } = await supervisor();
    await guarded(() => migrate({ home: shell.env.home, onProgress: (text) => shell.progress.step(text) }));
    shell.progress.note('Schemas, roles and the bus are up to date.');
  });
  leaf(admin, 'nats-permissions', 'print the users and rights of the bus').action(async (flags: CommonFlags) => {
    const { busUsers } = await supervisor();
    print(shell, flags, busUsers(), [
      ['Service', (user) => user.service],
      ['Publish', (user) => user.publish.join(' ')],
      ['Subscribe', (user) => user.subscribe.join(' ')],
    ]);
  });
}

const supervisor = async () => import('#slipway/supervisor');

/** A supervisor's error says what to do already. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const known = error as { name?: string; message?: string; next?: string; exitCode?: 1 | 2 };
    if (known.name !== 'SupervisorError') throw error;
    throw new CliError(known.message ?? 'the platform could not be started', known.exitCode ?? 1, [], known.next);
  }
}
