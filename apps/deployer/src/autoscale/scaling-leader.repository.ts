import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { type DeployerEnv, ENV } from '../env.js';
import { LocalNode } from '../environments/local-node.js';

/**
 * Of several deployers that look after an environment, one decides about its services' sizes: the one that holds a session
 * lock for it, on a connection of its own. Whoever dies or loses the connection loses the lock.
 */
@Injectable()
export class ScalingLeader implements OnApplicationShutdown {
  private client: pg.Client | undefined;
  private readonly held = new Set<string>();

  constructor(
    private readonly node: LocalNode,
    @Inject(ENV) private readonly env: DeployerEnv,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.drop();
  }

  /** Environments that this deployer decides about now. */
  async environmentIds(): Promise<readonly string[]> {
    const ours = this.node.environmentIds();
    try {
      const client = (this.client ??= await this.connect());
      for (const id of this.held) {
        if (ours.includes(id)) continue;
        await client.query('SELECT pg_advisory_unlock(7313, hashtext($1))', [id]);
        this.held.delete(id);
      }
      for (const id of ours) {
        if (this.held.has(id)) continue;
        const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock(7313, hashtext($1)) AS locked', [
          id,
        ]);
        if (rows[0]?.locked) this.held.add(id);
      }
      return [...this.held];
    } catch (error) {
      await this.drop();
      throw error;
    }
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.env.SLIPWAY_DATABASE_URL,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      keepAlive: true,
    });
    client.on('error', () => void this.drop());
    await client.connect();
    return client;
  }

  private async drop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.held.clear();
    await client?.end().catch(() => undefined);
  }
}
