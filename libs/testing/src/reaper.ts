import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Reads `<pid> <folder>` lines until its input ends, which happens however its parent ends, SIGKILL included. Then it kills each
 * process whose command line still names the folder, and removes the folder.
 */
const script = `
list=
while read -r pid folder; do list="$list $pid:$folder"; done
for entry in $list; do
  pid=\${entry%%:*}; folder=\${entry#*:}
  [ "$pid" != 0 ] && grep -qsaF -- "$folder" "/proc/$pid/cmdline" && kill -9 "$pid"
done
sleep 0.2
for entry in $list; do chmod -R u+w "\${entry#*:}"; rm -rf -- "\${entry#*:}"; done`;

let reaper: ChildProcess | undefined;

function tell(pid: number, folder: string): void {
  if (!reaper) {
    reaper = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
    reaper.unref();
    (reaper.stdin as unknown as { unref(): void }).unref();
  }
  reaper.stdin?.write(`${pid} ${folder}\n`);
}

/** A folder that is removed when this process ends, however it ends. Other users may pass through it. */
export function temporaryFolder(purpose: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `slipway-test-${purpose}-`));
  chmodSync(folder, 0o711);
  tell(0, folder);
  return folder;
}

/** Kills the process, whose command line must name the folder, when this process ends, however it ends. */
export function reapAtExit(pid: number, folder: string): void {
  tell(pid, folder);
}

/**
 * Runs a command when this process ends, however it ends, and then removes a folder. Its own process may outlive this one by as
 * long as the command takes.
 */
export function runAtExit(command: readonly string[], env: Readonly<Record<string, string>>, folder: string): void {
  const child = spawn('/bin/sh', ['-c', 'cat >/dev/null; "$@"; chmod -R u+w "$FOLDER"; rm -rf -- "$FOLDER"', 'sh', ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { ...env, FOLDER: folder, PATH: '/usr/bin:/bin' },
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
}

/** Removes a folder; what Slipway unpacked below it is read-only, which stops an ordinary user. */
export function removeFolder(folder: string): void {
  spawnSync('chmod', ['-R', 'u+w', folder], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
