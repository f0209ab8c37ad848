import type { Command } from 'commander';
import { modelColumns } from '../core/columns.js';
import { CliError } from '../core/errors.js';
import { type CommonFlags, print, type Shell } from '../core/shell.js';
import { newRunId, Steps } from '../core/steps.js';
import { leaf, repeat, required } from './common.js';

export function addModelCommands(program: Command, shell: Shell): void {
  const group = program.command('model').description('register and look up models');

  leaf(group, 'register', 'register a model, or the next version of one')
    .requiredOption('-m, --model <path>', 'file or folder of the model')
    .requiredOption('-n, --name <name>', 'name of the model')
    .option('-d, --description <text>', 'description')
    .option('-t, --tag <tag>', 'tag; may be repeated', repeat)
    .action(async (flags: CommonFlags & { model: string; name: string; description?: string; tag?: string[] }) => {
      const steps = new Steps(shell, newRunId());
      const model = await steps.registerModel(flags.model, '-m', {
        name: flags.name,
        description: flags.description,
        tags: flags.tag,
      });
      shell.progress.note(
        `Successfully registered model\nId: ${model.id}\nMore information: 'slipway model show -m ${model.id}'`,
      );
      print(shell, flags, model, modelColumns);
    });

  leaf(group, 'show', 'show a model by id or name:version, or every version of a name')
    .argument('[model]', 'id, name or name:version')
    .option('-m, --model <model>', 'id, name or name:version')
    .option('-t, --tag <tag>', 'only versions with this tag')
    .action(async (named: string | undefined, flags: CommonFlags & { model?: string; tag?: string }) => {
      const ref = required('model', '-m <id, name or name:version>', flags.model, named);
      const versions = await shell.api().listModels({ name: ref, tag: flags.tag });
      if (versions.length > 0) print(shell, flags, versions, modelColumns);
      else if (flags.tag)
        throw new CliError(
          `no version of the model '${ref}' has the tag '${flags.tag}'`,
          1,
          [],
          `see its versions: slipway model show ${ref}`,
        );
      else print(shell, flags, await shell.api().getModel(ref), modelColumns);
    });

  leaf(group, 'list', 'list models, newest first')
    .option('-t, --tag <tag>', 'only those with this tag')
    .action(async (flags: CommonFlags & { tag?: string }) =>
      print(shell, flags, await shell.api().listModels({ tag: flags.tag }), modelColumns),
    );
}
