import type { Manifest } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';
import { packageFor } from './well-known-modules.js';

/** What the script and its own modules import that is neither Python's nor theirs. */
export interface ScriptImports {
  /** The script, or a module that it certainly imports, is not Python. */
  error: { file: string; line: number; message: string } | null;
  imports: { file: string; line: number; name: string; certain: boolean }[];
  /** The script changes how modules are found, so that a missing one is only a guess. */
  indirect: boolean;
}

/** @throws DomainError `unprocessable` with the place of a syntax error */
export function requireSyntax({ error }: ScriptImports, manifest: Pick<Manifest, 'python'>): void {
  if (!error) return;
  throw new DomainError(
    'unprocessable',
    `${error.file}:${error.line} is not valid Python ${manifest.python}: ${error.message}; correct the script and create the manifest again`,
  );
}

/**
 * Checks imports against what the image will hold. Only what the script cannot do without is an error: an import that is guarded,
 * conditional or in a function may never run.
 * @returns warnings for the build log
 * @throws DomainError `missing_import`
 */
export function checkImports(found: ScriptImports, provided: readonly string[], manifest: Pick<Manifest, 'models'>): string[] {
  const known = new Set([...provided, ...manifest.models.map(({ path }) => path.split('/')[0]!.replace(/\.\w+$/, ''))]);
  const missing = found.imports.filter(({ name }) => !known.has(name));
  const unsure = found.indirect || manifest.models.some(({ path }) => /\.(?:py|zip|egg|whl)$/.test(path));
  const [first, ...rest] = unsure ? [] : missing.filter(({ certain }) => certain);
  if (first)
    throw new DomainError(
      'missing_import',
      sentence(first),
      [...new Set(rest.map(sentence))].slice(0, 20).map((message) => ({ code: 'missing_import', message })),
    );
  return [...new Set(missing.map((each) => `warning: ${sentence(each)}`))];
}

function sentence({ file, line, name }: ScriptImports['imports'][number]): string {
  return `${file}:${line} imports ${name}, not in your dependencies; add ${packageFor(name)}`;
}
