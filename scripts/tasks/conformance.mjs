import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot, root } from '../bootstrap/paths.mjs';
import { execute } from './run.mjs';
import { pythonTool } from './python-tools.mjs';

const main = inRoot('dist/cli/src/main.js');

/** Plays the conformance cases through the command line against a Slipway in a home of its own. */
export async function runConformance() {
  const home = mkdtempSync(path.join(tmpdir(), 'slipway-conformance-'));
  const { SLIPWAY_URL: _url, SLIPWAY_TOKEN: _token, ...inherited } = process.env;
  const env = { ...inherited, SLIPWAY_HOME: home };
  const slipway = (...args) => execute({ command: [process.execPath, main, ...args], cwd: root, env });
  try {
    const { status } = await slipway('up', '--detach');
    if (status !== 0) return { status };
    const command = [
      pythonTool('python'),
      '-u',
      inRoot('test/conformance/run_cases.py'),
      ...[
        '--cli',
        `${process.execPath} ${main}`,
        '--python',
        pythonTool('python'),
        '--pythonpath',
        inRoot('runtimes/python/src'),
      ],
    ];
    return await playCases({ command, cwd: inRoot('test/conformance'), env });
  } finally {
    await slipway('down');
    const { removeFolder } = await import(inRoot('dist/libs/testing/src/index.js'));
    removeFolder(home);
  }
}

async function playCases(task) {
  const { status, output } = await execute(task, 'both');
  const line = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output.trimEnd());
  return {
    status,
    counts: line ? { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) } : undefined,
  };
}
