import { spawn } from 'node:child_process';
import { inRoot } from '../bootstrap/paths.mjs';

let building;

/**
 * Builds the programs of the test cluster, and Helm, unless the cache has them; asked again, waits for the same build.
 * @returns undefined when it is there, else why it is not.
 */
export function kubernetesBinary() {
  building ??= new Promise((resolve) => {
    const child = spawn('nice', ['-n', '10', inRoot('test/kube/build-all')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said = `${said}${text}`.slice(-4_000)));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => {
      if (code === 0) return resolve(undefined);
      if (code === 3) return resolve(said.trim());
      process.stdout.write(said);
      resolve('its build failed');
    });
  });
  return building;
}
