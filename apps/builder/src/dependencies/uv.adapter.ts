import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Platform, PythonVersion } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';
import type { z } from 'zod';
import { runStep, type StepResult } from '../tools/child-process.adapter.js';
import { diskFull } from '../tools/disk-space.adapter.js';
import { readPipConfig, uvEnvironment } from './index-settings.js';
import { withoutCredentials } from './requirement.js';

export interface Target {
  python: z.infer<typeof PythonVersion>;
  platform: z.infer<typeof Platform>;
  /** An interpreter of that version. */
  interpreter: string;
}

export interface StepContext {
  /** The build's own folder. */
  folder: string;
  timeoutMs: number;
  signal: AbortSignal;
}

const platforms: Readonly<Record<Target['platform'], string>> = {
  'linux/amd64': 'x86_64-manylinux_2_28',
  'linux/arm64': 'aarch64-manylinux_2_28',
};

/** The package resolver and installer. It runs no code of a package: wheels only. */
export class Uv {
  private readonly env: Record<string, string>;

  constructor(
    private readonly program: string,
    cacheFolder: string,
    tools: Readonly<Record<string, string>>,
  ) {
    this.env = {
      ...uvEnvironment(tools, readPipConfig(pipConfigFiles(tools))),
      UV_CACHE_DIR: cacheFolder,
      UV_PYTHON_DOWNLOADS: 'never',
      UV_NO_PROGRESS: '1',
      NO_COLOR: '1',
    };
  }

  /** The operator's settings that change what a name means, for keys of caches. */
  get indexes(): string {
    return Object.keys(this.env)
      .filter((name) => /INDEX|FIND_LINKS|EXCLUDE_NEWER/.test(name))
      .sort()
      .map((name) => `${name}=${this.env[name]}`)
      .join('\n');
  }

  /** A lock with a hash for each file of each package. @throws DomainError `unresolved_dependency` with the resolver's own words */
  async compile(requirements: readonly string[], target: Target, context: StepContext): Promise<string> {
    const input = join(context.folder, 'requirements.in');
    await writeFile(input, `${requirements.join('\n')}\n`);
    const args = [
      'pip',
      'compile',
      '--generate-hashes',
      '--no-header',
      '--no-annotate',
      '--quiet',
      ...this.targetArgs(target),
      input,
    ];
    const result = await this.run(args, context);
    if (result.status !== 0) throw unresolved(result, target);
    return result.stdout;
  }

  /** Unpacks what a lock names into a folder. @throws DomainError `unresolved_dependency` */
  async install(
    lockFile: string,
    folder: string,
    target: Target,
    context: StepContext,
    onLine: (line: string) => void,
  ): Promise<void> {
    const args = ['pip', 'install', '--target', folder, '--require-hashes', '--no-deps', '--link-mode', 'hardlink'];
    const result = await this.run([...args, ...this.targetArgs(target), '-r', lockFile], context, onLine);
    if (result.status !== 0) throw unresolved(result, target);
  }

  private targetArgs({ python, platform, interpreter }: Target): string[] {
    return [
      '--only-binary',
      ':all:',
      '--python',
      interpreter,
      '--python-version',
      python,
      '--python-platform',
      platforms[platform],
    ];
  }

  private run(args: string[], context: StepContext, onLine?: (line: string) => void): Promise<StepResult> {
    return runStep({
      program: this.program,
      args,
      cwd: context.folder,
      env: this.env,
      ...context,
      ...(onLine ? { onLine } : {}),
    });
  }
}

function pipConfigFiles(tools: Readonly<Record<string, string>>): string[] {
  const home = tools['HOME'] ?? '/nonexistent';
  const user = [join(home, '.pip', 'pip.conf'), join(tools['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'pip', 'pip.conf')];
  const named = tools['PIP_CONFIG_FILE'];
  return ['/etc/pip.conf', ...user, ...(named ? [named] : [])]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
}

/** uv's words, cut to one line for the reason and kept as details. */
export function unresolved(result: Pick<StepResult, 'stderr'>, target: Pick<Target, 'python' | 'platform'>): DomainError {
  const lines = withoutCredentials(result.stderr)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:warning|Using CPython|Resolved \d|Prepared \d|Downloading )/.test(line));
  const hints = lines.findIndex((line) => line.startsWith('hint:'));
  const words = (hints < 0 ? lines : lines.slice(0, hints)).map((line) => line.replace(/^(?:error|cause|× |╰─▶ |├─▶ ):?\s*/, ''));
  const first = words.findIndex((line) => /^Because/.test(line));
  const reason = words.slice(Math.max(first, 0)).join(' ');
  const short = reason.length > 600 ? `${reason.slice(0, 597)}...` : reason || 'the resolver gave no reason';
  const details = lines.slice(0, 40).map((message) => ({ code: 'resolver', message: message.slice(0, 500) }));
  if (/No space left on device/.test(result.stderr)) return diskFull();
  if (/error sending request|Failed to fetch|Could not connect|dns error/.test(result.stderr)) {
    return new DomainError(
      'service_unavailable',
      `the package index could not be reached: ${short.replace(/\.$/, '')}; check the network and the index settings (UV_DEFAULT_INDEX, pip.conf), then create the image again`,
      details,
    );
  }
  return new DomainError(
    'unresolved_dependency',
    `the dependencies cannot be resolved for Python ${target.python} on ${target.platform}: ${short.replace(/\.$/, '')}; correct the dependency file and create the manifest again`,
    details,
  );
}
