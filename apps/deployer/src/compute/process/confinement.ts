import { access, constants } from 'node:fs/promises';

/** Processes and threads that all replicas of one service may have together. */
const maxProcesses = 4_096;

const tools = { setpriv: '/usr/bin/setpriv', prlimit: '/usr/bin/prlimit' };

/**
 * Words before the interpreter that take from a replica of a user of its own what it never needs: programs that raise
 * rights, core files, processes without end. Only tools that the machine has; every one starts the next in its place.
 */
export async function confinement(uid: number | undefined): Promise<string[]> {
  if (uid === undefined) return [];
  const words: string[] = [];
  if (await isThere(tools.setpriv)) words.push(tools.setpriv, '--no-new-privs');
  if (await isThere(tools.prlimit)) words.push(tools.prlimit, `--nproc=${maxProcesses}:${maxProcesses}`, '--core=0:0');
  return words;
}

async function isThere(program: string): Promise<boolean> {
  return access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
}
