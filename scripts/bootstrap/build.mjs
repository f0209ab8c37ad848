import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { run } from './packages.mjs';
import { inRoot, lockedNode, readText, root, sha256, writeAtomically } from './paths.mjs';
import { BootstrapError, say } from './say.mjs';

const stampFile = inRoot('dist/.sources.json');
/** Exists while the compiler runs: what an interrupted one left is not built upon. */
const marker = inRoot('dist/.building');
const buildInfo = inRoot('dist/.tsbuildinfo');

const listFolder = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** Folders whose files are compiled or copied. */
const sourceFolders = () => [
  ...['apps', 'libs'].flatMap((group) => listFolder(inRoot(group)).map((name) => path.join(group, name, 'src'))),
  'cli/src',
];

const isTest = (file) => file.endsWith('.spec.ts');
const isTypeScript = (file) => file.endsWith('.ts') || file.endsWith('.tsx');

/** Every source with its time and size: enough to notice each edit, checkout and pull, and read in milliseconds. */
function sources() {
  const files = {};
  for (const folder of sourceFolders().filter((name) => existsSync(inRoot(name)))) {
    for (const entry of readdirSync(inRoot(folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || isTest(entry.name)) continue;
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      const { mtimeMs, size } = statSync(file);
      files[path.relative(root, file)] = `${mtimeMs} ${size}`;
    }
  }
  return files;
}

const settingsHash = () =>
  sha256(
    ...['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'].map((name) => readText(inRoot(name)) ?? ''),
  );

export function planBuild() {
  const now = { settings: settingsHash(), files: sources() };
  const before = readText(stampFile);
  return { now, before: before === undefined ? undefined : JSON.parse(before), fresh: before === JSON.stringify(now) };
}

export async function build({ now, before }) {
  say(before ? 'building what changed' : 'building');
  if (existsSync(marker) || before?.settings !== now.settings) rmSync(buildInfo, { force: true });
  writeAtomically(marker, '');
  rmSync(stampFile, { force: true });
  for (const file of Object.keys(before?.files ?? {})) if (!(file in now.files)) removeOutput(file);
  const status = await run([lockedNode, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], root);
  // A compiler that ended by itself leaves a state that the next one can build upon, errors or not.
  if (typeof status === 'number') rmSync(marker, { force: true });
  if (status !== 0) throw new BootstrapError('the TypeScript sources do not compile; the errors are above');
  for (const file of Object.keys(now.files).filter((name) => !isTypeScript(name))) copyAsset(file);
  writeAtomically(stampFile, JSON.stringify(now));
}

function removeOutput(file) {
  const output = inRoot('dist', file);
  if (!isTypeScript(file)) return rmSync(output, { force: true });
  const base = output.replace(/\.tsx?$/, '');
  for (const ending of ['.js', '.js.map', '.d.ts']) rmSync(base + ending, { force: true });
}

function copyAsset(file) {
  const target = inRoot('dist', file);
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(inRoot(file), target);
}
