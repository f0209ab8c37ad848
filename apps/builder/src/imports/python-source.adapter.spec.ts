import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildContext } from '../builds/build-context.js';
import { helperFolder, readToolEnvironment } from '../env.js';
import { PythonFinder } from '../tools/python-finder.adapter.js';
import type { ScriptImports } from './import-check.js';
import { PythonSource } from './python-source.adapter.js';

const python = execFileSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }).trim();

describe(PythonSource.name, () => {
  let folder: string;
  const said: string[] = [];
  const source = new PythonSource(new PythonFinder(undefined, readToolEnvironment()['PATH'] ?? ''), helperFolder);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-source-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function read(files: Record<string, string>, entry = 'score.py'): Promise<ScriptImports> {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'app', path)), { recursive: true });
      writeFileSync(join(folder, 'app', path), text);
    }
    const manifest = { entry, python } as BuildContext['manifest'];
    const say = (line: string): number => said.push(line);
    const context = { manifest, folder, timeoutMs: 20_000, signal: new AbortController().signal, say } as unknown as BuildContext;
    return source.readImports(join(folder, 'app'), context);
  }

  const names = (found: ScriptImports, certain: boolean): string[] =>
    found.imports.filter((each) => each.certain === certain).map(({ name }) => name);

  it('should find what a script cannot do without, and where', async () => {
    const found = await read({
      'score.py': [
        'import os, json.decoder',
        'from __future__ import annotations',
        'import sklearn.linear_model as lm, numpy',
        'from PIL import Image',
        'class A:',
        '    import attr',
        'def init():',
        '    import joblib',
        'def run(raw):',
        '    with open("x"):',
        '        from yaml import safe_load',
      ].join('\n'),
    });
    expect(names(found, true)).toEqual(['sklearn', 'numpy', 'PIL', 'attr', 'joblib', 'yaml']);
    expect(found.imports[0]).toEqual({ file: 'score.py', line: 3, name: 'sklearn', certain: true });
    expect(found).toMatchObject({ error: null, indirect: false });
  });

  it('should not be sure of imports that may never run', async () => {
    const found = await read({
      'score.py': [
        'import sys',
        'if sys.platform == "win32":',
        '    import winreg2',
        'def helper():',
        '    import pandas',
        'def init():',
        '    for x in []:',
        '        import torch',
        '    if False:',
        '        import keras',
      ].join('\n'),
    });
    expect(names(found, true)).toEqual([]);
    expect(names(found, false)).toEqual(['winreg2', 'pandas', 'torch', 'keras']);
  });

  it('should pass over guarded imports, type checking and the part for the command line', async () => {
    const found = await read({
      'score.py': [
        'from typing import TYPE_CHECKING',
        'import typing as t, contextlib',
        'if TYPE_CHECKING:',
        '    import pandas',
        'if t.TYPE_CHECKING:',
        '    import numpy',
        'try:',
        '    import ujson as json',
        'except ImportError:',
        '    import simplejson as json',
        'try:',
        '    import a1',
        'except (ValueError, ModuleNotFoundError):',
        '    pass',
        'try:',
        '    import b1',
        'except:',
        '    pass',
        'with contextlib.suppress(ImportError):',
        '    import c1',
        'if __name__ == "__main__":',
        '    import requests',
        'try:',
        '    import certain1',
        'finally:',
        '    pass',
      ].join('\n'),
    });
    expect(found.imports.map(({ name }) => name)).toEqual(['certain1']);
  });

  it("should follow the script's own modules, also relative ones and packages", async () => {
    const found = await read(
      {
        'src/score.py': 'from lib.text import words\nimport shared\nfrom tools import extra\n',
        'src/lib/__init__.py': 'from . import text\nfrom .deep.more import x\n',
        'src/lib/text.py': 'import six\nfrom lib import text\n',
        'src/lib/deep/more.py': 'from ...outside import y\nimport idna\n',
        'src/lib/unused.py': 'import torch\n',
        'shared.py': 'import numpy\n',
        'tools/extra.py': 'import scipy\n',
      },
      'src/score.py',
    );
    expect(found.imports.map(({ file, name, certain }) => [file, name, certain])).toEqual([
      ['src/lib/text.py', 'six', true],
      ['src/lib/deep/more.py', 'idna', true],
      ['shared.py', 'numpy', true],
      ['tools/extra.py', 'scipy', true],
    ]);
  });

  it.each([
    'import sys\nsys.path.append("lib")\nimport hidden',
    'from sys import path\nimport hidden',
    'import site\nsite.addsitedir("x")\nimport hidden',
    'import os\nos.system("pip install hidden")\nimport hidden',
    'import sys\nsys.modules["hidden"] = sys\nimport hidden',
  ])('should notice that modules may come from elsewhere: %j', async (script) => {
    expect((await read({ 'score.py': script })).indirect).toBe(true);
  });

  it('should know a module that lies anywhere among the files', async () => {
    expect((await read({ 'score.py': 'import words', 'vendor/words.py': '' })).imports).toEqual([]);
  });

  it.each([
    ['def run(:\n    pass\n', 1],
    ['import json\n\nprint "hello"\n', 3],
    ['a = 1\n  b = 2\n', 2],
    ['a = "\0"\n', 1],
  ])('should give the line of a syntax error in %j', async (script, line) => {
    expect((await read({ 'score.py': script })).error).toMatchObject({ file: 'score.py', line });
  });

  it('should report a broken module only when it is certainly imported', async () => {
    expect((await read({ 'score.py': 'import helper', 'helper.py': 'def (' })).error).toMatchObject({ file: 'helper.py' });
    expect((await read({ 'score.py': 'def f():\n    import helper', 'helper.py': 'def (' })).error).toBeNull();
  });

  it('should execute nothing', async () => {
    const script = `open(${JSON.stringify(join(folder, 'executed'))}, "w").close()\nimport helper`;
    await read({ 'score.py': script, 'helper.py': script, 'sitecustomize.py': script, 'json.py': script });
    expect(() => execFileSync('ls', [join(folder, 'executed')], { stdio: 'ignore' })).toThrow();
  });

  it('should survive a source that is too deep for the parser', async () => {
    const found = await read({ 'score.py': `a = ${'('.repeat(100_000)}${')'.repeat(100_000)}` });
    expect(found.error?.file === 'score.py' || found.indirect).toBe(true);
  });
});
