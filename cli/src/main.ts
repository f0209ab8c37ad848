import { connectApi, type SlipwayApi } from './core/api.js';
import { readProfile } from './core/profile.js';
import { Progress } from './core/progress.js';
import type { Shell } from './core/shell.js';
import { readCliEnv } from './env.js';
import { run } from './program.js';

const env = readCliEnv();
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
// A reader that closed the pipe, such as `head`, has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));

let api: SlipwayApi | undefined;
const shell: Shell = {
  env,
  cwd: process.cwd(),
  progress: new Progress(process.stderr, env.stderrIsTerminal),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupt.signal,
  api: () => (api ??= connectApi(readProfile(env))),
};
process.exitCode = await run(process.argv.slice(2), shell);
