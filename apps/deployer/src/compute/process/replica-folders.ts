import { execFile } from 'node:child_process';
import { chmod, chown, type FileHandle, lstat, mkdir, open, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplicaSpec } from '../compute-target.port.js';
import type { ReplicaPaths } from './replica-environment.js';

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

  /** What a replica is told of them. */
  paths(replicaId: string): ReplicaPaths {
    return {
      logFile: this.logs(replicaId, 'replica.jsonl'),
      recordFile: this.run(replicaId, 'replica.json'),
      collectDir: this.spool(replicaId),
      home: this.run(replicaId, 'home'),
      tmp: this.run(replicaId, 'tmp'),
      secrets: this.run(replicaId, 'secrets'),
    };
  }

  /** The parents, which every replica's user must be able to pass through. */
  async make(): Promise<void> {
    for (const kind of ['run', 'logs', 'spool']) {
      const parent = join(this.home, kind);
      await mkdir(parent, { recursive: true, mode: 0o711 });
      await mkdir(join(parent, 'replicas'), { recursive: true, mode: 0o711 });
    }
  }

  /**
   * Makes the folders of a new replica and gives them to its user when everything of ours is in them: from then on a
   * sibling of the same user may put links there. Returns the file for what the interpreter says at first.
   */
  async create(spec: ReplicaSpec): Promise<FileHandle> {
    const { replicaId, uid } = spec;
    const mine = [
      this.run(replicaId),
      this.run(replicaId, 'home'),
      this.run(replicaId, 'tmp'),
      this.run(replicaId, 'secrets'),
      this.logs(replicaId),
      this.spool(replicaId),
    ];
    for (const folder of mine) {
      await mkdir(folder, { mode: 0o700 });
      await chmod(folder, 0o700);
    }
    await writeFile(this.spool(replicaId, 'meta.json'), `${JSON.stringify(metaOf(spec))}\n`, { mode: 0o644, flag: 'wx' });
    await this.writeSecrets(spec);
    const boot = await open(this.logs(replicaId, 'boot.log'), 'ax', 0o600);
    if (uid !== undefined) for (const folder of mine.reverse()) await chown(folder, uid, uid);
    return boot;
  }

  /** Only its user can read them; they go with the replica. */
  private async writeSecrets({ replicaId, uid, secretFiles }: ReplicaSpec): Promise<void> {
    const folder = this.run(replicaId, 'secrets');
    for (const [path, text] of Object.entries(secretFiles)) {
      const parents = path.split('/').slice(0, -1);
      for (const [index] of parents.entries()) {
        const parent = join(folder, ...parents.slice(0, index + 1));
        await mkdir(parent, { recursive: true, mode: 0o700 });
        if (uid !== undefined) await chown(parent, uid, uid);
      }
      const file = join(folder, path);
      await writeFile(file, text, { mode: 0o400, flag: 'wx' });
      if (uid !== undefined) await chown(file, uid, uid);
    }
  }

  async removeRun(replicaId: string): Promise<void> {
    await remove(this.run(replicaId));
  }

  async removeLogs(replicaId: string): Promise<void> {
    await remove(this.logs(replicaId));
  }

  /** Removes the spool unless records still wait in it; says whether it is gone. */
  async removeSpool(replicaId: string, evenFull = false): Promise<boolean> {
    const entries = await readdir(this.spool(replicaId)).catch(() => [] as string[]);
    if (!evenFull && entries.some((name) => name !== 'meta.json')) return false;
    await remove(this.spool(replicaId));
    return true;
  }

  /** What the logs of a replica take on disk. */
  async logBytes(replicaId: string): Promise<number> {
    const names = await readdir(this.logs(replicaId)).catch(() => [] as string[]);
    const sizes = await Promise.all(
      names.map((name) =>
        lstat(this.logs(replicaId, name)).then(
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

/** What whoever ships a replica's records must know of it. */
function metaOf(spec: ReplicaSpec): object {
  return {
    account: spec.account,
    environment: spec.environment,
    serviceId: spec.serviceId,
    serviceName: spec.serviceName,
    revisionId: spec.revisionId,
    revision: spec.revision,
    models: spec.image.models.map(({ id, name, version }) => ({ id, name, version })),
  };
}

/**
 * Removes a folder that may be another user's. Its contents go with that user's rights only: a link put in their place
 * while they are removed then leads to nothing that the user could not remove anyway.
 */
async function remove(folder: string): Promise<void> {
  const owner = (await lstat(folder).catch(() => undefined))?.uid;
  if (owner === undefined) return;
  if (owner === process.getuid?.()) return rm(folder, { recursive: true, force: true });
  await new Promise<void>((resolve) => {
    // It cannot remove the folder itself, whose parent is ours, and says so; what is left is found by the rmdir.
    execFile('rm', ['-rf', '--', folder], { uid: owner, gid: owner, cwd: '/', env: { PATH: '/usr/bin:/bin' } }, () => resolve());
  });
  await rmdir(folder);
}
