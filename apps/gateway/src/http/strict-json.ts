import { DomainError } from '#slipway/platform';

const maxDepth = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads JSON that means one thing to every reader (RFC 8259, I-JSON RFC 7493): UTF-8 without a mark, each name once in
 * an object, whole characters only, and no name or nesting that only an attack has.
 * @throws DomainError `bad_request`
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // What follows repeats a part of the body.
    const [why] = (cause as Error).message.split(/, (?:"|\.\.\.)/, 1);
    throw refusal(why ?? '');
  }
  requirePlain(text);
  return value;
}

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw refusal('it is not UTF-8');
  }
  if (text.startsWith('\ufeff')) throw refusal('it begins with a byte order mark');
  return text;
}

/** Walks over JSON that is known to be well-formed. */
function requirePlain(text: string): void {
  /** Names of each open object, undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined);
      if (open.length > maxDepth) throw refusal(`it is nested deeper than ${maxDepth} levels`);
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === '"') {
      const end = endOfString(text, at);
      const string = stringOf(text.slice(at, end));
      if (isName(text, end)) noteName(open.at(-1)!, string);
      at = end - 1;
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function stringOf(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  const string = JSON.parse(token) as string;
  // PostgreSQL keeps neither.
  if (!string.isWellFormed()) throw refusal('a text holds half of a character (an unpaired surrogate)');
  if (string.includes('\0')) throw refusal('a text holds the character U+0000');
  return string;
}

function isName(text: string, after: number): boolean {
  let at = after;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at += 1;
  return text[at] === ':';
}

function noteName(names: Set<string>, name: string): void {
  if (name === '__proto__') throw refusal("it has the name '__proto__'");
  if (names.has(name)) throw refusal(`it has the name '${name.slice(0, 80)}' twice in one object`);
  names.add(name);
}

const refusal = (why: string): DomainError => new DomainError('bad_request', `the body is not JSON that can be taken: ${why}`);
