/** `npm run check`: format, lint, walls, types and unit tests, of TypeScript and of Python. */
import { ensurePythonTools } from './tasks/python-tools.mjs';
import { runTasks } from './tasks/run.mjs';
import { quickPytestTask, staticTasks, unitTask } from './tasks/static.mjs';

await ensurePythonTools();
// The longest first, so that none is left over at the end.
const failed = await runTasks([unitTask, ...staticTasks, quickPytestTask]);
process.stdout.write(
  failed.length === 0 ? 'everything holds\n' : `failed: ${failed.join(', ')}; \`npm run fix\` mends format and simple findings\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
