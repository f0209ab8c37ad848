import type { Command } from 'commander';
import { stringify } from 'yaml';
import { CliError } from '../core/errors.js';
import { type CommonFlags, print, type Shell } from '../core/shell.js';
import { leaf } from './common.js';
import { guarded, supervisor, tell } from './supervised.js';

/** `admin`: work of the installation itself, on this machine or in a cluster. */
export function addAdmin(program: Command, shell: Shell): void {
  const admin = program.command('admin').description('work of the installation itself');
  leaf(
    admin,
    'migrate',
    'bring schemas, roles and the bus to this version: of this machine, or those that SLIPWAY_ADMIN_DATABASE_URL and SLIPWAY_NATS_URL name',
  ).action(async () => {
    const { migrate } = await supervisor();
    await guarded(() => migrate({ onProgress: tell(shell) }));
    shell.progress.note('Schemas, roles and the bus are up to date.');
  });
  leaf(admin, 'secrets', 'make the secrets of an installation in a cluster, as Kubernetes manifests for `kubectl create -f -`')
    .option('-n, --namespace <namespace>', 'where they belong', 'slipway')
    .option('--release <release>', 'name of the Helm release', 'slipway')
    .option('--embedded', "for the chart's own PostgreSQL; else SLIPWAY_ADMIN_DATABASE_URL names the database")
    .action(async ({ namespace, release, embedded }: { namespace: string; release: string; embedded?: boolean }) => {
      const { clusterSecrets, readSupervisorEnv } = await supervisor();
      const { adminDatabaseUrl } = readSupervisorEnv();
      if ((embedded === true) === (adminDatabaseUrl !== undefined))
        throw new CliError(
          embedded ? '--embedded and SLIPWAY_ADMIN_DATABASE_URL name two databases' : 'no database was named',
          1,
          [],
          'set SLIPWAY_ADMIN_DATABASE_URL=postgresql://<user>:<password>@<host>:<port>/<database>, or give --embedded',
        );
      const spec = { namespace, prefix: fullName(release), adminDatabaseUrl };
      const manifests = await guarded(() => clusterSecrets(spec));
      shell.stdout.write(manifests.map((manifest) => `---\n${stringify(manifest)}`).join(''));
      shell.progress.note('Keep a copy: what the sealing keys protect cannot be read without them.');
    });
  leaf(admin, 'nats-permissions', 'the users of the bus and their rights, as a part of nats-server.conf').action(async () => {
    const { busUsers } = await supervisor();
    shell.stdout.write(await guarded(busUsers));
    shell.progress.note("The variables NKEY_… are the users' public keys: nats-<user>.pub of `slipway admin secrets`.");
  });
  leaf(admin, 'dead-letters', 'list messages that a service could not handle, or handle one again')
    .option('--replay <id>', 'handle this one again')
    .action(async (flags: CommonFlags & { replay?: string }) => {
      const { listDeadLetters, replayDeadLetter } = await supervisor();
      const { replay } = flags;
      const letters = await guarded(() =>
        replay === undefined ? listDeadLetters() : replayDeadLetter(replay).then((letter) => [letter]),
      );
      if (replay !== undefined) shell.progress.note(`handled again: ${replay}`);
      print(shell, flags, letters, [
        ['Id', (letter) => letter.id],
        ['Service', (letter) => letter.service],
        ['Subject', (letter) => letter.subject],
        ['Deliveries', (letter) => letter.deliveries],
        ['CreatedAt', (letter) => letter.createdAt],
        ['Error', (letter) => letter.error],
      ]);
    });
}

/** As the chart names what belongs to a release. */
const fullName = (release: string): string => (release.includes('slipway') ? release : `${release}-slipway`);
