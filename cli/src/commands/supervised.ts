import { CliError } from '../core/errors.js';
import type { Shell } from '../core/shell.js';

/** The supervisor is loaded only when a command needs it. */
export const supervisor = async () => import('#slipway/supervisor');

export const tell = (shell: Shell) => (progress: { part: string; message: string }) =>
  shell.progress.step(`${progress.part}: ${progress.message}`);

/** What a user can mend; anything else that the supervisor says is ours. */
const usersMistakes = new Set([
  'already_running',
  'home_unusable',
  'port_taken',
  'disk_full',
  'program_missing',
  'not_running',
  'unsupported_user',
  'interrupted',
  'setting_wrong',
  'database_unusable',
]);
const nextSteps: Readonly<Record<string, string>> = {
  already_running: 'use it, or stop it first: slipway down',
  port_taken: 'end that program, or choose another port: slipway up --port <port>',
  disk_full: 'free some space and repeat the command',
  home_unusable: 'set SLIPWAY_HOME to a folder that you may write to',
  not_running: 'start it: slipway up',
  not_built: 'npm run build',
  setting_wrong: 'set it and repeat the command',
  database_unusable: 'see that it runs, and that this user owns the database and may make roles',
  program_missing: 'install it and repeat the command',
};

/** Turns what the supervisor says into a message with its exit code and what to do. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  const { SetupError } = await supervisor();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new CliError(
      error.message,
      usersMistakes.has(error.code) ? 1 : 2,
      [],
      nextSteps[error.code] ?? 'see the logs of the parts in the folder logs of the home',
    );
  }
}
