import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { checkColumns, environmentColumns } from '../core/columns.js';
import { currentEnvironment, readCurrent, writeCurrent } from '../core/current-environment.js';
import { CliError } from '../core/errors.js';
import { type CommonFlags, print, type Shell } from '../core/shell.js';
import { newRunId } from '../core/steps.js';
import { leaf, required } from './common.js';
import { addSetupFlags, noteIgnored, settingsOf, type SetupFlags, targetOf } from './env-flags.js';

type Named = CommonFlags & { name?: string; clusterName?: string; resourceGroup?: string };

/** A command about one environment: by position, `-n` or the original's `--cluster-name`. */
const about = (command: Command): Command =>
  command
    .argument('[environment]', 'name or id')
    .option('-n, --name <environment>', 'name or id')
    .addOption(new Option('--cluster-name <environment>', 'the same as -n').hideHelp());

const refOf = (named: string | undefined, flags: Named): string =>
  required('environment', '-n <name>', flags.name, flags.clusterName, named);

export function addEnvCommands(program: Command, shell: Shell): void {
  const group = program.command('env').description('where services run: processes, a Docker Engine, a Kubernetes cluster');
  addSetup(group, shell);
  addReads(group, shell);
  addCurrent(group, shell);
}

function addSetup(group: Command, shell: Shell): void {
  const setup = about(leaf(group, 'setup', 'set an environment up; creating clusters is out of scope'))
    .addOption(new Option('--target <target>', 'what runs the replicas').choices(['process', 'docker', 'kubernetes']))
    .option('-y, --yes', 'accepted for compatibility; nothing is asked')
    .option('--resume <run>', 'go on with an earlier run');
  addSetupFlags(setup).action(async (named: string | undefined, flags: Named & SetupFlags & { resume?: string }) => {
    const name = refOf(named, flags);
    noteIgnored(shell, flags);
    const target = targetOf(flags);
    const body = { name, target, ...settingsOf(shell, flags, target) };
    await settle(shell, flags, flags.resume, name, (key) => shell.api().environments.create(body, key));
    shell.progress.note(`Make it the current one: slipway env set -n ${name}`);
  });

  const update = about(leaf(group, 'update', 'change what is given; the new settings are tried first'));
  addSetupFlags(update.option('--resume <run>', 'go on with an earlier run')).action(
    async (named: string | undefined, flags: Named & SetupFlags & { resume?: string }) => {
      const ref = refOf(named, flags);
      noteIgnored(shell, flags);
      const { name, target } = await shell.api().environments.get(ref);
      const body = settingsOf(shell, flags, target);
      await settle(shell, flags, flags.resume, name, (key) => shell.api().environments.update(name, body, key));
    },
  );

  about(leaf(group, 'delete', 'take an environment down; its services must be gone'))
    .option('-g, --resource-group <name>', 'accepted for compatibility; means nothing here')
    .action(async (named: string | undefined, flags: Named) => {
      noteIgnored(shell, flags);
      const ref = refOf(named, flags);
      const operation = await shell.api().environments.delete(ref, newRunId());
      if (operation === undefined) return shell.progress.note(`Environment to delete ${ref} not found.`);
      await shell.api().waitFor(operation, shell.signal, (text) => shell.progress.step(`environment: ${text}`), newRunId());
      const current = readCurrent(shell.env);
      if (current.environment === ref) writeCurrent(shell.env, { mode: 'local' });
      shell.progress.note(`Successfully deleted environment: ${ref}`);
    });
}

async function settle(
  shell: Shell,
  flags: CommonFlags,
  resume: string | undefined,
  name: string,
  ask: (key: string) => Promise<{ operationId: string }>,
): Promise<void> {
  const runId = resume ?? newRunId();
  shell.progress.step(`setting up environment ${name}`);
  const { operationId } = await ask(`${runId}/environment`);
  await shell.api().waitFor(operationId, shell.signal, (text) => shell.progress.step(`environment: ${text}`), runId);
  print(shell, flags, await shell.api().environments.get(name), environmentColumns);
}

function addReads(group: Command, shell: Shell): void {
  about(leaf(group, 'show', 'show an environment; without a name the current one'))
    .option('-g, --resource-group <name>', 'accepted for compatibility; means nothing here')
    .action(async (named: string | undefined, flags: Named) => {
      noteIgnored(shell, flags);
      const ref = flags.name ?? flags.clusterName ?? named ?? currentEnvironment(shell.env) ?? (await defaultOf(shell));
      const environment = await shell.api().environments.get(ref);
      const { config: _config, credentialNames: _credentials, ...short } = environment;
      print(shell, flags, flags.verbose ? environment : short, environmentColumns);
    });

  leaf(group, 'list', 'list environments').action(async (flags: CommonFlags) =>
    print(shell, flags, await shell.api().environments.list(), environmentColumns),
  );

  about(leaf(group, 'check', 'try each part of an environment now: target, registry, storage, log sink')).action(
    async (named: string | undefined, flags: Named) => {
      const ref = flags.name ?? flags.clusterName ?? named ?? currentEnvironment(shell.env) ?? (await defaultOf(shell));
      const { ok, checks } = await shell.api().environments.check(ref);
      print(shell, flags, checks, checkColumns);
      if (ok) return;
      const failed = checks.filter((check) => check.state === 'failed');
      throw new CliError(
        `environment '${ref}' is not in order: ${failed.map((check) => check.part).join(', ')} failed`,
        1,
        failed.map((check) => `${check.part}: ${check.message}`),
        failed.find((check) => check.next !== undefined)?.next ?? 'mend what the lines above name',
      );
    },
  );

  about(leaf(group, 'get-credentials', 'show what opens an environment; only for owners'))
    .option('-g, --resource-group <name>', 'accepted for compatibility; means nothing here')
    .option('-i, --install-kube-config [path]', 'write the kubeconfig there (default ~/.kube/config) instead of showing it')
    .action(async (named: string | undefined, flags: Named & { installKubeConfig?: string | true }) => {
      noteIgnored(shell, flags);
      const ref = refOf(named, flags);
      const credentials = await shell.api().environments.credentials(ref);
      if (flags.installKubeConfig === undefined) {
        print(
          shell,
          { ...flags, output: flags.output ?? 'json' },
          credentials,
          Object.keys(credentials).map((name) => [name, (row: Record<string, unknown>) => row[name]] as const),
        );
        return;
      }
      installKubeconfig(shell, ref, credentials.kubeconfig, flags.installKubeConfig);
    });
}

/** The file is replaced as a whole, and kept if it holds another cluster. */
function installKubeconfig(shell: Shell, ref: string, kubeconfig: string | undefined, where: string | true): void {
  if (kubeconfig === undefined)
    throw new CliError(`environment '${ref}' has no kubeconfig`, 1, [], 'only Kubernetes environments have one');
  const path = where === true ? join(homedir(), '.kube', 'config') : resolve(shell.cwd, where);
  const fresh = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(fresh, kubeconfig, { mode: 0o600 });
    renameSync(fresh, path);
  } catch (error) {
    throw new CliError(
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown cause'})`,
      1,
      [],
      'name another path',
    );
  }
  shell.progress.note(`Kubeconfig written to ${path}`);
}

function addCurrent(group: Command, shell: Shell): void {
  about(leaf(group, 'set', 'make an environment the current one'))
    .option('-g, --resource-group <name>', 'accepted for compatibility; means nothing here')
    .action(async (named: string | undefined, flags: Named) => {
      noteIgnored(shell, flags);
      const environment = await shell.api().environments.get(refOf(named, flags));
      const mode = environment.isDefault ? 'local' : 'cluster';
      writeCurrent(shell.env, { environment: environment.name, mode });
      shell.progress.note(`Current environment: ${environment.name}`);
      print(shell, flags, environment, environmentColumns);
    });

  leaf(group, 'local', "switch to the machine's own environment")
    .option('-f, --force', 'accepted for compatibility')
    .action(async () => {
      writeCurrent(shell.env, { ...readCurrent(shell.env), mode: 'local' });
      shell.progress.note(`Current environment: ${await defaultOf(shell)}`);
    });

  leaf(group, 'cluster', 'switch back to the environment that `env set` named')
    .option('-f, --force', 'accepted for compatibility')
    .action(async () => {
      const { environment } = readCurrent(shell.env);
      if (environment === undefined)
        throw new CliError('no environment was set', 1, [], 'name it: slipway env set -n NAME; see them: slipway env list');
      const { name } = await shell.api().environments.get(environment);
      writeCurrent(shell.env, { environment: name, mode: 'cluster' });
      shell.progress.note(`Current environment: ${name}`);
    });
}

async function defaultOf(shell: Shell): Promise<string> {
  const environments = await shell.api().environments.list();
  return required('environment', '-n <name>', environments.find((environment) => environment.isDefault)?.name);
}
