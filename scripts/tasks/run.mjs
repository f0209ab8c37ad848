import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';

const seconds = (start) => ((performance.now() - start) / 1_000).toFixed(1);
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 1;
  });
}

const label = new AsyncLocalStorage();

/** Whatever `work` runs writes its lines behind this name, so that suites side by side can be told apart. */
export const labelled = (name, work) => label.run(name, work);

/** Writes whole lines behind the label; a last line without an end comes with the end of its stream. */
function lineWriter(name) {
  let open = '';
  return {
    write(text) {
      const lines = `${open}${text}`.split('\n');
      open = lines.pop();
      for (const line of lines) process.stdout.write(`${name.padEnd(11)} │ ${line}\n`);
    },
    end() {
      if (open !== '') this.write('\n');
    },
  };
}

/** Writes to this terminal, behind the label of the suite that is running. */
export function print(text) {
  const name = label.getStore();
  if (name === undefined) process.stdout.write(text);
  else lineWriter(name).write(text);
}

/**
 * Runs a command to its end.
 * @param show `always` lets it write to this terminal, `later` keeps its output for the caller, `both` does both.
 */
export function execute({ command: [file, ...args], cwd, env = process.env }, show = 'always') {
  return new Promise((resolve) => {
    const name = label.getStore();
    const piped = show !== 'always' || name !== undefined;
    const child = spawn(file, args, {
      cwd,
      env: piped ? { ...env, NO_COLOR: '1' } : env,
      stdio: piped ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    running.add(child);
    let output = '';
    for (const stream of piped ? [child.stdout, child.stderr] : []) {
      const terminal =
        name === undefined ? { write: (text) => process.stdout.write(text), end: () => undefined } : lineWriter(name);
      stream.setEncoding('utf8').on('data', (text) => {
        if (show !== 'always') output += text;
        if (show !== 'later') terminal.write(text);
      });
      stream.on('end', () => terminal.end());
    }
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
      print(`${mark} ${task.name} (${seconds(start)} s)\n`);
      if (status === 0) continue;
      failed.push(task.name);
      print(`${output.trimEnd()}\n`);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return failed;
}
