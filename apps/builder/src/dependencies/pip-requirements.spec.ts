import { describe, expect, it } from 'vitest';
import { parsePipRequirements } from './pip-requirements.js';

const texts = (file: string): string[] => parsePipRequirements(file).requirements.map(({ text }) => text);

describe(parsePipRequirements.name, () => {
  it('should keep requirements as they are written, without comments and empty lines', () => {
    const file = [
      '\uFEFF# what the model needs',
      'scikit-learn==1.9.1  # pinned',
      '',
      'pandas >=2, <4 ; python_version >= "3.10" and sys_platform == \'linux\'',
      'uvicorn[standard]~=0.30',
      'numpy (>=1.26)',
      'torch==2.4.0+cpu',
      'a',
      'six===1.17.0',
      'numpy!=2.0.*',
    ].join('\r\n');
    expect(texts(file)).toEqual([
      'scikit-learn==1.9.1',
      'pandas >=2, <4 ; python_version >= "3.10" and sys_platform == \'linux\'',
      'uvicorn[standard]~=0.30',
      'numpy (>=1.26)',
      'torch==2.4.0+cpu',
      'a',
      'six===1.17.0',
      'numpy!=2.0.*',
    ]);
  });

  it('should join continued lines and keep hashes', () => {
    const hash = 'a'.repeat(64);
    expect(texts(`six==1.17.0 \\\n    --hash=sha256:${hash} \\\n    --hash=sha256:${hash}\nidna\n`)).toEqual([
      `six==1.17.0      --hash=sha256:${hash}      --hash=sha256:${hash}`,
      'idna',
    ]);
  });

  it('should leave out what the runtime provides, under any spelling, and say so', () => {
    const read = parsePipRequirements('azureml.datacollector==0.1.0a13\nAzure_ML_API_SDK\nazureml-defaults>=1\nsix\n');
    expect(read.requirements).toEqual([{ name: 'six', text: 'six' }]);
    expect(read.notes).toHaveLength(3);
    expect(read.notes[0]).toBe('the pip requirements, line 1: azureml-datacollector is left out, the runtime provides azureml');
  });

  it('should pass over options that change nothing here', () => {
    const read = parsePipRequirements('--prefer-binary\n--only-binary :all:\n--require-hashes\nsix');
    expect(read.requirements).toHaveLength(1);
    expect(read.notes).toHaveLength(3);
  });

  const index = /indexes that the operator set/;
  const own = /pass your own code with --dependency/;
  it.each([
    ['--index-url https://evil.example/simple', index],
    ['--index-url=https://evil.example/simple', index],
    ['-i https://evil.example/simple', index],
    ['-ihttps://evil.example/simple', /not supported|indexes that the operator set/],
    ['--extra-index-url https://evil.example/simple', index],
    ['--find-links ./wheels', index],
    ['-f ./wheels', index],
    ['--no-index', index],
    ['--trusted-host evil.example', index],
    ['-r other.txt', /write the lines of that file here/],
    ['--requirement=/etc/passwd', /write the lines of that file here/],
    ['-rother.txt', /not supported|write the lines/],
    ['-c constraints.txt', /write the versions of that file here/],
    ['-e .', own],
    ['-e git+https://github.com/a/b.git#egg=b', own],
    ['--editable=git+ssh://git@github.com/a/b', own],
    ['--pre', /not supported/],
    ['--no-binary :all:', /not supported/],
    ['--config-settings=a=b', /not supported/],
    ['git+https://github.com/a/b.git', /not taken from version control/],
    ['b @ git+https://github.com/a/b.git@main', /not taken from version control/],
    ['b @ hg+ssh://example.com/b', /not taken from version control/],
    ['b @ https://example.com/b-1.0-py3-none-any.whl', own],
    ['b@https://example.com/b.whl', own],
    ['b @ file:///etc/b', own],
    ['b[x] @ file:/etc/b', own],
    ['https://example.com/b.whl', own],
    ['file:///tmp/b.whl', own],
    ['file:b.whl', own],
    ['./b', own],
    ['../b', own],
    ['/opt/b', own],
    ['~/b', own],
    ['C:\\b', own],
    ['b-1.0-py3-none-any.whl', own],
    ['b.tar.gz', own],
    ['b ; __import__("os").system("id")', /is not a requirement/],
    ["b ; python_version >= '3' and os.system('id')", /is not a requirement/],
    ['b ; exec == "1"', /is not a requirement/],
    ['b $(id)', /is not a requirement/],
    ['b `id`', /is not a requirement/],
    ['b==${VERSION}', /is not a requirement/],
    ['b c', /is not a requirement/],
    ['b=1.0', /is not a requirement/],
    ['b==', /is not a requirement/],
    ['b==1 --install-option=x', /is not a requirement/],
    ['b==1 --hash=md5:abc', /is not a requirement/],
    ['-', /not supported/],
  ])('should refuse %j and say in which line', (line, why) => {
    expect(() => parsePipRequirements(`six\n\n${line}\n`)).toThrow(why);
    expect(() => parsePipRequirements(`six\n\n${line}\n`)).toThrow(/^the pip requirements, line 3: "/);
  });

  it('should refuse a requirement that is hidden by a line break or a continuation', () => {
    expect(() => parsePipRequirements('six\r--index-url https://evil.example')).toThrow(/line 2/);
    expect(() => parsePipRequirements('six \\\n--index-url https://evil.example')).toThrow(/line 1/);
    expect(() => parsePipRequirements('six\n\u2028-r x')).toThrow(/line 2/);
  });

  it('should show no credentials', () => {
    expect(() => parsePipRequirements('--index-url https://me:geheim@evil.example/simple')).toThrow(/\*\*\*@evil/);
    expect(() => parsePipRequirements('--index-url https://me:geheim@evil.example/simple')).not.toThrow(/geheim/);
  });
});
