import { spawn } from 'node:child_process';

const seconds = (start) => ((performance.now() - start) / 1_000).toFixed(1);
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 1;
  });
}

/**
 * Runs a command to its end.
 * @param show `always` lets it write to this terminal, `later` keeps its output for the caller, `both` does both.
 */
export function execute({ command: [file, ...args], cwd, env = process.env }, show = 'always') {
  return new Promise((resolve) => {
    const kept = show !== 'always';
    const child = spawn(file, args, {
      cwd,
      env: kept ? { ...env, NO_COLOR: '1' } : env,
      stdio: kept ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    running.add(child);
    let output = '';
    const take = (text) => {
      output += text;
      if (show === 'both') process.stdout.write(text);
    };
    for (const stream of kept ? [child.stdout, child.stderr] : []) stream.setEncoding('utf8').on('data', take);
    const finish = (status) => {
      running.delete(child);
      resolve({ status, output });
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, signal) => finish(code ?? signal));
  });
}

/**
 * Runs tasks side by side and shows the output of those that fail.
 * @returns names of the failed ones.
 */
export async function runTasks(tasks, width = 2) {
  const waiting = [...tasks];
  const failed = [];
  const worker = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const start = performance.now();
      const { status, output } = await execute(task, 'later');
      const mark = status === 0 ? 'ok    ' : 'FAILED';
      process.stdout.write(`${mark} ${task.name} (${seconds(start)} s)\n`);
      if (status === 0) continue;
      failed.push(task.name);
      process.stdout.write(`${output.trimEnd()}\n`);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return failed;
}
