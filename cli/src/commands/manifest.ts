import type { Command } from 'commander';
import { manifestColumns } from '../core/columns.js';
import { type CommonFlags, print, type Shell } from '../core/shell.js';
import { newRunId, Steps } from '../core/steps.js';
import { leaf, repeat, required } from './common.js';
import { addPackageFlags, manifestInputs, type PackageFlags } from './package-flags.js';

export function addManifestCommands(program: Command, shell: Shell): void {
  const group = program.command('manifest').description('create and look up manifests');

  addPackageFlags(leaf(group, 'create', 'create a manifest: what goes into an image'))
    .option('-n, --manifest-name <name>', 'name of the manifest')
    .option('-i <model>', 'the same as --model-id', repeat)
    .option('--manifest-description <text>', 'description')
    .action(async (flags: CommonFlags & PackageFlags & { manifestName?: string; i?: string[]; manifestDescription?: string }) => {
      const name = required('manifest', '-n <name>', flags.manifestName);
      const inputs = manifestInputs({ ...flags, modelId: [...(flags.modelId ?? []), ...(flags.i ?? [])] });
      const manifest = await new Steps(shell, newRunId()).createManifest(name, inputs, flags.manifestDescription);
      shell.progress.note(
        `Successfully created manifest\nId: ${manifest.id}\nMore information: 'slipway manifest show -i ${manifest.id}'`,
      );
      print(shell, flags, manifest, manifestColumns);
    });

  leaf(group, 'show', 'show a manifest')
    .argument('[manifest]', 'id, name or name:version')
    .option('-i, --manifest-id <manifest>', 'id, name or name:version')
    .action(async (named: string | undefined, flags: CommonFlags & { manifestId?: string }) =>
      print(
        shell,
        flags,
        await shell.api().getManifest(required('manifest', '-i <id, name or name:version>', flags.manifestId, named)),
        manifestColumns,
      ),
    );

  leaf(group, 'list', 'list manifests, newest first').action(async (flags: CommonFlags) =>
    print(shell, flags, await shell.api().listManifests({}), manifestColumns),
  );
}
