import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLSeq } from 'yaml';
import { DomainError } from '#slipway/platform';
import { notFromPypi, pypiNames } from './conda-names.js';
import { readPipLine } from './pip-requirements.js';
import { isProvidedByRuntime, normalName, type Place, refuse, type Requirement, type Requirements } from './requirement.js';

const file = 'the conda file';
const packageName = /^(?:(?<channel>[A-Za-z0-9_./-]+)::)?(?<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(?<rest>.*)$/;
const version = String.raw`[A-Za-z0-9][A-Za-z0-9.+!_-]*(?:\.?\*)?`;
const fuzzy = new RegExp(`^=\\s*(${version})(?:=(.+))?$`);
const spaced = new RegExp(`^(${version})(?:\\s+\\S+)?$`);
const compared = new RegExp(`^(===?|~=|!=|<=|>=|<|>|=)\\s*(${version})$`);

/**
 * Reads the Python packages out of a Conda environment file: its `pip` list, and its Conda packages under their PyPI names.
 * @throws DomainError `bad_request`
 */
export function parseCondaEnvironment(text: string): Requirements {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: unknown): number => lines.linePos((node as Node | null)?.range?.[0] ?? 0).line;
  const [problem] = document.errors;
  if (problem) {
    throw new DomainError('bad_request', `${file}, line ${lines.linePos(problem.pos[0]).line}: is not YAML: ${problem.message}`);
  }
  const result: Requirements = { requirements: [], notes: [] };
  const root = document.contents;
  if (root === null) return result;
  if (!isMap(root)) throw new DomainError('bad_request', `${file}: the top level is not a mapping with a dependencies list`);
  if (root.has('channels')) result.notes.push(`${file}: channels are not used, packages come from the Python package index`);
  const dependencies = root.get('dependencies', true) as unknown;
  if (dependencies === undefined || (isScalar(dependencies) && dependencies.value === null)) {
    result.notes.push(`${file}: has no dependencies`);
    return result;
  }
  if (!isSeq(dependencies)) throw new DomainError('bad_request', `${file}: dependencies is not a list`);
  for (const item of dependencies.items) {
    const place = { file, line: lineOf(item) };
    if (isMap(item)) readPipList(item.get('pip', true), lineOf, place, result);
    else {
      const read = readCondaPackage(textOf(item, place), place, result.notes);
      if (read) result.requirements.push(read);
    }
  }
  return result;
}

function readPipList(list: unknown, lineOf: (node: unknown) => number, place: Place, result: Requirements): void {
  if (isScalar(list) && list.value === null) return;
  if (!isSeq(list)) throw new DomainError('bad_request', `${file}, line ${place.line}: only a pip list may stand here`);
  for (const item of (list as YAMLSeq).items) {
    const at = { file, line: lineOf(item) };
    const read = readPipLine(textOf(item, at), at, result.notes);
    if (read) result.requirements.push(read);
  }
}

function textOf(item: unknown, place: Place): string {
  const value: unknown = isScalar(item) ? item.value : undefined;
  if (typeof value === 'string') return value.trim();
  throw new DomainError('bad_request', `${file}, line ${place.line}: a dependency is a text such as numpy=1.26`);
}

/** `name`, `name=1.2`, `name==1.2.3`, `name>=1,<2`, `name=1.2=build`, `name 1.2 build`, `channel::name`. */
export function readCondaPackage(text: string, place: Place, notes: string[]): Requirement | undefined {
  const groups = packageName.exec(text)?.groups;
  const conda = groups?.['name']?.toLowerCase();
  if (!groups || conda === undefined)
    throw refuse(place, text, 'is not a package; write a name and a version, such as numpy=1.26');
  const say = (what: string): number => notes.push(`${file}, line ${place.line}: ${what}`);
  if (notFromPypi.has(conda)) {
    if (conda !== 'python' && conda !== 'pip') say(`${conda} is left out, it is not a package of the Python package index`);
    return undefined;
  }
  if (/^(?:r-|_r-)/.test(conda) || conda === 'r') throw refuse(place, text, 'is an R package; images hold Python packages only');
  const pypi = pypiNames[conda] ?? conda;
  if (!/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/.test(pypi)) {
    say(`${conda} is left out, it is not a package of the Python package index`);
    return undefined;
  }
  const name = normalName(pypi);
  if (isProvidedByRuntime(name)) {
    say(`${name} is left out, the runtime provides azureml`);
    return undefined;
  }
  const requirement = `${pypi}${versionsOf(groups['rest']!.trim(), text, place)}`;
  say(`the Conda package ${JSON.stringify(text)} is taken from the Python package index as ${requirement}`);
  return { name, text: requirement };
}

function versionsOf(rest: string, text: string, place: Place): string {
  if (rest === '' || rest === '*') return '';
  if (rest.includes('|')) throw refuse(place, text, 'names alternatives; name one version, such as numpy=1.26');
  if (rest.startsWith('[')) throw refuse(place, text, 'has a bracket; name the version plainly, such as numpy=1.26');
  const one = fuzzy.exec(rest);
  if (one?.[1]) return one[2] === undefined ? prefixed(one[1]) : exact(one[1]);
  const plain = spaced.exec(rest);
  if (plain?.[1]) return exact(plain[1]);
  // A build string may follow an exact version.
  const parts = rest.replace(/^(==\s*[^=,\s]+)=[^=,\s]+$/, '$1').split(',');
  const versions = parts.map((part) => {
    const match = compared.exec(part.trim());
    if (!match?.[1] || !match[2])
      throw refuse(place, text, 'has a version that cannot be read; write it as numpy=1.26 or numpy>=1.26,<3');
    return match[1] === '='
      ? prefixed(match[2])
      : match[1].length >= 2 && /[=!]=/.test(match[1])
        ? `${match[1]}${dotted(match[2])}`
        : `${match[1]}${match[2].replace(/\.?\*$/, '')}`;
  });
  return versions.join(',');
}

/** Conda's `1.2*` is `1.2.*` here. */
const dotted = (text: string): string => text.replace(/\.?\*$/, '.*');
const exact = (text: string): string => `==${dotted(text)}`;
/** Conda's `=1.2` means any 1.2. */
const prefixed = (text: string): string => (text.endsWith('*') ? exact(text) : `==${text}.*`);
