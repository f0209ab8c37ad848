import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '#slipway/supervisor';
import { sharedKubernetesSetting, testEnv } from './env.js';
import { removeFolder, runAtExit, temporaryFolder } from './reaper.js';

const run = promisify(execFile);
const script = (name: string): string => path.join(projectRoot, 'test/kube', name);

export type KubernetesComponent = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';

/** A cluster with a real API server, controllers and scheduler, and two fake nodes on which a Pod is ready at once. */
export interface TestKubernetes {
  folder: string;
  /** The administrator's kubeconfig, as text. */
  kubeconfig: string;
  /** Makes a namespace of its own for a test. */
  namespace(labels?: Readonly<Record<string, string>>): Promise<string>;
  /** Its standard output. */
  kubectl(...args: string[]): Promise<string>;
  /** The JSON of `kubectl get`. */
  get<T>(...args: string[]): Promise<T>;
  /** Gives kubectl a manifest on its input. */
  apply(manifest: object, flags?: readonly string[]): Promise<void>;
  stop(component: KubernetesComponent, signal?: 'TERM' | 'KILL'): Promise<void>;
  /** Also starts one that was stopped; waits until it answers. */
  restart(component: KubernetesComponent, signal?: 'TERM' | 'KILL'): Promise<void>;
  /** Stops the cluster and removes its files; nothing for one that the run shares. */
  close(): Promise<void>;
}

/**
 * The cluster that the run shares, else one that ends with this process, however that ends.
 * @param env settings of `test/kube/kube-up`, for a cluster of its own.
 */
export async function startKubernetes(env?: Readonly<Record<string, string>>): Promise<TestKubernetes> {
  const shared = testEnv[sharedKubernetesSetting];
  if (shared && !env) return clusterIn(shared, () => Promise.resolve());
  const folder = temporaryFolder('kube');
  runAtExit([script('kube-down'), '-s', 'KILL', folder], {}, folder);
  await run(script('kube-up'), ['-d', folder], { env: { ...testEnv, ...env }, maxBuffer: 16 * 1_024 * 1_024 });
  return clusterIn(folder, async () => {
    await run(script('kube-down'), [folder]);
    removeFolder(folder);
  });
}

function clusterIn(folder: string, close: () => Promise<void>): TestKubernetes {
  const kubectl = async (...args: string[]): Promise<string> =>
    (await run(path.join(folder, 'kubectl'), args, { maxBuffer: 256 * 1_024 * 1_024 })).stdout;
  const apply = async (manifest: object, flags: readonly string[] = []): Promise<void> => {
    const pending = run(path.join(folder, 'kubectl'), ['apply', ...flags, '-f', '-']);
    pending.child.stdin?.end(JSON.stringify(manifest));
    await pending;
  };
  return {
    folder,
    kubeconfig: readFileSync(path.join(folder, 'kubeconfig'), 'utf8'),
    kubectl,
    apply,
    namespace: async (labels = {}) => {
      const name = `test-${randomBytes(5).toString('hex')}`;
      await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
      return name;
    },
    get: async <T>(...args: string[]) => JSON.parse(await kubectl('get', '-o', 'json', ...args)) as T,
    stop: async (component, signal = 'TERM') => {
      await run(script('kube-down'), ['-s', signal, folder, component]);
    },
    restart: async (component, signal = 'TERM') => {
      await run(script('kube-restart'), ['-s', signal, folder, component]);
    },
    close,
  };
}
