/** pip's settings that say where packages come from, and uv's name for each. */
const counterparts: Readonly<Record<string, string>> = {
  'index-url': 'UV_DEFAULT_INDEX',
  'extra-index-url': 'UV_INDEX',
  'find-links': 'UV_FIND_LINKS',
  'trusted-host': 'UV_INSECURE_HOST',
  cert: 'SSL_CERT_FILE',
};

/** What `pip.conf` files say in `[global]` and `[install]`; the last file wins. */
export function readPipConfig(files: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const text of files) {
    let section = '';
    let key = '';
    for (const line of text.split(/\r?\n/)) {
      const header = /^\[(.+)\]\s*$/.exec(line);
      const pair = /^([A-Za-z][\w-]*)\s*[=:]\s*(.*)$/.exec(line);
      if (header) [section, key] = [header[1]!, ''];
      else if (section !== 'global' && section !== 'install') continue;
      else if (pair) settings[(key = pair[1]!.toLowerCase().replaceAll('_', '-'))] = pair[2]!.trim();
      else if (key !== '' && /^\s+[^\s#;]/.test(line)) settings[key] = `${settings[key]} ${line.trim()}`.trim();
    }
  }
  return settings;
}

/**
 * The environment in which uv runs: the operator's, with pip's index settings under uv's names where uv has none of its own.
 * @param pipConfig see {@link readPipConfig}
 */
export function uvEnvironment(
  tools: Readonly<Record<string, string>>,
  pipConfig: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(tools)) if (!name.startsWith('PIP_')) env[name] = value;
  const ownIndex = ['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_INDEX', 'UV_EXTRA_INDEX_URL'].some((name) => env[name] !== undefined);
  for (const [setting, name] of Object.entries(counterparts)) {
    const value = tools[`PIP_${setting.toUpperCase().replaceAll('-', '_')}`] ?? pipConfig[setting];
    if (!value || env[name] !== undefined || (ownIndex && setting.endsWith('index-url'))) continue;
    env[name] = setting === 'find-links' ? value.split(/\s+/).join(',') : value;
  }
  // Those of requests and curl, which pip reads.
  env['SSL_CERT_FILE'] ??= tools['REQUESTS_CA_BUNDLE'] ?? tools['CURL_CA_BUNDLE'];
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
