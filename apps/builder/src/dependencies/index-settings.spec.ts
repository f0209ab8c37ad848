import { describe, expect, it } from 'vitest';
import { readPipConfig, uvEnvironment } from './index-settings.js';

describe(readPipConfig.name, () => {
  it('should read the settings of packages and let the later file win', () => {
    const first = '[global]\nindex-url = https://a.example/simple\n; a comment\ncert=/ca.pem\n[list]\nindex-url = no\n';
    const second =
      '[install]\nindex_url: https://b.example/simple\nextra-index-url =\n    https://c.example\n    https://d.example\n';
    expect(readPipConfig([first, second])).toEqual({
      'index-url': 'https://b.example/simple',
      cert: '/ca.pem',
      'extra-index-url': 'https://c.example https://d.example',
    });
  });
});

describe(uvEnvironment.name, () => {
  it("should give uv pip's settings under its own names", () => {
    const env = uvEnvironment({ PATH: '/bin', PIP_INDEX_URL: 'https://a.example', PIP_FIND_LINKS: '/x /y' }, { cert: '/ca.pem' });
    expect(env).toEqual({
      PATH: '/bin',
      UV_DEFAULT_INDEX: 'https://a.example',
      UV_FIND_LINKS: '/x,/y',
      SSL_CERT_FILE: '/ca.pem',
    });
  });

  it('should trust the certificates that requests and curl were told of, unless told otherwise', () => {
    expect(uvEnvironment({ CURL_CA_BUNDLE: '/c.pem' }, {})).toMatchObject({ SSL_CERT_FILE: '/c.pem' });
    expect(uvEnvironment({ REQUESTS_CA_BUNDLE: '/r.pem', SSL_CERT_FILE: '/s.pem' }, {})).toMatchObject({
      SSL_CERT_FILE: '/s.pem',
    });
    expect(uvEnvironment({}, {})).toEqual({});
  });

  it("should leave uv's own indexes alone", () => {
    const env = uvEnvironment({ UV_INDEX_URL: 'https://uv.example', PIP_INDEX_URL: 'https://pip.example' }, {});
    expect(env).toEqual({ UV_INDEX_URL: 'https://uv.example' });
  });
});
