import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Image } from '../core/api.js';
import { serviceColumns } from '../core/columns.js';
import { CliError, plain } from '../core/errors.js';
import { score } from '../core/scoring.js';
import { type CommonFlags, formatOf, print, type Shell } from '../core/shell.js';
import { derivedName, newRunId, Steps } from '../core/steps.js';
import { type UpdateFlags, updateService } from '../core/update.js';
import { about, dnsName, integer, leaf, type Named, refOf, required } from './common.js';
import { addDecisions } from './decisions.js';
import { addPackageFlags, changesPackage, manifestInputs, type PackageFlags } from './package-flags.js';
import { addSettingFlags, type SettingFlags, settingsOf } from './service-flags.js';

export function addServiceCommands(program: Command, shell: Shell): void {
  const group = program.command('service').description('deploy, call, update and watch services');
  addCreate(group, shell);
  addUpdate(group, shell);
  addReads(group, shell);
  addCalls(group, shell);
  addEnvironmentFlag(group, shell);
  addDecisions(group, shell);
}

/** On every command of the group, also those of other files; before the first question is asked. */
export function addEnvironmentFlag(group: Command, shell: Shell): void {
  for (const command of group.commands)
    command
      .option('--environment <name>', 'only in this environment (default: the current one, see `env set`)')
      .hook('preAction', (_command, action) => {
        const { environment } = action.opts<{ environment?: string }>();
        if (environment !== undefined) shell.env.environment = environment;
      });
}

type CreateFlags = CommonFlags &
  PackageFlags &
  SettingFlags & { name?: string; imageId?: string; imageType?: string; resume?: string };

function addCreate(group: Command, shell: Shell): void {
  const command = leaf(group, 'create', 'deploy a service: from an image, or from a model and a script in one go')
    .argument('[name]', 'name of the service')
    .option('-n, --name <name>', 'name of the service')
    .option('--image-id <image>', 'deploy this image: id, name or name:version')
    .option('--image-type <type>', 'Docker, the only one')
    .option('--resume <run>', 'go on with an earlier run; nothing is done twice');
  addSettingFlags(addPackageFlags(command)).action(async (named: string | undefined, flags: CreateFlags) => {
    const name = dnsName('a service', required('service', '-n <name>', flags.name, named));
    const settings = settingsOf(flags);
    if (flags.imageId !== undefined && changesPackage(flags)) {
      throw new CliError(
        '--image-id goes without -f, -m, -s, -c, -p and -d: an image already holds them',
        1,
        [],
        `leave those flags out, or leave out --image-id ${flags.imageId}`,
      );
    }
    const steps = new Steps(shell, flags.resume ?? newRunId());
    const service = await steps.resumable(async () => {
      const image = flags.imageId ?? (await newImage(steps, name, flags)).id;
      return steps.createService(name, image, settings);
    });
    shell.progress.note(
      `Service ID: ${service.id}\nUsage: slipway service run ${name} -d <sample>\nAdditional usage information: 'slipway service usage ${name}'`,
    );
    print(shell, flags, service, serviceColumns);
  });
}

async function newImage(steps: Steps, name: string, flags: PackageFlags): Promise<Image> {
  const manifest = await steps.createManifest(derivedName(name), manifestInputs(flags));
  return steps.buildImage(derivedName(name), manifest.id);
}

function addUpdate(group: Command, shell: Shell): void {
  const command = about(leaf(group, 'update', 'change a live service; URL and keys stay'))
    .option('--image-id <image>', 'another image: id, name or name:version')
    .option('--resume <run>', 'go on with an earlier run; nothing is done twice');
  addSettingFlags(addPackageFlags(command)).action(
    async (named: string | undefined, flags: Named & PackageFlags & SettingFlags & UpdateFlags) => {
      const service = await updateService(shell, refOf(named, flags), flags, settingsOf(flags));
      shell.progress.note(`Service ID: ${service.id}\nRevision: ${service.revision ?? ''}`);
      print(shell, flags, service, serviceColumns);
    },
  );
}

function addReads(group: Command, shell: Shell): void {
  about(leaf(group, 'show', 'show a service')).action(async (named: string | undefined, flags: Named) => {
    const service = await shell.api().getService(refOf(named, flags));
    const telemetry = await shell
      .api()
      .getTelemetry(service.id)
      .catch(() => null);
    print(shell, flags, { ...service, telemetry }, serviceColumns);
  });

  leaf(group, 'list', 'list services').action(async (flags: CommonFlags) =>
    print(shell, flags, await shell.api().listServices({}), serviceColumns),
  );

  about(leaf(group, 'delete', 'delete a service')).action(async (named: string | undefined, flags: Named) => {
    const ref = refOf(named, flags);
    const deleted = await shell.api().deleteService(ref, newRunId());
    shell.progress.note(deleted ? `Successfully deleted service: ${ref}` : `Service to delete ${ref} not found.`);
  });

  about(leaf(group, 'keys', 'show the keys of a service, or make one new'))
    .option('-r, --regen', 'make a key new; the other one goes on working')
    .option('-k, --key <key>', 'Primary or Secondary')
    .action(async (named: string | undefined, flags: Named & { regen?: boolean; key?: string }) => {
      const ref = refOf(named, flags);
      if (flags.regen && flags.key !== 'Primary' && flags.key !== 'Secondary')
        throw new CliError('--regen needs to know which key', 1, [], 'add -k Primary or -k Secondary');
      const keys = flags.regen
        ? await shell.api().regenerateKey(ref, flags.key as 'Primary' | 'Secondary', newRunId())
        : await shell.api().getKeys(ref);
      if (formatOf(shell, flags) === 'table')
        shell.stdout.write(`PrimaryKey: ${keys.primaryKey}\nSecondaryKey: ${keys.secondaryKey}\n`);
      else
        print(shell, flags, keys, [
          ['PrimaryKey', (row) => row.primaryKey],
          ['SecondaryKey', (row) => row.secondaryKey],
        ]);
    });
}

function addCalls(group: Command, shell: Shell): void {
  about(leaf(group, 'run', 'call a service with data'))
    .option('-d, --data <json>', 'request body, or @file; without it the sample of the service')
    .action(async (named: string | undefined, flags: Named & { data?: string }) => {
      const data = flags.data?.startsWith('@') ? await fileData(flags.data.slice(1), shell.cwd) : flags.data;
      const answer = await score(shell, refOf(named, flags), data);
      shell.progress.clear();
      shell.stdout.write(`${JSON.stringify(answer, null, formatOf(shell, flags) === 'table' ? 2 : 0)}\n`);
    });

  about(leaf(group, 'usage', 'how to call a service')).action(async (named: string | undefined, flags: Named) => {
    const service = await shell.api().getService(refOf(named, flags));
    if (service.revision === null)
      throw new CliError(
        `the service '${service.name}' does not serve yet (state ${service.state})`,
        1,
        [],
        `see why: slipway service show ${service.name}`,
      );
    shell.stdout.write(
      [
        'Scoring URL:',
        `    ${service.scoringUri}`,
        'Headers:',
        '    Content-Type: application/json',
        '    Authorization: Bearer <key>',
        `        (a key: slipway service keys ${service.name})`,
        'Swagger URL:',
        `    ${service.swaggerUri}`,
        'Sample CLI command:',
        `    slipway service run ${service.name} -d '!! YOUR DATA HERE !!'`,
        'Sample CURL call:',
        `    curl -X POST -H "Content-Type:application/json" -H "Authorization:Bearer <key>" --data '!! YOUR DATA HERE !!' ${service.scoringUri}`,
        'Logs:',
        `    slipway service logs ${service.name}`,
        '',
      ].join('\n'),
    );
  });

  about(leaf(group, 'logs', 'show what the replicas of a service wrote'))
    .option('-r, --request-id <id>', 'only lines of this request')
    .option('-l, --max-lines <n>', 'newest lines to show', integer(1, 100_000), 5000)
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .option('--previous', 'only replicas that have ended')
    .option('-k, --kube-config <path>', 'accepted for compatibility; not needed')
    .action(
      async (
        named: string | undefined,
        flags: Named & { requestId?: string; maxLines: number; follow?: boolean; previous?: boolean },
      ) => {
        let count = 0;
        const asJson = flags.output === 'json' || flags.output === 'jsonc';
        for await (const line of shell.api().logs(refOf(named, flags), flags, shell.signal)) {
          count += 1;
          shell.stdout.write(
            asJson
              ? `${JSON.stringify(line)}\n`
              : `${plain([line.time, line.level, line.requestId ?? '-', line.message].join(', '))}\n`,
          );
        }
        if (!flags.follow) shell.stderr.write(`Received ${count} lines of log\n`);
      },
    );
}

async function fileData(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch {
    throw new CliError(`-d @${file} cannot be read`, 1, [], `check the path; it is relative to ${cwd}`);
  }
}
