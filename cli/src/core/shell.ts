import type { CliEnv } from '../env.js';
import type { SlipwayApi } from './api.js';
import type { Columns, Format } from './output.js';
import { render } from './output.js';
import type { Progress } from './progress.js';

/** Flags that every command takes. */
export interface CommonFlags {
  output?: Format;
  verbose?: boolean;
}

/** What a command works with; tests hand in their own. */
export interface Shell {
  env: CliEnv;
  cwd: string;
  progress: Progress;
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  /** Ends on Ctrl-C. */
  signal: AbortSignal;
  /** Connects on first use, so that `--help` and `up` need no installation. */
  api(): SlipwayApi;
}

/** Table on a terminal and JSON in a pipe, unless told. */
export function formatOf(shell: Shell, flags: CommonFlags): Format {
  return flags.output ?? (shell.env.stdoutIsTerminal ? 'table' : 'json');
}

export function print<Row>(shell: Shell, flags: CommonFlags, value: Row | readonly Row[], columns: Columns<Row>): void {
  shell.progress.clear();
  shell.stdout.write(render(formatOf(shell, flags), value, columns));
}
