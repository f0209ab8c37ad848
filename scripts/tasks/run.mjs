import { spawn } from 'node:child_process';

const seconds = (start) => ((performance.now() - start) / 1_000).toFixed(1);
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 1;
  });
}

/** Runs a command to its end. `quiet` keeps its output for the caller. */
export function execute({ command: [file, ...args], cwd, env = process.env }, quiet) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: quiet ? { ...env, NO_COLOR: '1' } : env,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    running.add(child);
    let output = '';
    for (const stream of quiet ? [child.stdout, child.stderr] : [])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
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
      const { status, output } = await execute(task, true);
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
