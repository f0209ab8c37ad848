import type { Command } from 'commander';
import { CliError } from '../core/errors.js';
import { type CommonFlags, formatOf, print, type Shell } from '../core/shell.js';
import { size } from '../core/steps.js';
import { addAdmin } from './admin.js';
import { integer, leaf } from './common.js';
import { guarded, supervisor, tell } from './supervised.js';

/** `up`, `down`, `status` and `admin`: the local installation. The supervisor is loaded only here. */
export function addPlatformCommands(program: Command, shell: Shell): void {
  addUp(program, shell);

  leaf(program, 'down', 'stop the platform on this machine, replicas included').action(async () => {
    const { down } = await supervisor();
    const { wasRunning } = await guarded(() => down({ onProgress: tell(shell) }));
    shell.progress.note(wasRunning ? 'Slipway is stopped.' : 'Slipway was not running.');
  });

  leaf(program, 'status', 'what runs on this machine').action(async (flags: CommonFlags) => {
    const { status } = await supervisor();
    const report = await guarded(() => status());
    if (!report) throw new CliError(`there is no Slipway in ${shell.env.home}`, 1, [], 'start it: slipway up');
    if (formatOf(shell, flags) !== 'table') {
      print(shell, flags, report, [['State', (row) => row.state]]);
      return;
    }
    print(shell, flags, report.parts, [
      ['Part', (part) => part.name],
      ['State', (part) => part.state],
      ['Pid', (part) => part.pid],
      ['Port', (part) => part.port],
      ['Uptime', (part) => (part.uptimeMs === undefined ? '' : `${Math.round(part.uptimeMs / 1000)} s`)],
      ['Restarts', (part) => part.restarts],
    ]);
    const kinds = Object.entries(report.bytes).map(([kind, bytes]) => `${kind} ${size(bytes)}`);
    shell.stdout.write(
      `\n${report.state}${report.url ? ` at ${report.url}` : ''}, ${report.replicas} replicas, home ${report.home}\n${kinds.join(', ')}; disk ${size(report.disk.free)} free\n`,
    );
  });

  addAdmin(program, shell);
}

function addUp(program: Command, shell: Shell): void {
  leaf(program, 'up', 'start the platform on this machine')
    .option('-d, --detach', 'return when it is ready and leave it running')
    .option('--port <port>', 'port of the gateway from now on', integer(1, 65_535))
    .option('--router-port <port>', 'port of the router from now on', integer(1, 65_535))
    .action(async (flags: CommonFlags & { detach?: boolean; port?: number; routerPort?: number }) => {
      const { up, upDetached } = await supervisor();
      const ports = { ...(flags.port ? { gateway: flags.port } : {}), ...(flags.routerPort ? { router: flags.routerPort } : {}) };
      const options = { ports, onProgress: tell(shell), signal: shell.signal };
      if (flags.detach) {
        const info = await guarded(() => upDetached(options));
        shell.progress.note(
          info.alreadyRunning
            ? `Slipway is already running at ${info.url}`
            : `Slipway is running at ${info.url} (page: ${info.url}/docs)`,
        );
        print(shell, flags, info, [
          ['Url', (row) => row.url],
          ['Router', (row) => row.routerUrl],
          ['Home', (row) => row.home],
          ['Pid', (row) => row.pid],
        ]);
        return;
      }
      await staying(async () => {
        const platform = await guarded(() => up(options));
        shell.progress.note(`Slipway is running at ${platform.url} (page: ${platform.url}/docs). Ctrl-C stops it.`);
        const interrupted = new Promise<void>((resolve) =>
          shell.signal.addEventListener('abort', () => resolve(), { once: true }),
        );
        await Promise.race([interrupted, platform.stopped]);
        shell.progress.step('stopping');
        await platform.stop();
      });
      shell.progress.note('Slipway is stopped.');
    });
}

/** The parts are processes of their own, so nothing else keeps this one running while it waits. */
async function staying(work: () => Promise<void>): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  try {
    await work();
  } finally {
    clearInterval(alive);
  }
}
