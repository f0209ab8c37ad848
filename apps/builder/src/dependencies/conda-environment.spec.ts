import { describe, expect, it } from 'vitest';
import { parseCondaEnvironment, readCondaPackage } from './conda-environment.js';

const place = { file: 'the conda file', line: 1 };
const converted = (text: string): string | undefined => readCondaPackage(text, place, [])?.text;

describe(parseCondaEnvironment.name, () => {
  it('should take the pip list and translate the packages beside it', () => {
    const read = parseCondaEnvironment(
      [
        'name: project_environment',
        'channels: [conda-forge]',
        'dependencies:',
        '  - python=3.6.2',
        '  - numpy',
        '  - scikit-learn=1.3',
        '  - libgcc',
        '  - pip',
        '  - pip:',
        '    # the SDK',
        '    - azureml-api-sdk==0.1.0a11',
        '    - pandas==2.0',
        '    - joblib',
      ].join('\n'),
    );
    expect(read.requirements.map(({ text }) => text)).toEqual(['numpy', 'scikit-learn==1.3.*', 'pandas==2.0', 'joblib']);
    expect(read.notes).toEqual([
      'the conda file: channels are not used, packages come from the Python package index',
      'the conda file, line 5: the Conda package "numpy" is taken from the Python package index as numpy',
      'the conda file, line 6: the Conda package "scikit-learn=1.3" is taken from the Python package index as scikit-learn==1.3.*',
      'the conda file, line 7: libgcc is left out, it is not a package of the Python package index',
      'the conda file, line 11: azureml-api-sdk is left out, the runtime provides azureml',
    ]);
  });

  it.each(['', '# nothing\n', 'name: x\n', 'dependencies:\n', 'dependencies: []\n', 'dependencies:\n  - pip:\n'])(
    'should ask for nothing in %j',
    (text) => {
      expect(parseCondaEnvironment(text).requirements).toEqual([]);
    },
  );

  it.each([
    ['dependencies: [a', /line 1: is not YAML/],
    ['- a\n- b\n', /top level is not a mapping/],
    ['dependencies: numpy\n', /dependencies is not a list/],
    ['dependencies:\n  - 3\n', /line 2: a dependency is a text/],
    ['dependencies:\n  - a: [b]\n', /line 2: only a pip list/],
    ['dependencies:\n  - pip: numpy\n', /line 2: only a pip list/],
    ['dependencies:\n  - pip:\n    - [a]\n', /line 3: a dependency is a text/],
    [
      'dependencies:\n  - pip:\n    - --extra-index-url https://u:p@evil.example\n',
      /line 3: "--extra-index-url https:\/\/\*\*\*@evil/,
    ],
    ['dependencies:\n  - pip:\n    - six\n    - -r requirements.txt\n', /line 4: "-r requirements.txt" is not allowed/],
    ['dependencies:\n  - pip:\n    - git+https://github.com/a/b\n', /line 3: .*version control/],
    ['dependencies:\n  - r-base=4.1\n', /line 2: .*R package/],
    ['dependencies:\n  - "numpy; rm -rf /"\n', /line 2: .*cannot be read/],
    ['dependencies:\n  - "$(id)"\n', /line 2: .*is not a package/],
  ])('should refuse %j', (text, why) => {
    expect(() => parseCondaEnvironment(text)).toThrow(why);
  });

  it('should end quickly on a file of aliases that multiply', () => {
    const levels = Array.from(
      { length: 30 },
      (_, at) =>
        `a${at}: &a${at} [${Array(9)
          .fill(at ? `*a${at - 1}` : 'x')
          .join(',')}]`,
    );
    expect(parseCondaEnvironment(levels.join('\n')).requirements).toEqual([]);
  });
});

describe(readCondaPackage.name, () => {
  it.each([
    ['numpy', 'numpy'],
    ['numpy *', 'numpy'],
    ['numpy=1.21', 'numpy==1.21.*'],
    ['numpy=1.21.*', 'numpy==1.21.*'],
    ['numpy=1.21*', 'numpy==1.21.*'],
    ['numpy==1.21.0', 'numpy==1.21.0'],
    ['numpy=1.21.0=py39hdbf815f_0', 'numpy==1.21.0'],
    ['numpy==1.21.0=py39_0', 'numpy==1.21.0'],
    ['numpy 1.21.0', 'numpy==1.21.0'],
    ['numpy 1.21.0 py39_0', 'numpy==1.21.0'],
    ['numpy 1.21.*', 'numpy==1.21.*'],
    ['numpy>=1.21', 'numpy>=1.21'],
    ['numpy >=1.21,<2', 'numpy>=1.21,<2'],
    ['numpy>=1.21,!=1.22.*,<2.0a0', 'numpy>=1.21,!=1.22.*,<2.0a0'],
    ['numpy~=1.21', 'numpy~=1.21'],
    ['conda-forge::numpy=1.21', 'numpy==1.21.*'],
    ['NumPy', 'numpy'],
    ['pytorch=2.1', 'torch==2.1.*'],
    ['py-xgboost', 'xgboost'],
    ['setuptools=36.4.0', 'setuptools==36.4.0.*'],
  ])('should read %j as %j', (conda, pip) => {
    expect(converted(conda)).toBe(pip);
  });

  it.each(['python', 'python=3.11', 'pip=9', 'mkl=2020', 'cudatoolkit=11.3', '_libgcc_mutex=0.1'])(
    'should leave out %j',
    (text) => {
      expect(converted(text)).toBeUndefined();
    },
  );

  it.each(['numpy=1.2|1.3', 'numpy[version=1]', 'numpy=>1', 'numpy==', 'numpy @ https://x', '../numpy', ''])(
    'should refuse %j',
    (text) => {
      expect(() => converted(text)).toThrow(/the conda file, line 1/);
    },
  );
});
