import { join } from 'node:path';
import { z } from 'zod';
import type { BuildContext } from '../builds/build-context.js';
import { runStep } from '../tools/child-process.adapter.js';
import { PythonFinder } from '../tools/python-finder.adapter.js';
import type { ScriptImports } from './import-check.js';

const Answer = z.object({
  error: z.object({ file: z.string(), line: z.int(), message: z.string() }).nullable(),
  imports: z.array(z.object({ file: z.string(), line: z.int(), name: z.string(), certain: z.boolean() })),
  indirect: z.boolean(),
});

const maxSeconds = 60;

/** Reads Python sources with the image's version of Python, isolated, without running them. */
export class PythonSource {
  constructor(
    private readonly pythons: PythonFinder,
    private readonly helpers: string,
  ) {}

  /** @param folder holds what lies at `/app` */
  async readImports(folder: string, context: BuildContext): Promise<ScriptImports> {
    const { entry, python } = context.manifest;
    const { status, stdout, stderr } = await runStep({
      program: await this.pythons.find(python),
      args: ['-I', '-S', '-B', join(this.helpers, 'read_imports.py')],
      cwd: context.folder,
      env: { LANG: 'C.UTF-8' },
      input: JSON.stringify({ root: folder, entry }),
      timeoutMs: Math.min(context.timeoutMs, maxSeconds * 1000),
      signal: context.signal,
      folder: context.folder,
    });
    // A source that brings the parser down says nothing about its imports; the start of the service will judge it.
    if (status !== 0) {
      context.say(`warning: ${entry} could not be checked: ${stderr.trim().split('\n').at(-1) ?? ''}`);
      return { error: null, imports: [], indirect: true };
    }
    return Answer.parse(JSON.parse(stdout));
  }
}
