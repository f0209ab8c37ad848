import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inRoot, readText } from './paths.mjs';
import { BootstrapError, say } from './say.mjs';

const folder = inRoot('.cache/bootstrap.lock');
const ownerFile = `${folder}/owner`;
const limitMs = 15 * 60_000;

/** Start time of a process, which with its pid names it for ever; undefined when it has ended. */
function startOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Lets one bootstrap at a time change this folder; the lock of one that was killed is taken over. */
export async function withLock(work) {
  mkdirSync(inRoot('.cache'), { recursive: true });
  const end = Date.now() + limitMs;
  for (let told = false; !tryLock(); told = true) {
    if (!told) say('another start is installing here; waiting for it');
    if (Date.now() > end) throw new BootstrapError(`another start still holds ${folder}: end it, or remove that folder`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tryLock() {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== 'EEXIST')
      throw new BootstrapError(`this folder cannot be written (${error.message}): run once as its owner`);
    const [pid, start] = (readText(ownerFile) ?? '').split(' ');
    // Without an owner its maker is between two calls, or was killed there: the next round looks again.
    if (pid ? startOf(pid) !== start : isOld()) rmSync(folder, { recursive: true, force: true });
    return false;
  }
  writeFileSync(ownerFile, `${process.pid} ${startOf(process.pid)}`);
  return true;
}

let firstSeenEmpty;
function isOld() {
  firstSeenEmpty ??= Date.now();
  return Date.now() - firstSeenEmpty > 5_000;
}
