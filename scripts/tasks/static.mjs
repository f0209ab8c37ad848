import { inRoot, root } from '../bootstrap/paths.mjs';
import { pythonTool } from './python-tools.mjs';

const bin = (name) => inRoot('node_modules/.bin', name);
const runtime = inRoot('runtimes/python');
const runtimeEnv = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };

/** What is true of the sources without running them; each is one check. */
export const staticTasks = [
  {
    name: 'format',
    command: [bin('prettier'), '--check', '--log-level', 'warn', '--cache', '--cache-location', '.cache/prettier', '.'],
    cwd: root,
  },
  { name: 'lint', command: [bin('oxlint'), '--type-aware'], cwd: root },
  {
    name: 'walls',
    command: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'apps', 'libs', 'cli', 'test'],
    cwd: root,
  },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.check.json'], cwd: root },
  { name: 'generated files', command: [bin('node'), 'scripts/gen.mjs', '--check'], cwd: root },
  {
    name: 'migrations',
    command: [bin('node'), '--disable-warning=DeprecationWarning', 'scripts/db-generate.mjs', '--check'],
    cwd: root,
  },
  { name: 'ruff', command: [pythonTool('ruff'), 'check', '--quiet', '.'], cwd: runtime, env: runtimeEnv },
  { name: 'ruff format', command: [pythonTool('ruff'), 'format', '--check', '--quiet', '.'], cwd: runtime, env: runtimeEnv },
  { name: 'mypy', command: [pythonTool('mypy'), '--no-error-summary'], cwd: runtime, env: runtimeEnv },
];

export const unitTask = {
  name: 'unit',
  command: [bin('vitest'), 'run', '--project', 'unit', '--project', 'unit-alone', '--reporter=dot'],
  cwd: root,
};
const pytest = [pythonTool('python'), '-m', 'pytest', '-q'];
/** Those of `tests/serving` start a server each, so that they are no part of the quick check. */
export const quickPytestTask = { name: 'pytest', command: [...pytest, '--ignore=tests/serving'], cwd: runtime, env: runtimeEnv };
export const pytestTask = { name: 'pytest', command: pytest, cwd: runtime, env: runtimeEnv };
