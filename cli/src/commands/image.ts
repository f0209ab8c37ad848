import type { Command } from 'commander';
import { imageColumns } from '../core/columns.js';
import { CliError } from '../core/errors.js';
import { type CommonFlags, print, type Shell } from '../core/shell.js';
import { newRunId, Steps } from '../core/steps.js';
import { dnsName, leaf, required } from './common.js';
import { addPackageFlags, changesPackage, manifestInputs, type PackageFlags } from './package-flags.js';

type CreateFlags = CommonFlags &
  PackageFlags & { imageName?: string; imageDescription?: string; imageType?: string; manifestId?: string };

export function addImageCommands(program: Command, shell: Shell): void {
  const group = program.command('image').description('build and look up images');

  addPackageFlags(leaf(group, 'create', 'build an image from a manifest, or from what makes one'))
    .option('-n, --image-name <name>', 'name of the image')
    .option('--image-description <text>', 'description')
    .option('--image-type <type>', 'Docker, the only one')
    .option('-i, --manifest-id <manifest>', 'id, name or name:version of a manifest')
    .action(async (flags: CreateFlags) => {
      const name = dnsName('an image', required('image', '-n <name>', flags.imageName));
      if (flags.imageType !== undefined && flags.imageType !== 'Docker')
        throw new CliError(
          `--image-type ${flags.imageType} is not one that exists`,
          1,
          [],
          'leave it out, or use --image-type Docker',
        );
      if (flags.manifestId !== undefined && changesPackage(flags)) {
        throw new CliError(
          '--manifest-id goes without -f, -m, -s, -c, -p and -d: a manifest already names them',
          1,
          [],
          `leave those flags out, or leave out --manifest-id ${flags.manifestId}`,
        );
      }
      const steps = new Steps(shell, newRunId());
      const manifestId = flags.manifestId ?? (await steps.createManifest(name, manifestInputs(flags))).id;
      const image = await steps.buildImage(name, manifestId, flags.imageDescription);
      shell.progress.note(
        `Image ID: ${image.id}\nMore details: 'slipway image show -i ${image.id}'\nUsage information: 'slipway image usage -i ${image.id}'`,
      );
      print(shell, flags, image, imageColumns);
    });

  leaf(group, 'show', 'show an image')
    .argument('[image]', 'id, name or name:version')
    .option('-i, --image-id <image>', 'id, name or name:version')
    .action(async (named: string | undefined, flags: CommonFlags & { imageId?: string }) =>
      print(
        shell,
        flags,
        await shell.api().getImage(required('image', '-i <id, name or name:version>', flags.imageId, named)),
        imageColumns,
      ),
    );

  leaf(group, 'list', 'list images, newest first').action(async (flags: CommonFlags) =>
    print(shell, flags, await shell.api().listImages({}), imageColumns),
  );

  leaf(group, 'usage', 'how to use an image')
    .argument('[image]', 'id, name or name:version')
    .option('-i, --image-id <image>', 'id, name or name:version')
    .action(async (named: string | undefined, flags: CommonFlags & { imageId?: string }) => {
      const image = await shell.api().getImage(required('image', '-i <id, name or name:version>', flags.imageId, named));
      const registry = new URL(shell.api().profile.url).host;
      shell.stdout.write(
        [
          'Create a service from this image:',
          `  slipway service create NAME --image-id ${image.id}`,
          'Run it with Docker, or fetch it with any OCI client (the password is an API token):',
          `  docker login ${registry} -u slipway`,
          `  docker pull ${registry}/${image.imageLocation ?? ''}`,
          `  docker run --rm -p 127.0.0.1:5001:5001 --read-only --tmpfs /tmp ${registry}/${image.imageLocation ?? ''}`,
          '  curl -s -X POST -H "Content-Type: application/json" --data DATA http://127.0.0.1:5001/score',
          '',
        ].join('\n'),
      );
    });
}
