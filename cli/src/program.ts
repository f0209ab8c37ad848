import { Command, CommanderError } from 'commander';
import { addEnvCommands } from './commands/env.js';
import { addEventCommands } from './commands/events.js';
import { addImageCommands } from './commands/image.js';
import { addManifestCommands } from './commands/manifest.js';
import { addModelCommands } from './commands/model.js';
import { addPlatformCommands } from './commands/platform.js';
import { addSecretCommands } from './commands/secret.js';
import { addServiceCommands } from './commands/service.js';
import { CliError, renderError } from './core/errors.js';
import type { Shell } from './core/shell.js';

export function buildProgram(shell: Shell): Command {
  const program = new Command('slipway')
    .description('From a trained model to a scored service.')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void shell.stdout.write(text), writeErr: () => undefined });
  addPlatformCommands(program, shell);
  addModelCommands(program, shell);
  addManifestCommands(program, shell);
  addImageCommands(program, shell);
  addServiceCommands(program, shell);
  addEnvCommands(program, shell);
  addSecretCommands(program, shell);
  addEventCommands(program, shell);
  inheritExit(program);
  return program;
}

/** Commander copies these settings only to commands that are made after they were set. */
function inheritExit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().configureOutput(command.configureOutput());
    inheritExit(child);
  }
}

/** The word `realtime` directly after a service verb is the original's and means nothing here. */
export function dropRealtime(args: readonly string[]): string[] {
  return args[0] === 'service' && args[2] === 'realtime' ? [...args.slice(0, 2), ...args.slice(3)] : [...args];
}

/** Runs one command line and returns its exit code: 0 done, 1 the user's mistake, 2 ours, 3 it goes on. */
export async function run(args: readonly string[], shell: Shell): Promise<number> {
  try {
    await buildProgram(shell).parseAsync(dropRealtime(args), { from: 'user' });
    shell.progress.clear();
    return 0;
  } catch (error) {
    shell.progress.clear();
    if (error instanceof CommanderError) return commandLineMistake(error, args, shell);
    if (shell.signal.aborted) return 130;
    const known =
      error instanceof CliError
        ? error
        : new CliError(
            `unexpected: ${error instanceof Error ? error.message : String(error)}`,
            2,
            [],
            'repeat the command; if it fails again, report it with the line above',
          );
    shell.stderr.write(renderError(known));
    return known.exitCode;
  }
}

function commandLineMistake(error: CommanderError, args: readonly string[], shell: Shell): number {
  if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode;
  const words = dropRealtime(args)
    .filter((word) => !word.startsWith('-'))
    .slice(0, 2)
    .join(' ');
  shell.stderr.write(
    renderError(
      new CliError(error.message.replace(/^error: /, '').replace(/\n/g, ' '), 1, [], `see the flags: slipway ${words} --help`),
    ),
  );
  return 1;
}
