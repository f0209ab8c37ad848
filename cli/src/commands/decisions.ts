import type { Command } from 'commander';
import type { ScalingDecision } from '#slipway/client';
import { plain } from '../core/errors.js';
import type { Shell } from '../core/shell.js';
import { about, integer, leaf, type Named, refOf } from './common.js';

/** `slipway service decisions`: why a service has as many replicas as it has. */
export function addDecisions(group: Command, shell: Shell): void {
  about(leaf(group, 'decisions', 'show what the autoscaler of a service decided, and why'))
    .option('-l, --last <n>', 'newest decisions to show', integer(1, 1000), 50)
    .option('-f, --follow', 'go on with new decisions until Ctrl-C')
    .action(async (named: string | undefined, flags: Named & { last: number; follow?: boolean }) => {
      const ref = refOf(named, flags);
      const asJson = flags.output === 'json' || flags.output === 'jsonc';
      const write = (decision: ScalingDecision): void =>
        void shell.stdout.write(`${asJson ? JSON.stringify(decision) : plain(inWords(decision))}\n`);
      const known = await shell.api().decisions(ref, flags.last);
      for (const decision of known) write(decision);
      if (!flags.follow) return;
      for await (const decision of shell.api().followDecisions(ref, known.at(-1)?.id, shell.signal)) write(decision);
    });
}

/** `2026-11-27 12:03:11 2 -> 5: 5 busy + 4 queued …`, in UTC. */
export function inWords({ createdAt, from, to, reason }: ScalingDecision): string {
  const time = createdAt.slice(0, 19).replace('T', ' ');
  return from === to ? `${time} ${to}: ${reason}` : `${time} ${from} -> ${to}: ${reason}`;
}
