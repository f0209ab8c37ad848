import { chmod, chown, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplicaSpec } from '../compute-target.port.js';

/** The folders of replicas below the home: `run/` while one lives, `logs/` and `spool/` for longer. */
export class ReplicaFolders {
  constructor(private readonly home: string) {}

  run(replicaId: string, ...path: string[]): string {
    return join(this.home, 'run', 'replicas', replicaId, ...path);
  }

  logs(replicaId: string, ...path: string[]): string {
    return join(this.home, 'logs', 'replicas', replicaId, ...path);
  }

  spool(replicaId: string, ...path: string[]): string {
    return join(this.home, 'spool', 'replicas', replicaId, ...path);
  }

  /** The parents, which every replica's user must be able to pass through. */
  async make(): Promise<void> {
    for (const kind of ['run', 'logs', 'spool']) {
      const parent = join(this.home, kind);
      await mkdir(parent, { recursive: true, mode: 0o711 });
      await mkdir(join(parent, 'replicas'), { recursive: true, mode: 0o711 });
    }
  }

  async create(spec: ReplicaSpec): Promise<void> {
    const { replicaId, uid } = spec;
    for (const folder of [this.run(replicaId), this.logs(replicaId), this.spool(replicaId)]) await own(folder, uid);
    await own(this.run(replicaId, 'home'), uid);
    await own(this.run(replicaId, 'tmp'), uid);
    const meta = {
      account: spec.account,
      environment: spec.environment,
      serviceId: spec.serviceId,
      serviceName: spec.serviceName,
      revisionId: spec.revisionId,
      revision: spec.revision,
      models: spec.image.models.map(({ id, name, version }) => ({ id, name, version })),
    };
    await writeFile(this.spool(replicaId, 'meta.json'), `${JSON.stringify(meta)}\n`, { mode: 0o644 });
  }

  async removeRun(replicaId: string): Promise<void> {
    await rm(this.run(replicaId), { recursive: true, force: true });
  }

  async removeLogs(replicaId: string): Promise<void> {
    await rm(this.logs(replicaId), { recursive: true, force: true });
  }

  /** Removes the spool unless records still wait in it; says whether it is gone. */
  async removeSpool(replicaId: string, evenFull = false): Promise<boolean> {
    const entries = await readdir(this.spool(replicaId)).catch(() => [] as string[]);
    if (!evenFull && entries.some((name) => name !== 'meta.json')) return false;
    await rm(this.spool(replicaId), { recursive: true, force: true });
    return true;
  }

  /** What the logs of a replica take on disk. */
  async logBytes(replicaId: string): Promise<number> {
    const names = await readdir(this.logs(replicaId)).catch(() => [] as string[]);
    const sizes = await Promise.all(
      names.map((name) =>
        stat(this.logs(replicaId, name)).then(
          (file) => file.size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Ids of all replicas that have a folder of this kind. */
  async list(kind: 'run' | 'logs' | 'spool'): Promise<string[]> {
    return readdir(join(this.home, kind, 'replicas')).catch(() => []);
  }
}

async function own(folder: string, uid: number | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (uid !== undefined) await chown(folder, uid, uid);
}
