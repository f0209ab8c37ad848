import {
  isProvidedByRuntime,
  normalName,
  type Place,
  quote,
  refuse,
  type Requirement,
  type Requirements,
} from './requirement.js';

const name = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`;
const clause = String.raw`(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9][A-Za-z0-9.*+!_-]*`;
const clauses = String.raw`${clause}(?:\s*,\s*${clause})*\s*,?`;
/** PEP 508 without direct references: name, extras, versions, marker. */
const requirement = new RegExp(
  String.raw`^(${name})\s*(\[\s*(?:${name}(?:\s*,\s*${name})*)?\s*\])?\s*(${clauses}|\(\s*${clauses}\s*\))?\s*(?:;\s*(.+))?$`,
);
const markerToken =
  /\s*(?:\(|\)|(?:and|or|not|in|python_version|python_full_version|os_name|sys_platform|platform_release|platform_system|platform_version|platform_machine|platform_python_implementation|implementation_name|implementation_version|extra)\b|===|==|~=|!=|<=|>=|<|>|'[^'\\]*'|"[^"\\]*")\s*/y;
const hashOption = /\s+--hash[= ]sha(?:256|384|512):[0-9a-f]{64,128}(?=\s|$)/g;

const indexAdvice =
  'is not allowed: packages come from the indexes that the operator set (UV_DEFAULT_INDEX, UV_INDEX or pip.conf); remove the line';
const ownCodeAdvice = 'is not allowed: name a package of an index, or pass your own code with --dependency';

/** Options that would bring packages from elsewhere, or change what is installed. */
const refusedOptions: readonly [RegExp, string][] = [
  [/^(?:-i|--index-url|--extra-index-url|--pypi-url|-f|--find-links|--no-index|--trusted-host)(?![a-z-])/, indexAdvice],
  [/^(?:-r|--requirement)(?![a-z-])/, 'is not allowed: write the lines of that file here'],
  [/^(?:-c|--constraint)(?![a-z-])/, 'is not allowed: write the versions of that file here'],
  [/^(?:-e|--editable)(?![a-z-])/, ownCodeAdvice],
];
const ignoredOption = /^--(?:prefer-binary|only-binary|require-hashes)(?![a-z-])/;

/** Reads pip's requirements format as far as it names packages of an index. @throws DomainError `bad_request` */
export function parsePipRequirements(text: string, file = 'the pip requirements'): Requirements {
  const result: Requirements = { requirements: [], notes: [] };
  for (const { content, line } of logicalLines(text)) {
    const read = readPipLine(content, { file, line }, result.notes);
    if (read) result.requirements.push(read);
  }
  return result;
}

/** One line without its comment; undefined when it asks for nothing. */
export function readPipLine(line: string, place: Place, notes: string[]): Requirement | undefined {
  const text = line.replace(/(?:^|\s)#.*$/, '').trim();
  if (text === '') return undefined;
  if (text.startsWith('-')) return readOption(text, place, notes);
  refuseOtherSources(text, place);
  const match = requirement.exec(text.replace(hashOption, '').trim());
  if (!match?.[1] || (match[4] !== undefined && !isMarker(match[4]))) {
    throw refuse(place, text, 'is not a requirement; write a package name and versions, such as numpy>=1.26,<3');
  }
  const normal = normalName(match[1]);
  if (isProvidedByRuntime(normal)) {
    notes.push(`${place.file}, line ${place.line}: ${normal} is left out, the runtime provides azureml`);
    return undefined;
  }
  return { name: normal, text };
}

function readOption(text: string, place: Place, notes: string[]): undefined {
  for (const [option, why] of refusedOptions) if (option.test(text)) throw refuse(place, text, why);
  if (!ignoredOption.test(text)) throw refuse(place, text, 'is an option that is not supported; remove the line');
  notes.push(`${place.file}, line ${place.line}: ${quote(text)} is not needed: only wheels are installed, by their hashes`);
}

function refuseOtherSources(text: string, place: Place): void {
  if (/^(?:git|hg|svn|bzr)\+|\s@\s*(?:git|hg|svn|bzr)\+/i.test(text)) {
    throw refuse(place, text, 'is not allowed: packages are not taken from version control; name a package of an index');
  }
  if (/@\s*[a-z][a-z0-9+.-]*:|^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw refuse(place, text, ownCodeAdvice);
  if (/^file:/i.test(text) || /^[./~]|^[A-Za-z]:[\\/]|\\/.test(text) || /\.(?:whl|zip|tar\.gz|tgz|egg)$/i.test(text)) {
    throw refuse(place, text, ownCodeAdvice);
  }
}

function isMarker(text: string): boolean {
  markerToken.lastIndex = 0;
  while (markerToken.lastIndex < text.length) if (!markerToken.test(text)) return false;
  return true;
}

/** Lines with `\` at their end joined to the next one; the number is that of the first. */
function* logicalLines(text: string): Generator<{ content: string; line: number }> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  let content = '';
  let start = 0;
  for (const [at, line] of lines.entries()) {
    if (content === '') start = at;
    const goesOn = line.endsWith('\\') && !/^\s*#/.test(line);
    content += goesOn ? `${line.slice(0, -1)} ` : line;
    if (goesOn) continue;
    yield { content, line: start + 1 };
    content = '';
  }
  if (content !== '') yield { content, line: start + 1 };
}
