import { Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../core/errors.js';
import { formats } from '../core/output.js';
import type { CommonFlags } from '../core/shell.js';

/** A command with the flags that all have. */
export function leaf(parent: Command, name: string, summary: string): Command {
  return parent
    .command(name)
    .description(summary)
    .addOption(new Option('-o, --output <format>', 'format of the result (table on a terminal, json in a pipe)').choices(formats))
    .option('-v, --verbose', 'show more')
    .showSuggestionAfterError(true);
}

/** For flags that may be given several times. */
export const repeat = (value: string, previous: string[] | undefined): string[] => [...(previous ?? []), value];

export function trueOrFalse(value: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new InvalidArgumentError(`give true or false`);
}

export function integer(min: number, max: number): (value: string) => number {
  return (value) => {
    const parsed = Number(value);
    if (!/^\d+$/.test(value) || parsed < min || parsed > max)
      throw new InvalidArgumentError(`give a whole number from ${min} to ${max}`);
    return parsed;
  };
}

/** `-e K=V`, repeated. */
export function variable(value: string, previous: Record<string, string> | undefined): Record<string, string> {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(value);
  if (!match) throw new InvalidArgumentError('give NAME=VALUE; a name is letters, digits and _, not starting with a digit');
  return { ...previous, [match[1]!]: match[2]! };
}

/** `K=NAME` of a secret, repeated; an empty name takes the key away on an update. */
export function secretRef(value: string, previous: Record<string, string | null> | undefined): Record<string, string | null> {
  const match = /^([^=]+)=([A-Za-z0-9._-]*)$/.exec(value);
  if (!match) throw new InvalidArgumentError('give KEY=SECRET, where SECRET is the name of a secret');
  return { ...previous, [match[1]!]: match[2] === '' ? null : match[2]! };
}

/** The resource that a command is about: the first of the ways to name it that was used. */
export function required(what: string, ways: string, ...given: (string | undefined)[]): string {
  const named = given.find((value) => value !== undefined && value !== '');
  if (named === undefined) throw new CliError(`no ${what} was named`, 1, [], `name it: ${ways}`);
  return named;
}

/** The grammar of services' and images' names, checked before anything is sent. */
export function dnsName(what: string, name: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,30}[a-z0-9]$/.test(name) && !name.includes('..')) return name;
  throw new CliError(
    `'${name}' is not a name for ${what}`,
    1,
    [],
    'use 3 to 32 of a-z, 0-9, - and ., first and last a letter or a digit',
  );
}

/** How a command about one service names it. */
export type Named = CommonFlags & { id?: string; name?: string };

/** A command about one service: by position, `-i` or `-n`. */
export const about = (command: Command): Command =>
  command.argument('[service]', 'id or name').option('-i, --id <service>', 'id or name').option('-n, --name <name>', 'name');

export const refOf = (named: string | undefined, flags: Named): string =>
  required('service', '-i <id or name>', flags.id, flags.name, named);
