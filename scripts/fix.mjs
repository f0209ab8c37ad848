/** `npm run fix`: formats, and mends what the linters can mend by themselves. */
import { inRoot, root } from './bootstrap/paths.mjs';
import { ensurePythonTools, pythonTool } from './tasks/python-tools.mjs';
import { runTasks } from './tasks/run.mjs';

await ensurePythonTools();
const bin = (name) => inRoot('node_modules/.bin', name);
const runtime = inRoot('runtimes/python');
// One after the other: each may change what the next one reads.
const failed = await runTasks(
  [
    { name: 'lint', command: [bin('oxlint'), '--type-aware', '--fix'], cwd: root },
    { name: 'format', command: [bin('prettier'), '--write', '--log-level', 'warn', '.'], cwd: root },
    { name: 'ruff', command: [pythonTool('ruff'), 'check', '--quiet', '--fix', '.'], cwd: runtime },
    { name: 'ruff format', command: [pythonTool('ruff'), 'format', '--quiet', '.'], cwd: runtime },
  ],
  1,
);
process.exitCode = failed.length === 0 ? 0 : 1;
