import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { secretColumns } from '../core/columns.js';
import { CliError } from '../core/errors.js';
import { type CommonFlags, print, type Shell } from '../core/shell.js';
import { newRunId } from '../core/steps.js';
import { leaf } from './common.js';

export function addSecretCommands(program: Command, shell: Shell): void {
  const group = program.command('secret').description('values that services get and nobody sees again');

  leaf(group, 'set', 'make a secret or give it another value')
    .argument('<name>', 'letters, digits, -, _ and .')
    .argument('[value]', 'the value, or - to read it from the standard input, which no history keeps')
    .option('--from-file <path>', 'the text of this file')
    .option('--roll', 'roll the services that use it now; otherwise they get it with their next update')
    .action(async (name: string, given: string | undefined, flags: CommonFlags & { fromFile?: string; roll?: boolean }) => {
      const value = valueOf(shell, name, given, flags.fromFile);
      const { secret, rolled } = await shell.api().secrets.set(name, value, flags.roll ?? false, newRunId());
      for (const { service, operationId } of rolled) {
        shell.progress.step(`rolling ${service}`);
        await shell.api().waitFor(operationId, shell.signal, (text) => shell.progress.step(`${service}: ${text}`), newRunId());
      }
      if (rolled.length > 0) shell.progress.note(`Rolled: ${rolled.map(({ service }) => service).join(', ')}`);
      print(shell, flags, secret, secretColumns);
    });

  leaf(group, 'list', 'list names of secrets').action(async (flags: CommonFlags) =>
    print(shell, flags, await shell.api().secrets.list(), secretColumns),
  );

  leaf(group, 'delete', 'delete a secret that no service uses')
    .argument('<name>', 'name of the secret')
    .action(async (name: string) => {
      const deleted = await shell.api().secrets.delete(name, newRunId());
      shell.progress.note(deleted ? `Successfully deleted secret: ${name}` : `Secret to delete ${name} not found.`);
    });
}

function valueOf(shell: Shell, name: string, given: string | undefined, file: string | undefined): string {
  if ((given === undefined) === (file === undefined))
    throw new CliError(
      `secret ${name} needs one value`,
      1,
      [],
      `give VALUE, - or --from-file PATH: slipway secret set ${name} -`,
    );
  if (file === undefined && given !== '-') return given!;
  const source = file === undefined ? 0 : resolve(shell.cwd, file);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(source));
    // A line that was typed or echoed ends with a newline that nobody means.
    return file === undefined ? text.replace(/\r?\n$/, '') : text;
  } catch (error) {
    const what = file === undefined ? 'the standard input' : `--from-file ${file}`;
    const isText = (error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA';
    throw isText
      ? new CliError(`${what} cannot be read`, 1, [], 'check the path and its rights')
      : new CliError(`${what} is not UTF-8 text`, 1, [], 'encode it, for example with base64, and decode it in the script');
  }
}
