import { describe, expect, it } from 'vitest';
import { checkImports, requireSyntax, type ScriptImports } from './import-check.js';

const needs = (name: string, certain = true): ScriptImports['imports'][number] => ({ file: 'score.py', line: 3, name, certain });
const found = (imports: ScriptImports['imports'], indirect = false): ScriptImports => ({ error: null, imports, indirect });
const none = { models: [] };
const model = (path: string) => ({ models: [{ id: '', name: '', version: 1, digest: '', path, size: 1 }] });

describe(checkImports.name, () => {
  it('should name the file, the line, the module and the package to add', () => {
    expect(() => checkImports(found([needs('sklearn')]), ['numpy'], none)).toThrow(
      'score.py:3 imports sklearn, not in your dependencies; add scikit-learn',
    );
    expect(() => checkImports(found([needs('some_thing')]), [], none)).toThrow('add some-thing');
  });

  it('should list further missing imports as details', () => {
    try {
      checkImports(found([needs('cv2'), needs('yaml'), needs('yaml')]), [], none);
      expect.unreachable();
    } catch (error) {
      expect((error as { details: unknown }).details).toEqual([
        { code: 'missing_import', message: 'score.py:3 imports yaml, not in your dependencies; add pyyaml' },
      ]);
    }
  });

  it('should be content with what is provided', () => {
    expect(checkImports(found([needs('sklearn'), needs('azureml')]), ['sklearn', 'azureml'], none)).toEqual([]);
  });

  it('should only warn of an import that may never run', () => {
    expect(checkImports(found([needs('torch', false)]), [], none)).toEqual([
      'warning: score.py:3 imports torch, not in your dependencies; add torch',
    ]);
  });

  it('should only warn when the script changes how modules are found, or a model may bring code', () => {
    expect(checkImports(found([needs('vendored')], true), [], none)).toHaveLength(1);
    expect(checkImports(found([needs('vendored')]), [], model('vendor.zip'))).toHaveLength(1);
    expect(checkImports(found([needs('vendored')]), [], model('vendored/weights.bin'))).toEqual([]);
    expect(checkImports(found([needs('vendored')]), [], model('vendored.py'))).toEqual([]);
    expect(() => checkImports(found([needs('vendored')]), [], model('model.pkl'))).toThrow('score.py:3');
  });
});

describe(requireSyntax.name, () => {
  it('should name the place of a syntax error', () => {
    const error = { file: 'src/score.py', line: 7, message: 'invalid syntax' };
    expect(() => requireSyntax({ error, imports: [], indirect: false }, { python: '3.11' })).toThrow(
      'src/score.py:7 is not valid Python 3.11: invalid syntax',
    );
  });
});
