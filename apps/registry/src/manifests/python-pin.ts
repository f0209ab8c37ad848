import { parse } from 'yaml';
import { DomainError } from '#slipway/platform';

/** Oldest minor version that the scoring runtime runs on. */
const oldestMinor = 10;

/** What a conda file says about Python: one minor version, or limits for it. */
export type PythonWish = { exact: string } | { allows: (minor: number) => boolean; text: string };

const anyPython: PythonWish = { allows: () => true, text: 'python' };

/** @throws DomainError `unprocessable` for a file that is not a conda environment, `python_missing` for a Python that is too old. */
export function pythonOfConda(text: string): PythonWish {
  const line = dependenciesOf(text).find((item) => /^(?:[\w.-]+::)?python(?![\w.-])/i.test(item.trim()));
  if (line === undefined) return anyPython;
  const condition = line.trim().replace(/^(?:[\w.-]+::)?python\s*/i, '');
  if (condition === '' || condition === '=*' || condition === '*') return anyPython;
  const exact = /^(?:={1,2}|~=)?\s*(3|2)\.(\d{1,2})(?:\.[\d*]+)*(?:\s*=\S*)?$/.exec(condition);
  if (exact) return { exact: requireSupported(line, Number(exact[1]), Number(exact[2])) };
  const limits = condition.split(',').map((part) => limitOf(part.trim(), line));
  return { allows: (minor) => limits.every((limit) => limit(minor)), text: line };
}

function dependenciesOf(text: string): string[] {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 20 });
  } catch (error) {
    throw new DomainError(
      'unprocessable',
      `the conda file is not YAML: ${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'}`,
    );
  }
  const dependencies = (document as { dependencies?: unknown } | null)?.dependencies;
  if (dependencies === undefined || dependencies === null) return [];
  if (!Array.isArray(dependencies)) throw new DomainError('unprocessable', "the conda file's 'dependencies' is not a list");
  return dependencies.filter((item): item is string => typeof item === 'string');
}

function requireSupported(line: string, major: number, minor: number): string {
  if (major === 3 && minor >= oldestMinor) return `3.${minor}`;
  throw new DomainError(
    'python_missing',
    `the conda file asks for '${line}', but services run on Python 3.${oldestMinor} or newer; write python=3.${oldestMinor} or newer, or leave the version out`,
  );
}

/** A bound with a patch version keeps its minor version in: which patch there is, the interpreter decides. */
function limitOf(part: string, line: string): (minor: number) => boolean {
  const match = /^(>=|<=|>|<|!=|={1,2}|~=)\s*3(?:\.(\d{1,2}))?((?:\.[\d*]+)*)$/.exec(part);
  const four = /^<\s*4(?:\.0)*$/.test(part);
  if (four) return () => true;
  if (!match)
    throw new DomainError(
      'unprocessable',
      `the conda file's '${line}' is not understood; write one version, for example python=3.11`,
    );
  const [, operator, minorText = '0', patch = ''] = match;
  const bound = Number(minorText);
  const exactMinor = patch === '' || /^(?:\.[0*]+)+$/.test(patch);
  switch (operator) {
    case '>=':
      return (minor) => minor >= bound;
    case '>':
      return (minor) => (exactMinor ? minor > bound : minor >= bound);
    case '<=':
      return (minor) => minor <= bound;
    case '<':
      return (minor) => (exactMinor ? minor < bound : minor <= bound);
    case '!=':
      return (minor) => !exactMinor || minor !== bound;
    default:
      return (minor) => minor === bound;
  }
}

/** The newest of the machine's versions that the wish allows. @throws DomainError `python_missing` that says what to install. */
export function choosePython(wish: PythonWish, available: readonly { version: string }[]): string {
  if ('exact' in wish) return wish.exact;
  const minors = available.map(({ version }) => Number(version.split('.')[1])).filter((minor) => minor >= oldestMinor);
  const best = minors.filter(wish.allows).sort((a, b) => b - a)[0];
  if (best !== undefined) return `3.${best}`;
  const found = minors.length === 0 ? 'none' : minors.map((minor) => `3.${minor}`).join(', ');
  throw new DomainError(
    'python_missing',
    `no Python for '${wish.text}': services need 3.${oldestMinor} or newer, and those found here are: ${found}; install python3 and python3-venv, or name an interpreter in SLIPWAY_PYTHON`,
  );
}
