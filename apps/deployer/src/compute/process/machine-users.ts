import { readFile } from 'node:fs/promises';

/** A user id of the services' range that is there for trying things out. */
const trialUid = 59_999;

/** Users of this machine, as far as replicas are concerned. */
export class MachineUsers {
  constructor(private readonly uid: number | undefined) {}

  /** Only root can give each service a user of its own. */
  get separate(): boolean {
    return this.uid === 0;
  }

  /** Whom to try an interpreter as. */
  get trial(): number | undefined {
    return this.separate ? trialUid : undefined;
  }

  /** Ids that the machine's own users and groups have, and the one for trying. */
  async taken(): Promise<ReadonlySet<number>> {
    const taken = new Set([trialUid]);
    for (const file of ['/etc/passwd', '/etc/group']) {
      const text = await readFile(file, 'utf8').catch(() => '');
      for (const line of text.split('\n')) {
        const id = Number(line.split(':')[2]);
        if (Number.isInteger(id)) taken.add(id);
      }
    }
    return taken;
  }
}
