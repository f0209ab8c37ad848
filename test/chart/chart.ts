import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '#slipway/supervisor';

const run = promisify(execFile);
const limits = { maxBuffer: 64 * 2 ** 20 };

export const chartFolder = path.join(projectRoot, 'helm/slipway');
export const valuesFile = (name: string): string => path.join(projectRoot, 'test/chart/values', `${name}.yaml`);
export const valuesNames = ['external', 'embedded', 'scaled', 'ingress', 'gateway-api'] as const;

/** What the specs read of a rendered object. */
export interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
}

let program: Promise<string> | undefined;
const helmProgram = async (): Promise<string> => {
  program ??= run(path.join(projectRoot, 'test/kube/helm-build'), limits).then(({ stdout }) => stdout.trim());
  return program;
};

/** Runs Helm; its own words are in the error of one that fails. */
export async function helm(args: readonly string[], kubeconfig?: string): Promise<string> {
  const env = { ...process.env, ...(kubeconfig ? { KUBECONFIG: kubeconfig } : {}) };
  const { stdout } = await run(await helmProgram(), [...args], { ...limits, env });
  return stdout;
}

export async function render(values: string, ...more: string[]): Promise<Rendered[]> {
  const text = await helm(['template', 'slipway', chartFolder, '--namespace', 'ml', '--values', valuesFile(values), ...more]);
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Rendered | null) ?? []);
}
