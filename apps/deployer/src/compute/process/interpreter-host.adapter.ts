import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type InterpreterHost, type InterpreterReport, isPythonName } from './interpreters.js';

const question = `import sys, os
v = sys.version_info
base = getattr(sys, "_base_executable", "") or sys.executable
print("slipway", "%d.%d" % (v[0], v[1]), os.path.realpath(base))`;

/** Interpreters of this machine: `SLIPWAY_PYTHON`, then PATH, then the usual folders. */
export class MachineInterpreters implements InterpreterHost {
  constructor(
    private readonly preferred: string | undefined,
    private readonly path: string,
  ) {}

  async candidates(): Promise<string[]> {
    const folders = [...this.path.split(delimiter).filter(Boolean), '/usr/local/bin', '/usr/bin'];
    const programs = this.preferred === undefined ? [] : [this.preferred];
    for (const folder of folders) {
      const names = await readdir(folder).catch(() => [] as string[]);
      const found = names.filter(isPythonName).sort((a, b) => minor(b) - minor(a));
      programs.push(...found.map((name) => join(folder, name)));
    }
    return uniquePrograms(programs);
  }

  /** `-I`: no variable, user site or working folder of whoever started this process changes the answer. */
  ask(program: string, uid: number | undefined): Promise<InterpreterReport | undefined> {
    // A shim needs its user's environment; another user's start must do with what a replica gets.
    const asUser = uid === undefined ? {} : { uid, gid: uid, env: { PATH: this.path, HOME: '/' } };
    return new Promise((resolve) => {
      execFile(
        program,
        ['-I', '-c', question],
        { timeout: 10_000, killSignal: 'SIGKILL', cwd: '/', ...asUser },
        (error, stdout) => {
          const match = /^slipway (3\.\d{1,2}) (\/.+)$/m.exec(error ? '' : stdout);
          resolve(match ? { version: match[1]!, executable: match[2]! } : undefined);
        },
      );
    });
  }

  now(): number {
    return performance.now();
  }
}

/** `python3` behind the versioned names: it says less. */
const minor = (name: string): number => Number(name.split('.')[1] ?? 0);

/** Names of one file are asked once. */
async function uniquePrograms(programs: string[]): Promise<string[]> {
  const seen = new Map<string, string>();
  for (const program of programs) {
    const real = await realpath(program).catch(() => program);
    // A shim is one script with many names that each start another version.
    const key = isPythonName(real) ? real : program;
    if (!seen.has(key)) seen.set(key, program);
  }
  return [...seen.values()];
}
