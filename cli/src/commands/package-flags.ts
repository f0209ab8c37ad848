import type { Command } from 'commander';
import { CliError } from '../core/errors.js';
import type { ManifestInputs } from '../core/steps.js';
import { repeat } from './common.js';

/** Flags that say what goes into a manifest; the same on manifest, image and service commands. */
export interface PackageFlags {
  file?: string;
  runtime?: string;
  modelFile?: string[];
  modelId?: string[];
  schemaFile?: string;
  condaFile?: string;
  pip?: string;
  dependency?: string[];
  dockerFile?: string;
}

export function addPackageFlags(command: Command): Command {
  return command
    .option('-f, --file <script>', 'scoring script with init() and run()')
    .option('-r, --runtime <runtime>', 'python or spark-py (default python)')
    .option('-m, --model-file <path>', 'model file or folder; registers it; may be repeated', repeat)
    .option('--model-id <model>', 'registered model: id, name or name:version; may be repeated', repeat)
    .option('-s, --schema-file <path>', 'schema file made by generate_schema')
    .option('-c, --conda-file <path>', 'conda dependency file')
    .option('-p, --pip <path>', 'pip requirements file')
    .option('-d, --dependency <path>', 'file or folder that the script needs; may be repeated', repeat)
    .option('--docker-file <path>', 'extra build steps');
}

/** True when a flag was used that changes what an image holds. */
export function changesPackage(flags: PackageFlags): boolean {
  return [flags.file, flags.modelFile, flags.modelId, flags.schemaFile, flags.condaFile, flags.pip, flags.dependency].some(
    (value) => value !== undefined,
  );
}

export function manifestInputs(flags: PackageFlags): ManifestInputs {
  refuseUnsupported(flags);
  if (!flags.file) throw new CliError('no scoring script was given', 1, [], 'give it with -f, for example -f score.py');
  return { ...packageInputs(flags), script: flags.file };
}

export function packageInputs(flags: PackageFlags): Omit<ManifestInputs, 'script'> & { script?: string } {
  refuseUnsupported(flags);
  return {
    ...(flags.file ? { script: flags.file } : {}),
    runtime: flags.runtime ?? 'python',
    modelFiles: flags.modelFile ?? [],
    modelIds: flags.modelId ?? [],
    schemaFile: flags.schemaFile,
    condaFile: flags.condaFile,
    pipFile: flags.pip,
    dependencies: flags.dependency ?? [],
  };
}

function refuseUnsupported(flags: PackageFlags): void {
  if (flags.dockerFile !== undefined) {
    throw new CliError(
      `--docker-file ${flags.dockerFile}: extra build steps need a Docker Engine, which this installation has no builder for`,
      1,
      [],
      'leave --docker-file out and name Python packages in the conda or pip file',
    );
  }
  if (flags.runtime !== undefined && !['python', 'python-slim', 'spark-py'].includes(flags.runtime)) {
    throw new CliError(`-r ${flags.runtime} is not a runtime`, 1, [], 'use -r python');
  }
  if (flags.runtime === 'spark-py')
    throw new CliError('-r spark-py is not supported by this installation', 1, [], 'use -r python');
}
