import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { DomainError } from '#slipway/platform';

const execute = promisify(execFile);
const probe = 'import sys; print("%d.%d" % sys.version_info[:2]); print(sys.executable)';

/** Finds interpreters by their minor version; what was found is kept while the builder runs. */
export class PythonFinder {
  private readonly found = new Map<string, Promise<string>>();

  constructor(
    private readonly preferred: string | undefined,
    private readonly path: string,
  ) {}

  /** @param version `3.11` @throws DomainError `python_missing` */
  find(version: string): Promise<string> {
    const known = this.found.get(version);
    if (known) return known;
    const search = this.search(version);
    this.found.set(version, search);
    search.catch(() => this.found.delete(version));
    return search;
  }

  private async search(version: string): Promise<string> {
    const folders = [...this.path.split(delimiter).filter(Boolean), '/usr/local/bin', '/usr/bin'];
    const names = [`python${version}`, 'python3', 'python'];
    const candidates = [
      ...(this.preferred ? [this.preferred] : []),
      ...names.flatMap((name) => folders.map((at) => join(at, name))),
    ];
    for (const candidate of new Set(candidates)) {
      const interpreter = await probed(candidate, version);
      if (interpreter) return interpreter;
    }
    throw new DomainError(
      'python_missing',
      `the image needs Python ${version}, which was not found on PATH, in /usr/bin or by SLIPWAY_PYTHON; install it, or name another version with python= in the conda file`,
    );
  }
}

async function probed(program: string, version: string): Promise<string | undefined> {
  try {
    const { stdout } = await execute(program, ['-I', '-S', '-c', probe], { timeout: 10_000 });
    const [found, executable] = stdout.trim().split('\n');
    return found === version ? executable || program : undefined;
  } catch {
    return undefined;
  }
}
