import type { Command } from 'commander';
import { plain } from '../core/errors.js';
import type { CommonFlags, Shell } from '../core/shell.js';
import { integer, leaf } from './common.js';

export function addEventCommands(program: Command, shell: Shell): void {
  const group = program.command('events').description('what happened, as it happens');

  leaf(group, 'tail', 'show events of the account until Ctrl-C')
    .option('--after <position>', 'start after this position; default: only new ones', integer(0, Number.MAX_SAFE_INTEGER))
    .option('--max <n>', 'end after this many events', integer(1, 1_000_000))
    .action(async (flags: CommonFlags & { after?: number; max?: number }) => {
      let left = flags.max ?? Infinity;
      for await (const { position, event } of shell.api().events(flags.after, shell.signal)) {
        const name = event.type.replace(/^io\.slipway\./, '');
        shell.stdout.write(
          flags.output === 'table' || (flags.output === undefined && shell.env.stdoutIsTerminal)
            ? `${plain(`${position}  ${event.time}  ${name.padEnd(24)} ${event.subject}  ${event.actor}  ${JSON.stringify(event.data)}`)}\n`
            : `${JSON.stringify({ position, event })}\n`,
        );
        left -= 1;
        if (left <= 0) return;
      }
    });
}
